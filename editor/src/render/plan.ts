import type { Rect } from "../geometry/points";
import { common, wholeOf } from "../geometry/rects";
import type { Size } from "../geometry/view";

/** How a picture is laid out in textures. */
export interface Plan extends Size {
  readonly tiles: readonly Rect[];
  readonly columns: number;
  /** Picture pixels a side of a tile; those at the right and bottom edge are smaller. */
  readonly tile: number;
  /** Picture pixels a side that one texel of the finest level stands for. */
  readonly reduced: number;
}

/** Bytes a texel: RGBA colours and one of alpha at the finest level, two RGBA at a third more for the coarser ones. */
const LIVE_BYTES = 4 + 1 + 8 / 3;
/** The finished picture: RGBA, and one at a third more. */
const EXACT_BYTES = 4 + 4 / 3;
const MOST_REDUCED = 16;
/** Texels a side at which a tile needs no coarser level. */
const COARSEST = 16;

/** The bytes that a photo's textures take, with a finished picture of its size. */
export const textureBytes = (size: Size, reduced: number): number =>
  ((LIVE_BYTES + EXACT_BYTES) * size.width * size.height) / reduced ** 2;

/** The smallest power of two by which a photo has to be reduced to keep within a budget. */
export function reduction(size: Size, budget: number): number {
  let reduced = 1;
  while (reduced < MOST_REDUCED && textureBytes(size, reduced) > budget) reduced *= 2;
  return reduced;
}

/** Cuts a picture into tiles, row by row. `tile` is a power of two, at least 16 times `reduced`. */
export function layOut(size: Size, tile: number, reduced: number): Plan {
  const columns = Math.ceil(size.width / tile);
  const tiles: Rect[] = [];
  for (let top = 0; top < size.height; top += tile)
    for (let left = 0; left < size.width; left += tile)
      tiles.push({
        left,
        top,
        right: Math.min(left + tile, size.width),
        bottom: Math.min(top + tile, size.height),
      });
  return { width: size.width, height: size.height, tiles, columns, tile, reduced };
}

/** How many levels the tiles of a plan have: down to 16 texels a side. */
export function levelCount(plan: Plan): number {
  const side = Math.min(plan.tile, Math.max(plan.width, plan.height)) / plan.reduced;
  return 1 + Math.max(0, Math.ceil(Math.log2(side / COARSEST)));
}

/** The sizes in texels of a tile's levels, finest first; a level's odd last row or column counts as a whole texel. */
export function levelSizes(plan: Plan, tile: Rect): Size[] {
  let width = Math.ceil((tile.right - tile.left) / plan.reduced);
  let height = Math.ceil((tile.bottom - tile.top) / plan.reduced);
  const sizes = [{ width, height }];
  while (sizes.length < levelCount(plan)) {
    width = Math.ceil(width / 2);
    height = Math.ceil(height / 2);
    sizes.push({ width, height });
  }
  return sizes;
}

/** One tile's part of a change: `rect` in picture pixels, grown to whole texels of the finest level. */
export interface Upload {
  readonly index: number;
  readonly rect: Rect;
}

/** Which part of which tile has to be looked at when `changed` did. */
export function uploads(plan: Plan, changed: Rect): Upload[] {
  const { tile, reduced } = plan;
  const found: Upload[] = [];
  const inside = common(changed, wholeOf(plan));
  if (!inside) return found;
  const left = Math.floor(inside.left / reduced) * reduced;
  const top = Math.floor(inside.top / reduced) * reduced;
  const right = Math.ceil(inside.right / reduced) * reduced;
  const bottom = Math.ceil(inside.bottom / reduced) * reduced;
  for (let row = Math.floor(top / tile); row * tile < bottom; row++)
    for (let column = Math.floor(left / tile); column * tile < right; column++) {
      const index = row * plan.columns + column;
      const rect = common(plan.tiles[index]!, { left, top, right, bottom });
      if (rect) found.push({ index, rect });
    }
  return found;
}

/** The texels of a level that a rectangle of level-0 texels touches. */
export const atLevel = (rect: Rect, level: number): Rect => ({
  left: rect.left >> level,
  top: rect.top >> level,
  right: ((rect.right - 1) >> level) + 1,
  bottom: ((rect.bottom - 1) >> level) + 1,
});

/** The finest level whose texels are no smaller than half a device pixel; `texel` is a level-0 texel's size there. */
export const levelFor = (texel: number, levels: number): number =>
  Math.min(levels - 1, Math.max(0, Math.floor(Math.log2(1 / texel) + 1e-9)));
