/** Blurs planes by any radius in about the same time: `compose/shadow/soften.py`. */
import { gaussian } from "../../planes/blur";
import { crop, padded, plane, round, type Plane } from "../../planes/plane";
import { linear, shrinkPlane } from "../../planes/resize";

/** The longest side of the copies on which shadows that are soft anyway are drawn. */
const WORK = 1024;
/** A blur of this many pixels or less changes nothing that anyone could see. */
const SHARP = 0.3;
/** The standard deviation, in pixels of the shrunken copy, from which a coarser copy would show. */
const FINE = 3;

/** Blurs by a Gaussian of `sigma` pixels; outside the plane is 0. A wide one is applied to a shrunken copy. */
export function soften(from: Plane, sigma: number): Plane {
  if (sigma <= SHARP) return from;
  const cell = Math.max(1, Math.floor(sigma / FINE));
  if (cell === 1) return gaussian(from, sigma, "zero");
  const [columns, rows] = [Math.ceil(from.width / cell), Math.ceil(from.height / cell)];
  const [width, height] = [columns * cell, rows * cell];
  const room = { left: 0, top: 0, right: width - from.width, bottom: height - from.height };
  const small = shrinkPlane(padded(from, room, "zero"), columns, rows);
  // In squared cells: a box adds 1/12, linear interpolation 1/6.
  const rest = Math.sqrt((sigma / cell) ** 2 - 0.25);
  const large = linear(gaussian(small, rest, "zero"), width, height);
  return crop(large, { left: 0, top: 0, right: from.width, bottom: from.height });
}

/** Blurs each row by its own radius: between planes blurred by 0, 1, 2, 4 … pixels, the mean of the nearest two. */
export function graded(from: Plane, sigmas: Float32Array): Plane {
  const widest = sigmas.reduce((most, sigma) => Math.max(most, sigma), 1);
  const steps = Math.max(0, Math.ceil(Math.log2(widest))) + 1;
  const levels = [0, ...Array.from({ length: steps }, (_, k) => 2 ** k)];
  const result = plane(from.width, from.height);
  levels.forEach((level, index) => {
    const weights = sigmas.map((sigma) => Math.max(1 - Math.abs(position(sigma, levels) - index), 0));
    if (!weights.some(Boolean)) return;
    const soft = soften(from, level);
    for (let y = 0, i = 0; y < from.height; y++)
      for (let x = 0; x < from.width; x++, i++) result.data[i]! += soft.data[i]! * weights[y]!;
  });
  return result;
}

/** Where among rising levels a value lies: 1.5 is halfway from the second to the third. */
function position(value: number, levels: readonly number[]): number {
  const above = levels.findIndex((level) => level > value);
  if (above < 0) return levels.length - 1;
  if (above === 0) return 0;
  return above - 1 + (value - levels[above - 1]!) / (levels[above]! - levels[above - 1]!);
}

/** A copy whose longest side is at most `longest`, and how many of its pixels make one of the plane's. */
export function shrunken(from: Plane, longest = WORK): [Plane, number] {
  const scale = Math.min(1, longest / Math.max(from.width, from.height));
  if (scale === 1) return [from, 1];
  const size = [from.width, from.height].map((side) => Math.max(1, round(side * scale))) as [number, number];
  return [shrinkPlane(from, ...size), scale];
}
