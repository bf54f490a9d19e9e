import { clamp, plane, type Plane } from "./plane";
import { cubicWeights } from "./resize";

/** From a place of the result to one of the source: `x' = a·x + b·y + c`, `y' = d·x + e·y + f`; centres are whole. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** The map that goes the other way. */
export function inverted([a, b, c, d, e, f]: Affine): Affine {
  const scale = 1 / (a * e - b * d);
  const [p, q, r, s] = [e * scale, -b * scale, -d * scale, a * scale];
  return [p, q, -(p * c + q * f), r, s, -(r * c + s * f)];
}

/** Samples a plane linearly along a map; beyond it the edge goes on, or there is 0. */
export function warped(
  from: Plane,
  map: Affine,
  width: number,
  height: number,
  border: "replicate" | "zero",
): Plane {
  const result = plane(width, height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const across = map[0] * x + map[1] * y + map[2];
      const down = map[3] * x + map[4] * y + map[5];
      result.data[y * width + x] = sampled(from, across, down, border === "zero");
    }
  return result;
}

/** The value at a place between pixels, by straight lines; beyond the border the edge goes on, or there is 0. */
export function sampled({ data, width, height }: Plane, x: number, y: number, zero = false): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  if (zero && (left < 0 || top < 0 || left + 1 >= width || top + 1 >= height))
    return sampledAtBorder(data, width, height, x, y);
  const upper = clamp(top, 0, height - 1) * width;
  const lower = clamp(top + 1, 0, height - 1) * width;
  const near = clamp(left, 0, width - 1);
  const far = clamp(left + 1, 0, width - 1);
  const across = x - left;
  const down = y - top;
  const above = data[upper + near]! * (1 - across) + data[upper + far]! * across;
  const below = data[lower + near]! * (1 - across) + data[lower + far]! * across;
  return above * (1 - down) + below * down;
}

function sampledAtBorder(data: Float32Array, width: number, height: number, x: number, y: number): number {
  let sum = 0;
  for (let row = Math.floor(y); row <= Math.floor(y) + 1; row++)
    for (let column = Math.floor(x); column <= Math.floor(x) + 1; column++) {
      if (column < 0 || row < 0 || column >= width || row >= height) continue;
      sum += (1 - Math.abs(x - column)) * (1 - Math.abs(y - row)) * data[row * width + column]!;
    }
  return sum;
}

const weights = { across: new Float32Array(4), down: new Float32Array(4) };

/** The value at a place between pixels, by a cubic kernel; the edge goes on. */
export function cubicSampled({ data, width, height }: Plane, x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  cubicWeights(x - left, weights.across, 0);
  cubicWeights(y - top, weights.down, 0);
  let sum = 0;
  for (let j = 0; j < 4; j++) {
    const row = clamp(top - 1 + j, 0, height - 1) * width;
    let line = 0;
    for (let i = 0; i < 4; i++) line += weights.across[i]! * data[row + clamp(left - 1 + i, 0, width - 1)]!;
    sum += weights.down[j]! * line;
  }
  return sum;
}
