/** A number that differs for different bytes: FNV-1a over words of 4, in two lanes. */
export function fingerprint(bytes: Uint8Array | Uint8ClampedArray): string {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  let [first, second] = [0x811c9dc5, 0x9747b28c];
  for (let i = 0; i < words.length; i++) {
    first = Math.imul(first ^ words[i]!, 0x01000193);
    second = Math.imul(second ^ (words[i]! + i), 0x85ebca6b);
    second ^= second >>> 15;
  }
  for (let i = words.length * 4; i < bytes.length; i++) first = Math.imul(first ^ bytes[i]!, 0x01000193);
  return `${bytes.length}:${first >>> 0}:${second >>> 0}`;
}
