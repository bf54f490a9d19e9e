/**
 * The matting solve: closed-form matting (Levin, Lischinski, Weiss, TPAMI 2008) without a matrix, on a pyramid:
 * `refine/closed_form.py`. In every window the alpha is a linear function of the colour; a product with the matting
 * Laplacian is a few box filters (He, Sun, Tang, CVPR 2010).
 */
import { boxSum } from "../planes/blur";
import { clamp, map, plane, type Plane } from "../planes/plane";
import { linear, shrinkPlane } from "../planes/resize";
import type { Line } from "./guided_filter";

/** Variance added to a window's colours, which lie in [0, 1]: below it, a difference of colour is noise. */
const EPSILON = 1e-4;
/** The pyramid ends where the longer side is at most this many pixels. */
const COARSEST = 96;

export type Colours = readonly [Plane, Plane, Plane];
type Three = readonly [Float32Array, Float32Array, Float32Array];
/** The upper triangle of each window's inverse covariance: xx, xy, xz, yy, yz, zz. */
type Upper = readonly [...Three, ...Three];
const UPPER = [
  [0, 0],
  [0, 1],
  [0, 2],
  [1, 1],
  [1, 2],
  [2, 2],
] as const;

/** The matting Laplacian of one image, whose colours lie in [0, 1], as an operator on planes. */
export class Laplacian {
  private readonly size: number;
  private readonly count: Float32Array;
  private readonly centre: readonly number[];
  private readonly colours: Three;
  private readonly means: Three;
  private readonly inverse: Upper;
  /** Used again by every product: new memory for each would take as long as the sums. */
  private readonly spare: { product: Float32Array; level: Float32Array; slopes: Three };

  constructor(private readonly image: Colours) {
    this.size = image[0].data.length;
    this.count = this.sum(new Float32Array(this.size).fill(1));
    const blank = () => new Float32Array(this.size);
    this.spare = { product: blank(), level: blank(), slopes: [blank(), blank(), blank()] };
    // Centred colours lose fewer digits in the differences below.
    this.centre = image.map(({ data }) => data.reduce((sum, v) => sum + v, 0) / this.size);
    this.colours = image.map(({ data }, k) => data.map((v) => v - this.centre[k]!)) as unknown as Three;
    this.means = this.colours.map((channel) => this.average(channel)) as unknown as Three;
    this.inverse = this.inverses();
  }

  /** Returns L·p: how far each pixel lies above what the windows around it predict, summed over them. */
  times(p: Plane, result = plane(p.width, p.height)): Plane {
    const [slopes, level] = this.fits(p.data);
    boxSum(this.wide(level), result);
    for (let k = 0; k < 3; k++) {
      const sum = this.sum(slopes[k]!, this.spare.product);
      const colour = this.colours[k]!;
      for (let i = 0; i < this.size; i++) result.data[i]! += sum[i]! * colour[i]!;
    }
    for (let i = 0; i < this.size; i++) result.data[i] = this.count[i]! * p.data[i]! - result.data[i]!;
    return result;
  }

  /** The means of a (red, green, blue) and b over the windows around each pixel. */
  meanLine(p: Plane): Line {
    const [slopes, level] = this.fits(p.data);
    const means = [...slopes, level].map((part) => this.average(part));
    for (let i = 0; i < this.size; i++)
      for (let k = 0; k < 3; k++) means[3]![i]! -= means[k]![i]! * this.centre[k]!;
    return means.map((part) => this.wide(part)) as unknown as Line;
  }

  /** L's diagonal: over the windows, the sum of `1 - (1 + (I - mean)·inverse·(I - mean)) / count`. */
  diagonal(): Plane {
    const level = new Float32Array(this.size);
    const tilt = [0, 1, 2].map(() => new Float32Array(this.size)) as unknown as Three;
    const [red, green, blue] = this.means;
    const lean = new Float64Array(3);
    for (let i = 0; i < this.size; i++) {
      this.steer(i, red[i]!, green[i]!, blue[i]!, lean);
      const share = 1 / this.count[i]!;
      for (let k = 0; k < 3; k++) tilt[k]![i] = share * lean[k]!;
      level[i] = share * (1 + lean[0]! * red[i]! + lean[1]! * green[i]! + lean[2]! * blue[i]!);
    }
    return this.gathered(level, tilt);
  }

  private gathered(level: Float32Array, tilt: Three): Plane {
    const levels = this.sum(level);
    const [right, down, out] = tilt.map((part) => this.sum(part)) as unknown as Three;
    const shared = this.inverse.map((part) => this.sum(part.map((v, i) => v / this.count[i]!)));
    const [xx, xy, xz, yy, yz, zz] = shared as unknown as Upper;
    const [red, green, blue] = this.colours;
    const result = new Float32Array(this.size);
    for (let i = 0; i < this.size; i++) {
      const [x, y, z] = [red[i]!, green[i]!, blue[i]!];
      const first = x * (xx[i]! * x + 2 * xy[i]! * y + 2 * xz[i]! * z);
      const own = first + y * (yy[i]! * y + 2 * yz[i]! * z) + zz[i]! * z * z;
      const lean = right[i]! * x + down[i]! * y + out[i]! * z;
      result[i] = this.count[i]! - levels[i]! - own + 2 * lean;
    }
    return this.wide(result);
  }

  private wide(data: Float32Array): Plane {
    return plane(this.image[0].width, this.image[0].height, data);
  }

  private sum(data: Float32Array, into: Float32Array = new Float32Array(this.size)): Float32Array {
    return boxSum(this.wide(data), this.wide(into)).data;
  }

  private average(data: Float32Array, into?: Float32Array): Float32Array {
    const result = this.sum(data, into);
    for (let i = 0; i < this.size; i++) result[i]! /= this.count[i]!;
    return result;
  }

