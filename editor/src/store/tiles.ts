import { tileRect } from "../history/tiles";
import { TILE } from "../history/patch";
import { cropped, pasted } from "../geometry/rects";
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

/** Cuts a matte into tiles, of which even ones take no room. */
export function restMatte(matte: Matte): RestingMatte {
  const { width, height } = matte;
  const columns = Math.ceil(width / TILE);
  const tiles = Array.from({ length: tileCount(matte) }, (_, at) => keptTile(matte, at, columns));
  return { width, height, tiles };
}

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
  const first = bytes[0]!;
  return bytes.every((value) => value === first) ? first : bytes;
}

/** Two independent 32-bit sums of a tile: enough that two states of one tile are not taken for the same. */
function markOf(kept: Kept): string {
  if (typeof kept === "number") return String(kept);
  let [a, b] = [0x811c9dc5, 0x9747b28c];
  for (let i = 0; i < kept.length; i++) {
    a = Math.imul(a ^ kept[i]!, 0x01000193);
    b = Math.imul(b, 31) + kept[i]!;
  }
  return `${a >>> 0}.${b >>> 0}.${kept.length}`;
}
