/**
 * A finer alpha: doubt inside the subject settled, edges drawn anew from the photo's own colours, as
 * `refine/__init__.py` does with `edges="auto"`: the matting equation is solved at 512 pixels and its linear
 * functions of colour are enlarged instead of the alpha (the fast guided filter, He and Sun 2015).
 */
import { gaussian } from "../planes/blur";
import { eachEdge } from "../planes/bands";
import { clamp, map, plane, type Picture, type Plane } from "../planes/plane";
import { resize, shrinkChannel, shrinkPlane } from "../planes/resize";
import { Laplacian, conjugateGradients, map2, type Colours } from "./closed_form";
import { sampleRow, type Line } from "./guided_filter";
import { band, distance } from "./trimap";

/** Longer side from which a photo's own colours know an edge better than the network, which enlarges it. */
const SMALLEST = 720;
/** Longer side at which the matting equation is solved. */
export const WORK = 512;
const STEPS = 8;
/** Weight of the given alpha against the matting Laplacian: on its outline, and added where the band ends. */
export const LOOSE = 0.02;
export const FIRM = 0.2;
/** Standard deviation of the surroundings in which an edge's softness is judged, as a share of the longer side. */
const SPREAD = 0.01;
/** Mean of 4·alpha·(1 - alpha) over the band: below it an edge is crisp, above it is hair, fur, blur. */
const SOFT = [0.3, 0.5] as const;
/** How much steeper a crisp edge is drawn than the solve, which leaves a haze, has it. */
const CRISP = 2;

interface Drawing {
  readonly line: Line;
  /** How far the drawing is taken, and how much steeper it is made. */
  readonly fade: Plane;
  readonly steep: Plane;
}

/** A network's matte of any size → one of the photo's size. */
export function enlarge(photo: Picture, matte: Plane): Plane {
  return refine(photo, resize(matte, photo.width, photo.height));
}

/** Refines an alpha of the photo's size. */
export function refine(photo: Picture, alpha: Plane): Plane {
  let small = atMost(alpha, WORK);
  const far = distance(small);
  if (!far) return alpha;
  small = map2(small, (value, i) => settled(value, far.data[i]!));
  const large = Math.max(photo.width, photo.height) >= SMALLEST;
  const drawing = large ? draw(photo, small, band(small, far)) : null;
  const result = plane(alpha.width, alpha.height, alpha.data.slice());
  eachEdge(alpha, 0, ({ core }) => {
    const shares = new Float32Array(core.right - core.left);
    for (let y = core.top; y < core.bottom; y++) {
      const row = result.data.subarray(y * alpha.width + core.left, y * alpha.width + core.right);
      sampleRow(far, alpha, y, core.left, shares);
      for (let x = 0; x < row.length; x++) row[x] = settled(row[x]!, shares[x]!);
      if (drawing) redraw(photo, row, drawing, core.left, y);
    }
  });
  return result;
}

/** A copy whose longer side is at most `side`, by means over areas. */
export function atMost(from: Plane, side: number): Plane {
  const [width, height] = sizeAtMost(from.width, from.height, side);
  return shrinkPlane(from, width, height);
}

export function sizeAtMost(width: number, height: number, side: number): [number, number] {
  const scale = Math.min(1, side / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

/** A small copy of a part of a photo, colours in [0, 1]. */
export function coloursOf(photo: Picture, width: number, height: number): Colours {
  const channels = [0, 1, 2].map((k) => map(shrinkChannel(photo, k, width, height), (v) => v / 255));
  return channels as unknown as Colours;
}

/** Solves for the alpha in the unknown band; `far` is the distance from the edge. */
function draw(photo: Picture, small: Plane, far: Plane): Drawing {
  const image = coloursOf(photo, small.width, small.height);
  const operator = new Laplacian(image);
  const weight = map(far, (v) => LOOSE + FIRM * v * v);
  const unknown = map(far, (v) => (v < 1 ? 1 : 0));
  const answer = conjugateGradients(operator, { image, aim: small, weight, unknown }, small, STEPS);
  const solved = map(answer, (v) => clamp(v, 0, 1));
  const soft = softness(solved, unknown);
  const steep = map(soft, (v) => 1 + (CRISP - 1) * (1 - clamp((v - SOFT[0]) / (SOFT[1] - SOFT[0]), 0, 1)));
  return { line: operator.meanLine(solved), fade: map(far, (v) => Math.min(2 * (1 - v), 1)), steep };
}

/** How soft the edge around each place is, in [0, 1], over the band and whatever else is soft. */
function softness(alpha: Plane, unknown: Plane): Plane {
  const grey = map(alpha, (v) => 4 * v * (1 - v));
  const counted = map2(grey, (v, i) => (unknown.data[i] || v > 0.08 ? 1 : 0));
  const sigma = SPREAD * Math.max(alpha.width, alpha.height);
  const total = gaussian(
    map2(grey, (v, i) => v * counted.data[i]!),
    sigma,
  );
  const count = gaussian(counted, sigma);
  return map2(total, (v, i) => v / Math.max(count.data[i]!, 1e-3));
}

/** Draws a part of a row of the alpha anew. */
function redraw(
  photo: Picture,
  row: Float32Array,
  { line, fade, steep }: Drawing,
  left: number,
  y: number,
): void {
  const [fades, steeps, level] = [0, 1, 2].map(() => new Float32Array(row.length)) as Three;
  sampleRow(fade, photo, y, left, fades);
  if (!fades.some((v) => v > 0)) return;
  sampleRow(steep, photo, y, left, steeps);
  sampleRow(line[3], photo, y, left, level);
  const slopes = new Float32Array(row.length);
  const start = 4 * (y * photo.width + left);
  for (let k = 0; k < 3; k++) {
    sampleRow(line[k as 0], photo, y, left, slopes);
    for (let x = 0; x < row.length; x++) level[x]! += (slopes[x]! * photo.pixels[start + 4 * x + k]!) / 255;
  }
  for (let x = 0; x < row.length; x++) {
    const crisp = clamp((level[x]! - 0.5) * steeps[x]! + 0.5, 0, 1);
    row[x] = clamp(row[x]! + fades[x]! * (crisp - row[x]!), 0, 1);
  }
}

type Three = [Float32Array, Float32Array, Float32Array];

/** What is far inside an outline is the subject: there, a network is in doubt. */
const settled = (own: number, far: number): number =>
  own > 0.5 ? clamp(own + clamp(far - 1, 0, 1) * (1 - own), 0, 1) : own;
