import { plane, type Plane } from "./plane";

const FAR = 1e6;
/** How far a step reaches. */
const ROOM = 2;

/** Lengths of a step along an axis, of a diagonal, and of a knight's move, which 3 pixels do not have. */
type Lengths = readonly [axis: number, diagonal: number, knight: number];
const LENGTHS: Readonly<Record<3 | 5, Lengths>> = { 3: [0.955, 1.3693, FAR], 5: [1, 1.4, 2.1969] };

/** Distance of each pixel that is not 0 to the nearest one that is (G. Borgefors 1986), in steps of 3 or 5 pixels. */
export function chamfer(mask: Uint8Array, width: number, height: number, reach: 3 | 5): Plane {
  const stride = width + 2 * ROOM; // room around, so that no step leaves the array
  const wide = new Float32Array(stride * (height + 2 * ROOM)).fill(FAR);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) if (!mask[i]) wide[(y + ROOM) * stride + x + ROOM] = 0;
  const first = ROOM * stride + ROOM;
  const last = first + (height - 1) * stride;
  // Row by row: through the room at the sides a path would go on into the next row's other end.
  for (let row = first; row <= last; row += stride) sweep(wide, row, row + width, stride, LENGTHS[reach]);
  for (let row = last; row >= first; row -= stride)
    sweep(wide, row + width - 1, row - 1, -stride, LENGTHS[reach]);
  const result = plane(width, height);
  for (let y = 0; y < height; y++) {
    const start = (y + ROOM) * stride + ROOM;
    result.data.set(wide.subarray(start, start + width), y * width);
  }
  return result;
}

/** Goes along a row and takes the least of what the pixels before have; a negative stride goes from the end. */
function sweep(
  wide: Float32Array,
  from: number,
  to: number,
  stride: number,
  [axis, diagonal, knight]: Lengths,
): void {
  const way = Math.sign(stride);
  const two = 2 * stride;
  for (let at = from; at !== to; at += way) {
    const own = wide[at]!;
    if (own === 0) continue;
    const row = at - stride;
    const straight = Math.min(wide[at - way]!, wide[row]!) + axis;
    const slanted = Math.min(wide[row - 1]!, wide[row + 1]!) + diagonal;
    const level = Math.min(wide[row - 2]!, wide[row + 2]!);
    const steep = Math.min(wide[at - two - 1]!, wide[at - two + 1]!);
    wide[at] = Math.min(own, straight, slanted, Math.min(level, steep) + knight);
  }
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