  /** Writes a window's inverse covariance times (x, y, z). */
  private steer(i: number, x: number, y: number, z: number, into: Float64Array): void {
    const inverse = this.inverse;
    const xy = inverse[1][i]!;
    const xz = inverse[2][i]!;
    const yz = inverse[4][i]!;
    into[0] = inverse[0][i]! * x + xy * y + xz * z;
    into[1] = xy * x + inverse[3][i]! * y + yz * z;
    into[2] = xz * x + yz * y + inverse[5][i]! * z;
  }

  /** Each window's a and b, which fit p in the least squares, in arrays that the next call overwrites. */
  private fits(p: Float32Array): [Three, Float32Array] {
    const { product, slopes } = this.spare;
    const level = this.average(p, this.spare.level);
    for (let k = 0; k < 3; k++) {
      const colour = this.colours[k]!;
      for (let i = 0; i < this.size; i++) product[i] = p[i]! * colour[i]!;
      this.average(product, slopes[k]!);
    }
    const [red, green, blue] = this.means;
    const [first, second, third] = slopes;
    const slope = new Float64Array(3);
    for (let i = 0; i < this.size; i++) {
      const mean = level[i]!;
      const x = red[i]!;
      const y = green[i]!;
      const z = blue[i]!;
      this.steer(i, first[i]! - mean * x, second[i]! - mean * y, third[i]! - mean * z, slope);
      first[i] = slope[0]!;
      second[i] = slope[1]!;
      third[i] = slope[2]!;
      level[i] = mean - slope[0]! * x - slope[1]! * y - slope[2]! * z;
    }
    return [slopes, level];
  }

  private inverses(): Upper {
    const products = UPPER.map(([i, j]) => {
      const [first, second] = [this.colours[i], this.colours[j]];
      return this.average(first.map((v, at) => v * second[at]!));
    });
    const result = UPPER.map(() => new Float32Array(this.size)) as unknown as Upper;
    const upper = new Float64Array(6);
    for (let at = 0; at < this.size; at++) {
      const ridge = EPSILON / this.count[at]!;
      for (let k = 0; k < 6; k++) {
        const [i, j] = UPPER[k]!;
        upper[k] = products[k]![at]! - this.means[i][at]! * this.means[j][at]! + (i === j ? ridge : 0);
      }
      invert(upper);
      for (let k = 0; k < 6; k++) result[k]![at] = upper[k]!;
    }
    return result;
  }
}

/** Inverts a symmetric matrix of three rows by its cofactors. */
function invert(m: Float64Array): void {
  const [xx, xy, xz, yy, yz, zz] = [m[0]!, m[1]!, m[2]!, m[3]!, m[4]!, m[5]!];
  m[0] = yy * zz - yz * yz;
  m[1] = xz * yz - xy * zz;
  m[2] = xy * yz - xz * yy;
  m[3] = xx * zz - xz * xz;
  m[4] = xy * xz - xx * yz;
  m[5] = xx * yy - xy * xy;
  const scale = 1 / (xx * m[0] + xy * m[1] + xz * m[2]);
  for (let k = 0; k < 6; k++) m[k]! *= scale;
}

/** What is minimised: certain pixels keep `aim`, unknown ones (1, not 0) are drawn to it by `weight`. */
export interface Problem {
  readonly image: Colours;
  readonly aim: Plane;
  readonly weight: Plane;
  readonly unknown: Plane;
}

/** Minimises `pᵀLp + Σ weight·(p - aim)²` over the unknown pixels, each level from the coarser answer. */
export function solve(problem: Problem, steps = 16): Plane {
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
  const answer = conjugateGradients(new Laplacian(image), problem, start, steps);
  return map(answer, (v) => clamp(v, 0, 1));
}

/** `start` moved by at most `steps` preconditioned conjugate gradients, in the unknown pixels only; not clipped. */
export function conjugateGradients(
  operator: Laplacian,
  problem: Problem,
  start: Plane,
  steps: number,
): Plane {
  const { aim, weight, unknown } = problem;
  const answer = map(start, (v) => v);
  // Rounding can leave a flat window's diagonal at nothing.
  const scale = map2(operator.diagonal(), (v, i) => unknown.data[i]! / (Math.max(v, 0.05) + weight.data[i]!));
  const first = operator.times(answer).data;
  const rest = map2(weight, (w, i) => unknown.data[i]! * (w * (aim.data[i]! - answer.data[i]!) - first[i]!));
  const turn = map2(scale, (v, i) => v * rest.data[i]!);
  const push = plane(start.width, start.height);
  let size = dot(rest, turn);
  const least = Math.max(1e-6 * size, 1e-12);
  for (let step = 0; step < steps && size > least; step++) {
    operator.times(turn, push);
    for (let i = 0; i < push.data.length; i++)
      push.data[i] = unknown.data[i]! * (push.data[i]! + weight.data[i]! * turn.data[i]!);
    const far = size / dot(turn, push);
    let after = 0;
    for (let i = 0; i < push.data.length; i++) {
      answer.data[i]! += far * turn.data[i]!;
      const left = (rest.data[i]! -= far * push.data[i]!);
      after += left * left * scale.data[i]!;
    }
    for (let i = 0; i < push.data.length; i++)
      turn.data[i] = scale.data[i]! * rest.data[i]! + (after / size) * turn.data[i]!;
    size = after;
  }
  return answer;
}

/** A new plane of a function of each value and its place. */
export function map2(source: Plane, of: (value: number, at: number) => number): Plane {
  const result = plane(source.width, source.height);
  for (let i = 0; i < result.data.length; i++) result.data[i] = of(source.data[i]!, i);
  return result;
}

function dot(a: Plane, b: Plane): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += a.data[i]! * b.data[i]!;
  return sum;
}
