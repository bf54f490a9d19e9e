import { inflateSync } from "node:zlib";

export interface Png {
  readonly width: number;
  readonly height: number;
  /** Channels a pixel. */
  readonly step: number;
  readonly values: Uint8Array;
}

/** Reads a PNG of 8 bits a channel: by its own words, where a browser would premultiply. */
export function readPng(file: Uint8Array): Png {
  const bytes = Buffer.from(file);
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const step = { 0: 1, 2: 3, 6: 4 }[bytes[25] as 0 | 2 | 6];
  const parts: Buffer[] = [];
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at))
    if (bytes.toString("latin1", at + 4, at + 8) === "IDAT")
      parts.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)));
  const [raw, row] = [inflateSync(Buffer.concat(parts)), width * step];
  const values = new Uint8Array(row * height);
  for (let y = 0; y < height; y++)
    for (let i = 0, at = y * row; i < row; i++, at++) {
      const left = i < step ? 0 : values[at - step]!;
      const up = y ? values[at - row]! : 0;
      const guess = [
        0,
        left,
        up,
        (left + up) >> 1,
        paeth(left, up, i < step || !y ? 0 : values[at - row - step]!),
      ];
      values[at] = raw[at + y + 1]! + guess[raw[y * (row + 1)]!]!;
    }
  return { width, height, step, values };
}

function paeth(left: number, up: number, corner: number): number {
  const far = [left, up, corner].map((v) => Math.abs(left + up - corner - v));
  return [left, up, corner][far.indexOf(Math.min(...far))]!;
}
