/** The matting solve: closed-form matting (Levin, Lischinski, Weiss, TPAMI 2008) on a pyramid: `refine/closed_form.py`. */
import { clamp, map, map2, type Plane } from "../planes/plane";
import { linear, shrinkPlane } from "../planes/resize";
import { Laplacian, type Colours } from "./laplacian";

/** The pyramid ends where the longer side is at most this many pixels. */
const COARSEST = 96;

/** What is minimised: certain pixels keep `aim`, unknown ones (1, not 0) are drawn to it by `weight`. */
export interface Problem {
  readonly image: Colours;
  readonly aim: Plane;
  readonly weight: Plane;
  readonly unknown: Plane;
}

/** Minimises `pᵀLp + Σ weight·(p - aim)²` over the unknown pixels, each level from the coarser answer. */
export function solve(problem: Problem, steps = 16, operator = new Laplacian(problem.image)): Plane {
  const { image, aim, weight, unknown } = problem;
  const { width, height } = aim;
  let start = aim;
  if (Math.max(width, height) > COARSEST) {
    const half = (p: Plane) => shrinkPlane(p, Math.ceil(width / 2), Math.ceil(height / 2));
    const coarse = solve(
      {
        image: image.map(half) as unknown as Colours,
        aim: half(aim),
        weight: half(weight),
        unknown: map(half(unknown), (v) => (v > 0 ? 1 : 0)),
      },
      steps,
    );
    const fine = linear(coarse, width, height);
    start = map2(aim, (v, i) => (unknown.data[i] ? fine.data[i]! : v));
  }
  return map(conjugateGradients(operator, problem, start, steps), (v) => clamp(v, 0, 1));
}

/** `start` moved by at most `steps` preconditioned conjugate gradients, in the unknown pixels only; not clipped. */
export function conjugateGradients(
  operator: Laplacian,
  problem: Problem,
  start: Plane,
  steps: number,
): Plane {
  const { wanted } = operator;
  const [aim, answer] = [operator.wide(problem.aim), operator.wide(start)];
  const [weight, unknown] = [operator.wide(problem.weight), operator.wide(problem.unknown)];
  const [scale, rest, turn, push] = [0, 1, 2, 3].map(() => new Float32Array(operator.length)) as Four;
  operator.diagonal(scale);
  operator.times(answer, push);
  let size = 0;
  for (let r = 0; r < wanted.length; r += 2)
    for (let i = wanted[r]!; i < wanted[r + 1]!; i++) {
      // Rounding can leave a flat window's diagonal at nothing.
      scale[i] = unknown[i]! / (Math.max(scale[i]!, 0.05) + weight[i]!);
      rest[i] = unknown[i]! * (weight[i]! * (aim[i]! - answer[i]!) - push[i]!);
      turn[i] = scale[i]! * rest[i]!;
      size += rest[i]! * turn[i]!;
    }
  const least = Math.max(1e-6 * size, 1e-12);
  for (let step = 0; step < steps && size > least; step++) {
    operator.times(turn, push);
    let along = 0;
    for (let r = 0; r < wanted.length; r += 2)
      for (let i = wanted[r]!; i < wanted[r + 1]!; i++) {
        push[i] = unknown[i]! * (push[i]! + weight[i]! * turn[i]!);
        along += turn[i]! * push[i]!;
      }
    const far = size / along;
    let after = 0;
    for (let r = 0; r < wanted.length; r += 2)
      for (let i = wanted[r]!; i < wanted[r + 1]!; i++) {
        answer[i]! += far * turn[i]!;
        rest[i]! -= far * push[i]!;
        after += rest[i]! * rest[i]! * scale[i]!;
      }
    const kept = after / size;
    for (let r = 0; r < wanted.length; r += 2)
      for (let i = wanted[r]!; i < wanted[r + 1]!; i++) turn[i] = scale[i]! * rest[i]! + kept * turn[i]!;
    size = after;
  }
  return operator.plain(answer);
}

type Four = [Float32Array, Float32Array, Float32Array, Float32Array];
