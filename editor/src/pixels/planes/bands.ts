import type { Plane, Window } from "./plane";

/** Pixels a side: a tile's planes fit a core's cache. */
export const SIDE = 256;
/** A tile whose alpha varies less has no edge: 8 bits show nothing of it. */
const FLAT = 1 / 1020;

/** A square of an image and what surrounds it, cut at the image's borders. */
export interface Tile {
  /** The square, in the image. */
  readonly core: Window;
  /** The square with its margin, in the image. */
  readonly reach: Window;
  /** The square, in its reach. */
  readonly inner: Window;
}

/** Calls `work` for every tile in or near which an alpha has an edge. */
export function eachEdge(alpha: Plane, margin: number, work: (tile: Tile) => void): void {
  for (let top = 0; top < alpha.height; top += SIDE)
    for (let left = 0; left < alpha.width; left += SIDE) {
      const tile = tileAt(left, top, alpha, margin);
      if (!isFlat(alpha, tile.reach)) work(tile);
    }
}

function tileAt(left: number, top: number, { width, height }: Plane, margin: number): Tile {
  const core = { left, top, right: Math.min(left + SIDE, width), bottom: Math.min(top + SIDE, height) };
  const reach = {
    left: Math.max(left - margin, 0),
    top: Math.max(top - margin, 0),
    right: Math.min(left + SIDE + margin, width),
    bottom: Math.min(top + SIDE + margin, height),
  };
  const inner = {
    left: left - reach.left,
    top: top - reach.top,
    right: core.right - reach.left,
    bottom: core.bottom - reach.top,
  };
  return { core, reach, inner };
}

/** Whether a part of an alpha has no edge that anyone could see. */
export function isFlat({ data, width }: Plane, part: Window): boolean {
  let low = Infinity;
  let high = -Infinity;
  for (let y = part.top; y < part.bottom; y++) {
    for (let i = y * width + part.left; i < y * width + part.right; i++) {
      const value = data[i]!;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (high - low >= FLAT) return false;
  }
  return true;
}
