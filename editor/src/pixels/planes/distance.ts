import { plane, type Plane } from "./plane";

const FAR = 1e6;
/** How far a step reaches. */
const ROOM = 2;

/** Steps of a chamfer and their lengths: towards pixels that a pass from the top left has already seen. */
type Steps = readonly (readonly [right: number, down: number, length: number])[];

const THREE: Steps = [
  [-1, 0, 0.955],
  [-1, -1, 1.3693],
  [0, -1, 0.955],
  [1, -1, 1.3693],
];
const FIVE: Steps = [
  [-1, 0, 1],
  [-1, -1, 1.4],
  [0, -1, 1],
  [1, -1, 1.4],
  [-2, -1, 2.1969],
  [-1, -2, 2.1969],
  [1, -2, 2.1969],
  [2, -1, 2.1969],
];

/** Distance of each pixel that is not 0 to the nearest one that is (G. Borgefors 1986), in steps of 3 or 5 pixels. */
export function chamfer(mask: Uint8Array, width: number, height: number, reach: 3 | 5): Plane {
  const stride = width + 2 * ROOM; // room around, so that no step leaves the array
  const wide = new Float32Array(stride * (height + 2 * ROOM)).fill(FAR);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) if (!mask[i]) wide[(y + ROOM) * stride + x + ROOM] = 0;
  const steps = reach === 3 ? THREE : FIVE;
  const lengths = Float64Array.from(steps, (step) => step[2]);
  const ways = Int32Array.from(steps, ([right, down]) => down * stride + right);
  const first = ROOM * stride + ROOM;
  const last = first + (height - 1) * stride + width - 1;
  // The room beside a row is not relaxed: a path would go on through it into the next row's other end.
  for (let row = first; row <= last; row += stride)
    for (let at = row; at < row + width; at++) relax(wide, at, ways, lengths);
  for (let k = 0; k < ways.length; k++) ways[k] = -ways[k]!;
  for (let row = last; row >= first; row -= stride)
    for (let at = row; at > row - width; at--) relax(wide, at, ways, lengths);
  const result = plane(width, height);
  for (let y = 0; y < height; y++) {
    const start = (y + ROOM) * stride + ROOM;
    result.data.set(wide.subarray(start, start + width), y * width);
  }
  return result;
}

function relax(wide: Float32Array, at: number, ways: Int32Array, lengths: Float64Array): void {
  let least = wide[at]!;
  if (least === 0) return;
  for (let k = 0; k < ways.length; k++) {
    const over = wide[at + ways[k]!]! + lengths[k]!;
    if (over < least) least = over;
  }
  wide[at] = least;
}

/** The exact Euclidean distance (P. Felzenszwalb, D. Huttenlocher 2012). */
export function exact(mask: Uint8Array, width: number, height: number): Plane {
  const squares = plane(width, height);
  const column = new Float64Array(height);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) column[y] = mask[y * width + x] ? FAR * FAR : 0;
    const lower = envelope(column);
    for (let y = 0; y < height; y++) squares.data[y * width + x] = lower[y]!;
  }
  for (let y = 0; y < height; y++) {
    const row = envelope(Float64Array.from(squares.data.subarray(y * width, (y + 1) * width)));
    for (let x = 0; x < width; x++) squares.data[y * width + x] = Math.sqrt(row[x]!);
  }
  return squares;
}

/** At each place the least of `(place - p)² + values[p]`. */
function envelope(values: Float64Array): Float64Array {
  const count = values.length;
  const roots = new Int32Array(count);
  const bounds = new Float64Array(count + 1);
  let last = 0;
  bounds[0] = -Infinity;
  bounds[1] = Infinity;
  const meet = (p: number, q: number) => (values[p]! + p * p - (values[q]! + q * q)) / (2 * p - 2 * q);
  for (let p = 1; p < count; p++) {
    let at = meet(p, roots[last]!);
    while (at <= bounds[last]!) at = meet(p, roots[--last]!);
    roots[++last] = p;
    bounds[last] = at;
    bounds[last + 1] = Infinity;
  }
  const result = new Float64Array(count);
  for (let p = 0, k = 0; p < count; p++) {
    while (bounds[k + 1]! < p) k++;
    result[p] = (p - roots[k]!) ** 2 + values[roots[k]!]!;
  }
  return result;
}
