/**
 * A finer alpha: doubt inside the subject settled, edges drawn anew from the photo's own colours, as
 * `refine/__init__.py` does with `edges="auto"`: the matting equation is solved at 512 pixels and its linear
 * functions of colour are enlarged instead of the alpha (the fast guided filter, He and Sun 2015).
 */
import { blur } from "../planes/blur";
import { eachEdge } from "../planes/bands";
import { clamp, map, map2, plane, type Picture, type Plane } from "../planes/plane";
import { resize, shrinkColours, shrinkPlane } from "../planes/resize";
import { conjugateGradients } from "./closed_form";
import { RowOver, type Line } from "./guided_filter";
import { Laplacian, type Colours } from "./laplacian";
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

/** Of each place of the grid on which edges are drawn anew: after the line, how far it is taken, how much steeper. */
const TAKEN = 4;
const STEEPER = 5;
/** The distance from the outline, and how many numbers there are. */
const FAR = 6;
const CHANNELS = 7;

/** A network's matte of any size → one of the photo's size. */
export function enlarge(photo: Picture, matte: Plane): Plane {
  return refine(photo, resize(matte, photo.width, photo.height));
}

/** Refines an alpha of the photo's size. */
export function refine(photo: Picture, alpha: Plane): Plane {
  const shrunk = atMost(alpha, WORK);
  const far = distance(shrunk);
  if (!far) return alpha;
  const small = { ...shrunk, data: shrunk.data.slice() };
  const grid = { ...far, data: new Float32Array(CHANNELS * far.data.length) };
  for (let i = 0; i < far.data.length; i++) {
    grid.data[CHANNELS * i + FAR] = far.data[i]!;
    small.data[i] = settled(small.data[i]!, far.data[i]!);
  }
  if (Math.max(photo.width, photo.height) >= SMALLEST) draw(photo, small, band(small, far), grid);
  const result = plane(alpha.width, alpha.height, alpha.data.slice());
  const over = new RowOver(grid, alpha);
  eachEdge(alpha, 0, ({ core }) => {
    for (let y = core.top; y < core.bottom; y++) redraw(photo, result, over, y, core.left, core.right);
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
  const channels = shrinkColours(photo, width, height);
  for (const { data } of channels) for (let i = 0; i < data.length; i++) data[i]! /= 255;
  return channels;
}

/** Solves for the alpha in the unknown band, and writes how edges are drawn; `far` is the distance from the edge. */
function draw(photo: Picture, small: Plane, far: Plane, grid: Line): void {
  const image = coloursOf(photo, small.width, small.height);
  const unknown = map(far, (v) => (v < 1 ? 1 : 0));
  const weight = map(far, (v) => LOOSE + FIRM * v * v);
  const operator = new Laplacian(image, unknown);
  const solved = conjugateGradients(operator, { image, aim: small, weight, unknown }, small, STEPS);
  for (let i = 0; i < solved.data.length; i++) solved.data[i] = clamp(solved.data[i]!, 0, 1);
  const line = operator.meanLine(solved);
  const soft = softness(solved, unknown);
  for (let i = 0, at = 0; i < unknown.data.length; i++, at += CHANNELS) {
    for (let k = 0; k < 4; k++) grid.data[at + k] = line.data[4 * i + k]!;
    const crisp = 1 - clamp((soft.data[i]! - SOFT[0]) / (SOFT[1] - SOFT[0]), 0, 1);
    grid.data[at + STEEPER] = 1 + (CRISP - 1) * crisp;
    grid.data[at + TAKEN] = Math.min(2 * (1 - far.data[i]!), 1);
  }
}

/** How soft the edge around each place is, in [0, 1], over the band and whatever else is soft. */
function softness(alpha: Plane, unknown: Plane): Plane {
  const [grey, counted] = [map(alpha, () => 0), map(unknown, (v) => v)];
  for (let i = 0; i < grey.data.length; i++) {
    const value = 4 * alpha.data[i]! * (1 - alpha.data[i]!);
    if (value > 0.08) counted.data[i] = 1;
    grey.data[i] = value * counted.data[i]!;
  }
  const sigma = SPREAD * Math.max(alpha.width, alpha.height);
  const [total, count] = [blur(grey, sigma), blur(counted, sigma)];
  return map2(total, (v, i) => v / Math.max(count.data[i]!, 1e-3));
}

/** Settles a part of a row, and draws it anew near the edge. */
function redraw(
  photo: Picture,
  { data, width }: Plane,
  over: RowOver,
  y: number,
  left: number,
  right: number,
): void {
  over.moveTo(y, left, right);
  const { data: grid, columns, scale } = over;
  for (let x = left, i = y * width + left; x < right; x++, i++) {
    const across = (x + 0.5) * scale - 0.5;
    const column = Math.floor(across);
    const share = across - column;
    const near = column < 0 ? 0 : CHANNELS * column;
    const next = column + 1 < columns ? CHANNELS * (column + 1) : near;
    let own = data[i]!;
    if (own > 0.5 && own < 1)
      own = settled(own, grid[near + FAR]! + share * (grid[next + FAR]! - grid[near + FAR]!));
    const taken = grid[near + TAKEN]! + share * (grid[next + TAKEN]! - grid[near + TAKEN]!);
    if (taken > 0) {
      let drawn = grid[near + 3]! + share * (grid[next + 3]! - grid[near + 3]!);
      for (let k = 0; k < 3; k++) {
        const slope = grid[near + k]! + share * (grid[next + k]! - grid[near + k]!);
        drawn += (slope * photo.pixels[4 * i + k]!) / 255;
      }
      const steep = grid[near + STEEPER]! + share * (grid[next + STEEPER]! - grid[near + STEEPER]!);
      own = clamp(own + taken * (clamp((drawn - 0.5) * steep + 0.5, 0, 1) - own), 0, 1);
    }
    data[i] = own;
  }
}

/** What is far inside an outline is the subject: there, a network is in doubt. */
const settled = (own: number, far: number): number =>
  own > 0.5 ? clamp(own + clamp(far - 1, 0, 1) * (1 - own), 0, 1) : own;
