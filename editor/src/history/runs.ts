/**
 * Run lengths of bytes: a token below 128 says that `token + 1` bytes follow as they are; 128 to 254 that one byte
 * follows which stands `token - 125` times; 255 that a little-endian 16-bit count less one follows, then the byte.
 */
const LONG = 255;
const SHORTEST = 3; // `packInto` looks this far ahead
const SHORT_MOST = 129;
const LONG_MOST = 65536;

/** Returns the bytes in a form that takes less room, or a copy where there is none; the length tells them apart. */
export function pack(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  const length = packInto(out, bytes);
  return length < bytes.length ? out.slice(0, length) : bytes.slice();
}

/** Returns the `length` bytes that `pack` was given. */
export function unpack(packed: Uint8Array, length: number): Uint8Array {
  if (packed.length === length) return packed;
  const out = new Uint8Array(length);
  let to = 0;
  for (let at = 0; at < packed.length;) {
    const token = packed[at++]!;
    if (token < 128) {
      out.set(packed.subarray(at, at + token + 1), to);
      at += token + 1;
      to += token + 1;
      continue;
    }
    const count = token === LONG ? packed[at]! + 256 * packed[at + 1]! + 1 : token - 128 + SHORTEST;
    if (token === LONG) at += 2;
    out.fill(packed[at++]!, to, to + count);
    to += count;
  }
  return out;
}

/** Writes the packed form and returns its length; gives up, returning `out.length`, where it would not be shorter. */
function packInto(out: Uint8Array, bytes: Uint8Array): number {
  let to = 0;
  let plain = 0; // where the bytes begin that stand for themselves
  for (let at = 0; at < bytes.length;) {
    const value = bytes[at]!;
    if (value !== bytes[at + 1] || value !== bytes[at + 2]) {
      at++;
      continue;
    }
    const count = runAt(bytes, at);
    to = writePlain(out, to, bytes, plain, at);
    if (to + 4 > out.length) return out.length;
    if (count > SHORT_MOST) {
      out[to++] = LONG;
      out[to++] = (count - 1) & 255;
      out[to++] = (count - 1) >> 8;
    } else out[to++] = 128 + count - SHORTEST;
    out[to++] = value;
    at += count;
    plain = at;
  }
  return writePlain(out, to, bytes, plain, bytes.length);
}

function runAt(bytes: Uint8Array, at: number): number {
  const value = bytes[at];
  const most = Math.min(bytes.length, at + LONG_MOST);
  let end = at + 1;
  while (end < most && bytes[end] === value) end++;
  return end - at;
}

function writePlain(out: Uint8Array, to: number, bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at += 128) {
    const count = Math.min(128, end - at);
    if (to + 1 + count > out.length) return out.length;
    out[to++] = count - 1;
    if (count < 16) for (let k = 0; k < count; k++) out[to + k] = bytes[at + k]!;
    else out.set(bytes.subarray(at, at + count), to);
    to += count;
  }
  return to;
}
