/**
 * The subject's own colours in its soft edges, free of the old background: `foreground.py`, whose docstring has the
 * equations. A photo is `I = alpha·F + (1 - alpha)·B`; F and B are solved together on a pyramid of cells, from one
 * cell for the whole photo down to single pixels.
 */
import { boxesOfUnknown, paintBox } from "./box";
import { CELL, CLEAR, COLOURS, MOMENTS, doubled, grid, snap, solveCells, type Grid } from "./cells";
import { picture, type Picture, type Plane } from "../planes/plane";

/**
 * Estimates the subject's own straight colours: the photo's own where alpha is 1 in 8 bits; where it is 0, the
 * edge's colours for 8 pixels and black beyond.
 */
export function estimateForeground(photo: Picture, alpha: Plane): Picture {
  const foreground = picture(photo.width, photo.height);
  keepOpaque(photo, alpha, foreground);
  const moments = momentsOfCells(photo, alpha);
  const unknown = unknownCells(moments);
  if (!unknown.includes(1)) return foreground;
  const colours = solvePyramid(moments);
  for (const box of boxesOfUnknown(unknown, moments.width, moments.height))
    paintBox({ photo, alpha, colours, foreground }, box);
  return foreground;
}

function keepOpaque(photo: Picture, alpha: Plane, foreground: Picture): void {
  const from = new Uint32Array(photo.pixels.buffer, photo.pixels.byteOffset, alpha.data.length);
  const into = new Uint32Array(foreground.pixels.buffer);
  for (let i = 0; i < into.length; i++) if (alpha.data[i]! >= 1 - CLEAR) into[i] = from[i]!;
}

/** Means over cells of 8×8 pixels of alpha², alpha, alpha·I and I, from colours at half the resolution. */
function momentsOfCells(photo: Picture, alpha: Plane): Grid {
  const cells = grid(Math.ceil(photo.width / CELL), Math.ceil(photo.height / CELL), MOMENTS);
  const sums = new Float64Array(MOMENTS);
  for (let y = 0; y < cells.height; y++)
    for (let x = 0; x < cells.width; x++) {
      sums.fill(0);
      for (let j = 0; j < CELL; j += 2)
        for (let i = 0; i < CELL; i += 2) addSquare(photo, alpha, x * CELL + i, y * CELL + j, sums);
      for (let k = 0; k < MOMENTS; k++) cells.planes[k]![y * cells.width + x] = sums[k]! / 16;
    }
  return cells;
}

/** Adds the moments of a square of 2×2 pixels; past the photo's last row and column, its edge repeats. */
function addSquare(photo: Picture, alpha: Plane, left: number, top: number, sums: Float64Array): void {
  const { width, height, pixels } = photo;
  const x = Math.min(left, width - 1);
  const upper = Math.min(top, height - 1) * width;
  const lower = Math.min(top + 1, height - 1) * width;
  const right = Math.min(left + 1, width - 1);
  const [a, b, c, d] = [upper + x, upper + right, lower + x, lower + right];
  const values = alpha.data;
  const mean = (snap(values[a]!) + snap(values[b]!) + snap(values[c]!) + snap(values[d]!)) / 4;
  sums[0]! += mean * mean;
  sums[1]! += mean;
  for (let k = 0; k < 3; k++) {
    const total = pixels[4 * a + k]! + pixels[4 * b + k]! + pixels[4 * c + k]! + pixels[4 * d + k]!;
    const colour = (total + 2) >> 2;
    sums[2 + k]! += mean * colour;
    sums[5 + k]! += colour;
  }
}

/** 1 in the cells in which a colour has to be estimated: near the subject and not wholly opaque. */
function unknownCells({ width, height, planes }: Grid): Uint8Array {
  const alpha = planes[1]!;
  const unknown = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (alpha[y * width + x]! >= 1) continue;
      for (let j = Math.max(0, y - 1); j <= Math.min(height - 1, y + 1); j++)
        for (let i = Math.max(0, x - 1); i <= Math.min(width - 1, x + 1); i++)
          if (alpha[j * width + i]! > 0) unknown[y * width + x] = 1;
    }
  return unknown;
}

/** The colours of every cell: each level of the pyramid starts from the coarser one's. */
function solvePyramid(moments: Grid): Grid {
  const levels = [moments];
  while (Math.max(levels.at(-1)!.width, levels.at(-1)!.height) > 1) levels.push(halved(levels.at(-1)!));
  const top = levels.at(-1)!;
  const prior = grid(1, 1, COLOURS);
  for (let k = 0; k < COLOURS; k++) prior.planes[k]![0] = top.planes[5 + (k % 3)]![0]!;
  let colours = solveCells(top, prior);
  for (const level of levels.reverse().slice(1))
    colours = solveCells(level, doubled(colours, level.width, level.height));
  return colours;
}

/** Means over squares of 2×2 cells; an odd edge repeats. */
function halved(from: Grid): Grid {
  const result = grid(Math.ceil(from.width / 2), Math.ceil(from.height / 2), MOMENTS);
  for (let y = 0; y < result.height; y++)
    for (let x = 0; x < result.width; x++) {
      const upper = 2 * y * from.width;
      const lower = Math.min(2 * y + 1, from.height - 1) * from.width;
      const left = 2 * x;
      const right = Math.min(left + 1, from.width - 1);
      for (let k = 0; k < MOMENTS; k++) {
        const p = from.planes[k]!;
        const sum = p[upper + left]! + p[upper + right]! + p[lower + left]! + p[lower + right]!;
        result.planes[k]![y * result.width + x] = sum / 4;
      }
    }
  return result;
}
