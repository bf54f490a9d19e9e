/** Brings a subject's colour and light nearer to those of its background: Reinhard et al. 2001, in Oklab. */
import { clamp, picture, type Picture, type Plane } from "../planes/plane";
import {
  LIGHT,
  OPPONENTS,
  fromCones,
  fromLight,
  inverse,
  times,
  toCones,
  toOklab,
  type Triple,
} from "./light";
import { sampled } from "./sampled";

/** Pixels a side that the statistics are taken from. */
const SAMPLES = 256;
/** Limits: of Oklab's L, and of a and b together; and the largest factors of their spreads. */
const LIGHTNESS_SHIFT = 0.08;
const CHROMA_SHIFT = 0.03;
const CONTRAST = 1.12;
const COLOURFULNESS = 1.15;
/** Chroma from which on a subject's pixel says little of the light. */
const COLOURFUL = 0.08;
/** Standard deviation below which a background says less and less about contrast. */
const FLAT = 0.05;

/** What is done to each of Oklab's L, a, b: `x + w·((gain - 1)·(x - mean) + shift)`, `w = 4·L·(1 - L)`. */
interface Transfer {
  readonly mean: Triple;
  readonly shift: Triple;
  readonly gain: Triple;
}

/** Moves a subject's colours towards the mean and the spread of a background's, within safe limits. */
export function harmonise(foreground: Picture, alpha: Plane, behind: Picture, strength: number): Picture {
  if (strength === 0 || !alpha.data.some((v) => v > 0)) return foreground;
  const plan = planTransfer(foreground, alpha, behind, strength);
  const result = picture(foreground.width, foreground.height, foreground.pixels.slice());
  const back = inverse(OPPONENTS);
  for (let i = 0; i < alpha.data.length; i++)
    if (alpha.data[i]! > 0) transfer(result.pixels, 4 * i, plan, back);
  return result;
}

function planTransfer(foreground: Picture, alpha: Plane, behind: Picture, strength: number): Transfer {
  const own = statistics(foreground, alpha);
  const goal = statistics(behind, null);
  const lightness = soft(goal.mean[0] - own.mean[0], LIGHTNESS_SHIFT);
  const [a, b] = [goal.mean[1] - own.cast[0], goal.mean[2] - own.cast[1]];
  const length = Math.hypot(a, b);
  const turn = length ? soft(length, CHROMA_SHIFT) / length : 0;
  // a and b share one gain: two would turn hues.
  const inner = Math.hypot(own.spread[1], own.spread[2]);
  const outer = Math.hypot(goal.spread[1], goal.spread[2]);
  const tone = 1 + strength * (gainOf(own.spread[0], goal.spread[0], CONTRAST) - 1);
  const colour = 1 + strength * (gainOf(inner, outer, COLOURFULNESS) - 1);
  const shift: Triple = [strength * lightness, strength * turn * a, strength * turn * b];
  return { mean: own.mean, shift, gain: [tone, colour, colour] };
}

/** Mean and standard deviation of L, a, b, and the cast: a mean of a and b in which colourful pixels count as grey. */
function statistics(
  from: Picture,
  alpha: Plane | null,
): { mean: Triple; spread: Triple; cast: [number, number] } {
  let samples = sampled(from, alpha, SAMPLES);
  if (!samples.length) samples = sampled(from, alpha, Math.max(from.width, from.height));
  const labs = samples.map(({ light }) => toOklab(light));
  const total = samples.reduce((sum, { weight }) => sum + weight, 0);
  const average = (of: (lab: Triple) => number) =>
    labs.reduce((sum, lab, i) => sum + samples[i]!.weight * of(lab), 0) / total;
  const mean = [0, 1, 2].map((k) => average((lab) => lab[k as 0])) as unknown as Triple;
  const spread = mean.map((m, k) => Math.sqrt(average((lab) => (lab[k as 0] - m) ** 2))) as unknown as Triple;
  const grey = (lab: Triple) => Math.exp(-(lab[1] ** 2 + lab[2] ** 2) / COLOURFUL ** 2);
  return { mean, spread, cast: [average((lab) => lab[1] * grey(lab)), average((lab) => lab[2] * grey(lab))] };
}

/** A value that small ones keep and that never passes a limit. */
const soft = (value: number, limit: number): number => limit * Math.tanh(value / limit);

/** The factor from one spread to another, bounded; near 1 where the goal is nearly flat. */
function gainOf(spread: number, goal: number, limit: number): number {
  const ratio = spread > 1e-4 ? clamp(goal / spread, 1 / limit, limit) : 1;
  return 1 + (ratio - 1) * Math.min(goal / FLAT, 1);
}

function transfer(
  pixels: Uint8ClampedArray,
  at: number,
  { mean, shift, gain }: Transfer,
  back: ReturnType<typeof inverse>,
): void {
  const cones = toCones([LIGHT[pixels[at]!]!, LIGHT[pixels[at + 1]!]!, LIGHT[pixels[at + 2]!]!]);
  const lab = times(OPPONENTS, cones);
  const weight = Math.max(1 - (2 * lab[0] - 1) ** 2, 0);
  const step = times(back, [
    (gain[0] - 1) * (lab[0] - mean[0]) + shift[0],
    (gain[1] - 1) * (lab[1] - mean[1]) + shift[1],
    (gain[2] - 1) * (lab[2] - mean[2]) + shift[2],
  ]);
  const moved: Triple = [
    cones[0] + weight * step[0],
    cones[1] + weight * step[1],
    cones[2] + weight * step[2],
  ];
  fromCones(moved).forEach((value, k) => (pixels[at + k] = fromLight(value) * 255));
}
