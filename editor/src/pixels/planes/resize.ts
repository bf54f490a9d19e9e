import { clamp, plane, type Picture, type Plane } from "./plane";

/** Where a channel lies in an array of pixels. */
interface Source {
  readonly values: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  readonly offset: number;
}

/** For each element of the result the first one that it reads, and the weights of so many, an even number. */
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

/** The same of red, green and blue at once: a pixel is read once for the three. */
export function shrinkColours(from: Picture, width: number, height: number): [Plane, Plane, Plane] {
  const words = new Uint32Array(from.pixels.buffer, from.pixels.byteOffset, from.width * from.height);
  const [across, down] = [areaTaps(from.width, width), areaTaps(from.height, height)];
  const result = [0, 1, 2].map(() => plane(width, height)) as [Plane, Plane, Plane];
  const line = new Float32Array(3 * width);
  for (let y = 0, next = 0; y < from.height; y++) {
    shrinkRow(words.subarray(y * from.width, (y + 1) * from.width), across, line);
    // A row of the photo is part of one row of the result, or of a few where little is lost.
    while (next < height && down.starts[next]! + down.count <= y) next++;
    for (let row = next; row < height && down.starts[row]! <= y; row++) {
      const weight = down.weights[row * down.count + y - down.starts[row]!]!;
      if (weight === 0) continue;
      for (let k = 0; k < 3; k++) {
        const into = result[k]!.data.subarray(row * width, (row + 1) * width);
        for (let x = 0; x < width; x++) into[x]! += weight * line[3 * x + k]!;
      }
    }
  }
  return result;
}

function shrinkRow(words: Uint32Array, { count, starts, weights }: Taps, into: Float32Array): void {
  for (let x = 0, to = 0; x < starts.length; x++, to += 3) {
    let red = 0;
    let green = 0;
    let blue = 0;
    const first = starts[x]!;
    const last = Math.min(first + count, words.length);
    for (let i = first, at = x * count; i < last; i++, at++) {
      const word = words[i]!; // every machine with a browser has the lowest byte first
      const weight = weights[at]!;
      red += weight * (word & 255);
      green += weight * ((word >>> 8) & 255);
      blue += weight * ((word >>> 16) & 255);
    }
    into[to] = red;
    into[to + 1] = green;
    into[to + 2] = blue;
  }
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
  for (let i = 0; i < small.data.length; i++) {
    const value = small.data[i]!; // not `for … of`, which goes by an iterator
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
  // A ring of resized rows: those that the next results still need stay in it.
  const lines = Array.from({ length: down.count }, () => new Float32Array(width));
  const held = new Int32Array(down.count).fill(-1);
  const source = new Float32Array(from.width + 2 * across.count);
  const lineAt = (y: number, k: number): Float32Array => {
    const row = clamp(down.starts[y]! + k, 0, from.height - 1);
    const line = lines[row % down.count]!;
    if (held[row % down.count] === row) return line;
    readRow(from, row, source, across.count);
    resizeRow(source, across, line);
    held[row % down.count] = row;
    return line;
  };
  for (let y = 0, at = 0; y < result.height; y++) {
    const into = result.data.subarray(y * width, (y + 1) * width);
    for (let k = 0; k < down.count; k += 2, at += 2) {
      const [one, two] = [down.weights[at]!, down.weights[at + 1]!];
      if (one !== 0 || two !== 0)
        addRows(lineAt(y, one ? k : k + 1), one, lineAt(y, two ? k + 1 : k), two, into);
    }
  }
  return result;
}

/** Adds two rows at a time: the sum goes to memory and back half as often. */
function addRows(
  first: Float32Array,
  one: number,
  second: Float32Array,
  two: number,
  into: Float32Array,
): void {
  for (let x = 0; x < into.length; x++) into[x]! += one * first[x]! + two * second[x]!;
}

/** Copies a row of one channel, its edges going on for `room` more on each side: no tap has to ask where it reads. */
function readRow(
  { values, width, stride, offset }: Source,
  row: number,
  into: Float32Array,
  room: number,
): void {
  for (let x = 0, at = row * width * stride + offset; x < width; x++, at += stride)
    into[room + x] = values[at]!;
  into.fill(into[room]!, 0, room);
  into.fill(into[room + width - 1]!, room + width);
}

function resizeRow(source: Float32Array, { count, starts, weights }: Taps, into: Float32Array): void {
  for (let x = 0, at = 0; x < into.length; x++) {
    let sum = 0;
    const first = starts[x]! + count;
    for (let k = first; k < first + count; k += 2, at += 2)
      sum += weights[at]! * source[k]! + weights[at + 1]! * source[k + 1]!;
    into[x] = sum;
  }
}

function areaTaps(from: number, to: number): Taps {
  const scale = from / to;
  const count = 2 * Math.ceil((Math.ceil(scale) + 1) / 2);
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
