import type { Size } from "../../geometry/view";

/** The largest alpha that 8 bits round to 0; 1 - CLEAR is the smallest that they round to 1. */
export const CLEAR = 1 / 510;
/** Pixels a side of a cell; also how far the colours go on beyond the edge. */
export const CELL = 8;

/** Alpha with 0 and 1 where 8 bits round to them, so that a network's faint haze makes no edge. */
export const snap = (alpha: number): number => (alpha <= CLEAR ? 0 : 1 - alpha <= CLEAR ? 1 : alpha);

/** Weight of the coarser answer against a cell's own pixels. */
export const STIFFNESS = 0.05;
/** alpha², alpha, alpha·I (RGB), I (RGB). */
export const MOMENTS = 8;
/** F (RGB), B (RGB). */
export const COLOURS = 6;

/** Several numbers a cell, a plane each. */
export interface Grid extends Size {
  readonly planes: readonly Float32Array[];
}

export const grid = (width: number, height: number, count: number): Grid => ({
  width,
  height,
  planes: Array.from({ length: count }, () => new Float32Array(width * height)),
});

/**
 * The colours in [0, 255] that minimise the energy in each cell; overwrites and returns the prior. With
 * `u = mean(alpha²)`, `v = mean((1 - alpha)²)` and `w = mean(alpha·(1 - alpha))`, the step from it solves two
 * equations in closed form.
 */
export function solveCells(moments: Grid, prior: Grid): Grid {
  const [squares, alphas] = moments.planes as [Float32Array, Float32Array];
  for (let i = 0; i < squares.length; i++) {
    const u = squares[i]!;
    const w = alphas[i]! - u;
    const v = 1 - alphas[i]! - w;
    const scale = 1 / ((u + STIFFNESS) * (v + STIFFNESS) - w * w);
    for (let k = 0; k < 3; k++) {
      const front = prior.planes[k]!;
      const back = prior.planes[3 + k]!;
      const [f, b] = [front[i]!, back[i]!];
      const covered = moments.planes[2 + k]![i]!;
      const seen = covered - u * f - w * b;
      const behind = moments.planes[5 + k]![i]! - covered - w * f - v * b;
      const first = f + scale * ((v + STIFFNESS) * seen - w * behind);
      const second = b + scale * ((u + STIFFNESS) * behind - w * seen);
      front[i] = Math.min(255, Math.max(0, first));
      back[i] = Math.min(255, Math.max(0, second));
    }
  }
  return prior;
}

/** A grid twice as fine, by straight lines between centres, and of it the first columns and rows. */
export function doubled(from: Grid, width = 2 * from.width, height = 2 * from.height): Grid {
  const result = grid(width, height, from.planes.length);
  for (let k = 0; k < from.planes.length; k++) doublePlane(from, from.planes[k]!, result, result.planes[k]!);
  return result;
}

function doublePlane(from: Size, source: Float32Array, to: Size, target: Float32Array): void {
  const line = new Float32Array(from.width);
  for (let y = 0; y < to.height; y++) {
    const near = y >> 1;
    const far = Math.min(from.height - 1, Math.max(0, near + (y & 1 ? 1 : -1)));
    for (let x = 0; x < from.width; x++)
      line[x] = 0.75 * source[near * from.width + x]! + 0.25 * source[far * from.width + x]!;
    const row = y * to.width;
    for (let x = 0; x < to.width; x++) {
      const here = x >> 1;
      const next = Math.min(from.width - 1, Math.max(0, here + (x & 1 ? 1 : -1)));
      target[row + x] = 0.75 * line[here]! + 0.25 * line[next]!;
    }
  }
}
