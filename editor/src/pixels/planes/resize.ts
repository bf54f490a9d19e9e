import { clamp, plane, type Picture, type Plane } from "./plane";

/** Where a channel lies in an array of pixels. */
interface Source {
  readonly values: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  readonly offset: number;
}

interface Taps {
  readonly starts: Int32Array;
  readonly count: number;
  readonly weights: Float32Array;
}

const sourceOf = (from: Plane): Source => ({
  values: from.data,
  width: from.width,
  height: from.height,
  stride: 1,
  offset: 0,
});

/** Means over areas: for shrinking. */
export const shrinkPlane = (from: Plane, width: number, height: number): Plane =>
  from.width === width && from.height === height
    ? from
    : separable(sourceOf(from), areaTaps(from.width, width), areaTaps(from.height, height));

/** The same of one channel of a picture, unrounded. */
export function shrinkChannel(from: Picture, channel: number, width: number, height: number): Plane {
  const source = { values: from.pixels, width: from.width, height: from.height, stride: 4, offset: channel };
  return separable(source, areaTaps(from.width, width), areaTaps(from.height, height));
}

/** Straight lines between pixel centres, the edges going on. */
export const linear = (from: Plane, width: number, height: number): Plane =>
  from.width === width && from.height === height
    ? from
    : separable(sourceOf(from), linearTaps(from.width, width), linearTaps(from.height, height));

export function linearChannel(from: Picture, channel: number, width: number, height: number): Plane {
  const source = { values: from.pixels, width: from.width, height: from.height, stride: 4, offset: channel };
  return separable(source, linearTaps(from.width, width), linearTaps(from.height, height));
}

/** Means over areas where it shrinks and a cubic kernel where it grows, its overshoot cut: `infer/geometry.py`. */
export function resize(from: Plane, width: number, height: number): Plane {
  const small = shrinkPlane(from, Math.min(width, from.width), Math.min(height, from.height));
  if (small.width === width && small.height === height) return small;
  let low = Infinity;
  let high = -Infinity;
  for (const value of small.data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const large = separable(sourceOf(small), cubicTaps(small.width, width), cubicTaps(small.height, height));
  for (let i = 0; i < large.data.length; i++) large.data[i] = clamp(large.data[i]!, low, high);
  return large;
}

/** Rows first, then columns, a row of the result at a time; taps beyond the edge read the edge. */
function separable(from: Source, across: Taps, down: Taps): Plane {
  const width = across.starts.length;
  const result = plane(width, down.starts.length);
  const rows = new Map<number, Float32Array>(); // those that the next results still need
  for (let y = 0; y < result.height; y++) {
    const first = down.starts[y]!;
    const into = result.data.subarray(y * width, (y + 1) * width);
    for (let k = 0; k < down.count; k++) {
      const weight = down.weights[y * down.count + k]!;
      if (weight === 0) continue;
      const row = clamp(first + k, 0, from.height - 1);
      let line = rows.get(row);
      if (!line) rows.set(row, (line = resizedRow(from, row, across)));
      for (let x = 0; x < width; x++) into[x]! += weight * line[x]!;
    }
    const keep = clamp(down.starts[y + 1] ?? first, 0, from.height - 1);
    for (const row of rows.keys()) if (row < keep) rows.delete(row);
  }
  return result;
}

function resizedRow({ values, width, stride, offset }: Source, row: number, taps: Taps): Float32Array {
  const line = new Float32Array(taps.starts.length);
  const base = row * width * stride + offset;
  const { count, starts, weights } = taps;
  for (let x = 0; x < line.length; x++) {
    const first = starts[x]!;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const weight = weights[x * count + k]!;
      if (weight !== 0) sum += weight * values[base + clamp(first + k, 0, width - 1) * stride]!;
    }
    line[x] = sum;
  }
  return line;
}

function areaTaps(from: number, to: number): Taps {
  const scale = from / to;
  const count = Math.ceil(scale) + 1;
  const starts = new Int32Array(to);
  const weights = new Float32Array(to * count);
  for (let i = 0; i < to; i++) {
    const low = i * scale;
    const high = Math.min((i + 1) * scale, from);
    const start = Math.floor(low + 1e-9);
    starts[i] = start;
    for (let k = 0; k < count; k++) {
      const share = Math.min(high, start + k + 1) - Math.max(low, start + k);
      if (share > 1e-6) weights[i * count + k] = share / (high - low);
    }
  }
  return { starts, count, weights };
}

function linearTaps(from: number, to: number): Taps {
  const starts = new Int32Array(to);
  const weights = new Float32Array(to * 2);
  for (let i = 0; i < to; i++) {
    const at = ((i + 0.5) * from) / to - 0.5;
    starts[i] = Math.floor(at);
    weights[2 * i + 1] = at - starts[i]!;
    weights[2 * i] = 1 - weights[2 * i + 1]!;
  }
  return { starts, count: 2, weights };
}

/** Keys' cubic kernel with the slope that OpenCV has. */
const SLOPE = -0.75;

function cubicTaps(from: number, to: number): Taps {
  const starts = new Int32Array(to);
  const weights = new Float32Array(to * 4);
  for (let i = 0; i < to; i++) {
    const at = ((i + 0.5) * from) / to - 0.5;
    starts[i] = Math.floor(at) - 1;
    cubicWeights(at - Math.floor(at), weights, 4 * i);
  }
  return { starts, count: 4, weights };
}

/** Writes the four weights of a place a share `t` beyond the second of four pixels. */
export function cubicWeights(t: number, into: Float32Array, at: number): void {
  const near = (x: number) => ((SLOPE + 2) * x - (SLOPE + 3)) * x * x + 1;
  const far = (x: number) => ((SLOPE * x - 5 * SLOPE) * x + 8 * SLOPE) * x - 4 * SLOPE;
  into[at] = far(t + 1);
  into[at + 1] = near(t);
  into[at + 2] = near(1 - t);
  into[at + 3] = 1 - into[at]! - into[at + 1]! - into[at + 2]!;
}
