import { tileRect } from "../history/tiles";
import { TILE } from "../history/patch";
import { cropped, pasted } from "../geometry/rects";
import { atOnce } from "../document/paced";
import type { Matte } from "../document/types";
import type { Size } from "../geometry/view";

/** One tile's bytes, or the one value that all of them have: most of a matte is 0 or 255. */
export type Kept = Uint8Array | number;

/** A matte at rest: its tiles, row by row. */
export interface RestingMatte extends Size {
  readonly tiles: readonly Kept[];
}

export const tileCount = ({ width, height }: Size): number =>
  Math.ceil(width / TILE) * Math.ceil(height / TILE);

/** Cuts a matte into tiles, of which even ones take no room; yields between rows of them. */
export function* resting(matte: Matte): Generator<void, RestingMatte> {
  const { width, height } = matte;
  const columns = Math.ceil(width / TILE);
  const tiles: Kept[] = [];
  while (tiles.length < tileCount(matte)) {
    tiles.push(keptTile(matte, tiles.length, columns));
    if (tiles.length % columns === 0) yield;
  }
  return { width, height, tiles };
}

/** The same at once. */
export const restMatte = (matte: Matte): RestingMatte => atOnce(resting(matte));

/** Puts it together again. */
export function wakeMatte({ width, height, tiles }: RestingMatte): Matte {
  const alpha = new Uint8Array(width * height);
  const columns = Math.ceil(width / TILE);
  tiles.forEach((kept, at) => {
    const rect = tileRect({ width, height }, at % columns, Math.floor(at / columns));
    if (typeof kept !== "number") return pasted(alpha, width, rect, kept);
    if (kept === 0) return;
    for (let y = rect.top; y < rect.bottom; y++)
      alpha.fill(kept, y * width + rect.left, y * width + rect.right);
  });
  return { width, height, alpha };
}

/** The numbers of the tiles that differ from those saved last, whose marks are given and brought up to date. */
export function changedTiles(now: RestingMatte, marks: Map<number, string>): number[] {
  const changed: number[] = [];
  now.tiles.forEach((kept, at) => {
    const mark = markOf(kept);
    if (marks.get(at) === mark) return;
    marks.set(at, mark);
    changed.push(at);
  });
  return changed;
}

function keptTile(matte: Matte, at: number, columns: number): Kept {
  const rect = tileRect(matte, at % columns, Math.floor(at / columns));
  const bytes = cropped(matte.alpha, matte.width, rect);
  return isEven(bytes) ? bytes[0]! : bytes;
}

/** Whether all bytes are the same; four at a time, for a matte of 24 megapixels is looked at after every stroke. */
function isEven(bytes: Uint8Array): boolean {
  const words = wordsOf(bytes);
  const first = bytes[0]! * 0x01010101;
  let at = 0;
  while (at < words.length && words[at] === first) at++;
  if (at < words.length) return false;
  for (at *= 4; at < bytes.length; at++) if (bytes[at] !== bytes[0]) return false;
  return true;
}

/** As many whole words as lie in an array that begins its buffer. */
const wordsOf = (bytes: Uint8Array): Uint32Array =>
  bytes.byteOffset % 4
    ? new Uint32Array()
    : new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);

/** Two independent 32-bit sums of a tile: enough that two states of one tile are not taken for the same. */
function markOf(kept: Kept): string {
  if (typeof kept === "number") return String(kept);
  let [a, b] = [0x811c9dc5, 0x9747b28c];
  const words = wordsOf(kept);
  for (let i = 0; i < words.length; i++) {
    a = Math.imul(a ^ words[i]!, 0x01000193);
    a ^= a >>> 15; // a product's high bits never reach down by themselves
    b = (Math.imul(b, 31) + words[i]!) | 0;
  }
  for (let i = words.length * 4; i < kept.length; i++) {
    a = Math.imul(a ^ kept[i]!, 0x01000193);
    b = (Math.imul(b, 31) + kept[i]!) | 0;
  }
  return `${a >>> 0}.${b >>> 0}.${kept.length}`;
}
