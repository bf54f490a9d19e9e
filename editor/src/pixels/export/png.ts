/** PNG written here: a canvas keeps colours premultiplied, and loses them under a faint alpha. */
import type { Picture } from "../planes/plane";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const COLOUR_TYPE = { 1: 0, 3: 2, 4: 6 } as const;
/** About so many bytes are filtered at a time. */
const STRIP = 1 << 20;

export type Channels = keyof typeof COLOUR_TYPE;

/** Encodes 8 bits a channel: grey, RGB, or RGB with straight alpha; nothing of the photo's own data is in it. */
export async function encodePng(picture: Picture, channels: Channels): Promise<Blob> {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, picture.width);
  header.setUint32(4, picture.height);
  header.setUint8(8, 8);
  header.setUint8(9, COLOUR_TYPE[channels]);
  const data = await deflated(picture, channels);
  const parts = [
    SIGNATURE,
    ...chunk("IHDR", [new Uint8Array(header.buffer)]),
    ...chunk("IDAT", data),
    ...chunk("IEND", []),
  ];
  return new Blob(parts as BlobPart[], { type: "image/png" });
}

function chunk(kind: string, parts: readonly Uint8Array[]): Uint8Array[] {
  const name = new TextEncoder().encode(kind);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const sum = [name, ...parts].reduce(crc, 0xffffffff) ^ 0xffffffff;
  return [bigEndian(length), name, ...parts, bigEndian(sum >>> 0)];
}

function bigEndian(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let k = 0; k < 8; k++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc(sum: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) sum = TABLE[(sum ^ bytes[i]!) & 255]! ^ (sum >>> 8);
  return sum;
}

async function deflated(picture: Picture, channels: Channels): Promise<Uint8Array[]> {
  const stream = new CompressionStream("deflate");
  const parts: Uint8Array[] = [];
  const read = async () => {
    const reader = stream.readable.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) parts.push(next.value);
  };
  const write = async () => {
    const writer = stream.writable.getWriter();
    const rows = Math.max(1, Math.floor(STRIP / (picture.width * channels)));
    for (let top = 0; top < picture.height; top += rows)
      await writer.write(filtered(picture, channels, top, Math.min(top + rows, picture.height)));
    await writer.close();
  };
  await Promise.all([read(), write()]);
  return parts;
}

/** Rows with the filter, of sub, up and Paeth, that leaves the least of each. */
function filtered(
  picture: Picture,
  channels: Channels,
  top: number,
  bottom: number,
): Uint8Array<ArrayBuffer> {
  const length = picture.width * channels;
  const result = new Uint8Array((bottom - top) * (length + 1));
  let above = top > 0 ? rowOf(picture, channels, top - 1) : new Uint8Array(length);
  for (let y = top; y < bottom; y++) {
    const row = rowOf(picture, channels, y);
    const filter = chosen(row, above, channels);
    const at = (y - top) * (length + 1);
    result[at] = filter;
    apply(filter, row, above, channels, result.subarray(at + 1, at + 1 + length));
    above = row;
  }
  return result;
}

function rowOf({ pixels, width }: Picture, channels: Channels, y: number): Uint8Array {
  const from = 4 * y * width;
  if (channels === 4) return new Uint8Array(pixels.buffer, pixels.byteOffset + from, 4 * width);
  const row = new Uint8Array(width * channels);
  for (let i = 0, k = from, at = 0; i < width; i++, k += 4) {
    row[at++] = pixels[k]!;
    if (channels === 1) continue;
    row[at++] = pixels[k + 1]!;
    row[at++] = pixels[k + 2]!;
  }
  return row;
}

const SUB = 1;
const UP = 2;
const PAETH = 4;

/** Judged by every fifth byte, which is prime to the channels. */
function chosen(row: Uint8Array, above: Uint8Array, step: number): number {
  let sub = 0;
  let up = 0;
  let both = 0;
  for (let i = step; i < row.length; i += 5) {
    const own = row[i]!;
    sub += size(own - row[i - step]!);
    up += size(own - above[i]!);
    both += size(own - paeth(row[i - step]!, above[i]!, above[i - step]!));
  }
  const least = Math.min(sub, up, both);
  return sub === least ? SUB : up === least ? UP : PAETH;
}

const size = (far: number): number => Math.min(far & 255, -far & 255);

/** A loop a filter, which asks nothing in its middle; left of the row there is 0. */
function apply(filter: number, row: Uint8Array, above: Uint8Array, step: number, into: Uint8Array): void {
  for (let i = 0; i < step; i++) into[i] = row[i]! - (filter === SUB ? 0 : above[i]!);
  if (filter === SUB) for (let i = step; i < row.length; i++) into[i] = row[i]! - row[i - step]!;
  else if (filter === UP) for (let i = step; i < row.length; i++) into[i] = row[i]! - above[i]!;
  else
    for (let i = step; i < row.length; i++)
      into[i] = row[i]! - paeth(row[i - step]!, above[i]!, above[i - step]!);
}

function paeth(left: number, up: number, corner: number): number {
  const across = Math.abs(up - corner);
  const down = Math.abs(left - corner);
  const both = Math.abs(left + up - 2 * corner);
  return across <= down && across <= both ? left : down <= both ? up : corner;
}
