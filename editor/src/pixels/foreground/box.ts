import { CELL, COLOURS, MOMENTS, STIFFNESS, doubled, grid, snap, solveCells, type Grid } from "./cells";
import { plane, type Picture, type Plane, type Window } from "../planes/plane";
import { near } from "../planes/morph";

/** Cells a side of the squares in which boxes are sought: small enough to fit tightly, large enough for the margin. */
const TILE = 16;

interface Canvas {
  readonly photo: Picture;
  readonly alpha: Plane;
  /** Of the cells. */
  readonly colours: Grid;
  readonly foreground: Picture;
}

/** The smallest rectangles, in cells, around the unknown ones of each tile. */
export function* boxesOfUnknown(unknown: Uint8Array, width: number, height: number): Generator<Window> {
  for (let top = 0; top < height; top += TILE)
    for (let left = 0; left < width; left += TILE) {
      const box = { left: Infinity, top: Infinity, right: 0, bottom: 0 };
      for (let y = top; y < Math.min(top + TILE, height); y++)
        for (let x = left; x < Math.min(left + TILE, width); x++) {
          if (!unknown[y * width + x]) continue;
          box.left = Math.min(box.left, x);
          box.top = Math.min(box.top, y);
          box.right = Math.max(box.right, x + 1);
          box.bottom = Math.max(box.bottom, y + 1);
        }
      if (box.right) yield box;
    }
}

/** Fills in a box's soft pixels, and the clear ones near them; the margin is as wide as interpolation can reach. */
export function paintBox(canvas: Canvas, box: Window): void {
  const [width, height] = [(box.right - box.left + 2) * CELL, (box.bottom - box.top + 2) * CELL];
  const [left, top] = [(box.left - 1) * CELL, (box.top - 1) * CELL];
  const moments = momentsOfPixels(canvas, left, top, width, height);
  const halves = quarter(moments);
  let colours = cellsAround(canvas.colours, box);
  colours = solveCells(quarter(halves), doubled(colours));
  colours = doubled(solveCells(halves, doubled(colours)));
  const edge = near(plane(width, height, moments.planes[1]), CELL);
  for (let y = CELL; y < height - CELL && top + y < canvas.photo.height; y++)
    for (let x = CELL; x < width - CELL && left + x < canvas.photo.width; x++) {
      const at = y * width + x;
      if (moments.planes[1]![at]! < 1 && edge[at])
        unmix(moments, colours, at, canvas.foreground, (top + y) * canvas.photo.width + left + x);
    }
}

function momentsOfPixels(
  { photo, alpha }: Canvas,
  left: number,
  top: number,
  width: number,
  height: number,
): Grid {
  const result = grid(width, height, MOMENTS);
  const p = result.planes;
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.min(photo.height - 1, Math.max(0, top + y)) * photo.width;
    for (let x = 0; x < width; x++, at++) {
      const from = row + Math.min(photo.width - 1, Math.max(0, left + x));
      const covered = snap(alpha.data[from]!);
      p[0]![at] = covered * covered;
      p[1]![at] = covered;
      for (let k = 0; k < 3; k++) {
        const colour = photo.pixels[4 * from + k]!;
        p[2 + k]![at] = covered * colour;
        p[5 + k]![at] = colour;
      }
    }
  }
  return result;
}

/** Means over 2×2; both sides are even. */
function quarter(from: Grid): Grid {
  const result = grid(from.width / 2, from.height / 2, MOMENTS);
  for (let k = 0; k < MOMENTS; k++) {
    const source = from.planes[k]!;
    const target = result.planes[k]!;
    for (let y = 0, at = 0; y < result.height; y++)
      for (let x = 0; x < result.width; x++, at++) {
        const i = 2 * y * from.width + 2 * x;
        const j = i + from.width;
        target[at] = (source[i]! + source[i + 1]! + source[j]! + source[j + 1]!) / 4;
      }
  }
  return result;
}

/** The colours of a box's cells and of one more on each side; past the photo the edge repeats. */
function cellsAround(colours: Grid, box: Window): Grid {
  const result = grid(box.right - box.left + 2, box.bottom - box.top + 2, COLOURS);
  for (let y = 0, at = 0; y < result.height; y++)
    for (let x = 0; x < result.width; x++, at++) {
      const row = Math.min(colours.height - 1, Math.max(0, box.top - 1 + y));
      const from = row * colours.width + Math.min(colours.width - 1, Math.max(0, box.left - 1 + x));
      for (let k = 0; k < COLOURS; k++) result.planes[k]![at] = colours.planes[k]![from]!;
    }
  return result;
}

/** Writes one pixel: `F0 + gain·(I - alpha·F0 - (1 - alpha)·B0)`, `gain = alpha / (alpha² + (1 - alpha)² + STIFFNESS)`. */
function unmix(moments: Grid, prior: Grid, at: number, foreground: Picture, target: number): void {
  const alpha = moments.planes[1]![at]!;
  const gain = alpha / (alpha * alpha + (1 - alpha) ** 2 + STIFFNESS);
  for (let k = 0; k < 3; k++) {
    const [front, back] = [prior.planes[k]![at]!, prior.planes[3 + k]![at]!];
    const own = back + gain * (moments.planes[5 + k]![at]! - back);
    foreground.pixels[4 * target + k] = own + (front - back) * (1 - gain * alpha);
  }
  foreground.pixels[4 * target + 3] = 255;
}
