import type { Photo } from "../../document/types";
import type { Rect } from "../../geometry/points";
import { around } from "../../geometry/rects";
import { colourIndex, likeness, type Colour } from "./likeness";

/** A name of this file's own; see `mix` in `stroke/cover.ts`. */
const indexOf = colourIndex;

/** A part of the photo, one byte a pixel of all of it. */
export interface Part {
  readonly mask: Uint8Array;
  readonly bounds: Rect;
}

/** A part found so far. */
export interface Flooded extends Part {
  /** The pixels right beside it, each marked OUT. */
  readonly beside: readonly number[];
}

/** What tells whether a pixel is like the one that was clicked. */
export interface Scene {
  readonly photo: Photo;
  readonly alpha: Uint8Array;
  readonly seedAlpha: number;
  /** See `likeness`. */
  readonly alike: Uint8Array;
}

/** Alphas this far apart still belong together. */
const ALPHA_ROOM = 48;
const ALIKE = 128;
export const FULL = 255;
/** Looked at and found not to fit. */
export const OUT = 1;

/** Looks at the clicked pixel and the colours around it. */
export function sceneAt(photo: Photo, alpha: Uint8Array, x: number, y: number, tolerance: number): Scene {
  return {
    photo,
    alpha,
    seedAlpha: alpha[y * photo.width + x]!,
    alike: likeness(meanColour(photo, x, y), tolerance),
  };
}

/** How like the clicked one a pixel is, 0 to 255; 0 where its alpha is too far off. */
export function fits({ photo, alpha, seedAlpha, alike }: Scene, index: number): number {
  if (Math.abs(alpha[index]! - seedAlpha) > ALPHA_ROOM) return 0;
  const { pixels } = photo;
  return alike[indexOf(pixels[4 * index]!, pixels[4 * index + 1]!, pixels[4 * index + 2]!)]!;
}

/** A piece of a row that was filled, and which way to look on from it: 1 down, -1 up. */
type Span = readonly [row: number, left: number, right: number, way: 1 | -1];

/** The pixels that fit and hang together with the clicked one (Heckbert's seed fill, Graphics Gems 1990). */
export function* flood(scene: Scene, x: number, y: number): Generator<void, Flooded> {
  const { width, height } = scene.photo;
  const mask = new Uint8Array(width * height);
  const beside: number[] = [];
  const enter = (index: number): boolean => {
    if (mask[index] !== 0) return false;
    const fit = fits(scene, index) >= ALIKE;
    mask[index] = fit ? FULL : OUT;
    if (!fit) beside.push(index);
    return fit;
  };
  mask[y * width + x] = FULL; // the click means its own pixel, whatever the colours around it are
  let bounds: Rect = { left: x, top: y, right: x + 1, bottom: y + 1 };
  const [left, right] = sides(enter, y * width, x, x, width);
  const waiting: Span[] = [
    [y, left, right, 1],
    [y, left, right, -1],
  ];
  for (let spans = 0; waiting.length > 0; spans++) {
    const [row, from, to, way] = waiting.pop()!;
    bounds = around(bounds, { left: from, top: row, right: to + 1, bottom: row + 1 })!;
    const next = row + way;
    if (next >= 0 && next < height) fillBeside(enter, [next, from, to, way], width, waiting);
    if (spans % 256 === 255) yield;
  }
  return { mask, bounds, beside };
}

type Enter = (index: number) => boolean;

/** Fills on from a filled piece of a row to both sides; returns its ends then, both inside. */
function sides(enter: Enter, row: number, left: number, right: number, width: number): [number, number] {
  while (left > 0 && enter(row + left - 1)) left--;
  while (right < width - 1 && enter(row + right + 1)) right++;
  return [left, right];
}

/** Fills what fits in a row beside a filled span; what reaches farther than that looks back as well. */
function fillBeside(enter: Enter, [row, from, to, way]: Span, width: number, waiting: Span[]): void {
  const start = row * width;
  for (let x = from; x <= to; x++) {
    if (!enter(start + x)) continue;
    let end = x;
    while (end < to && enter(start + end + 1)) end++;
    const [left, right] = sides(enter, start, x, end, width);
    waiting.push([row, left, right, way]);
    const back = way === 1 ? -1 : 1;
    if (left < from) waiting.push([row, left, from - 1, back]);
    if (right > to) waiting.push([row, to + 1, right, back]);
    x = right;
  }
}

function meanColour({ pixels, width, height }: Photo, x: number, y: number): Colour {
  const sum = [0, 0, 0];
  let count = 0;
  for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
    for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++, count++)
      for (let c = 0; c < 3; c++) sum[c]! += pixels[4 * (v * width + u) + c]!;
  return [sum[0]! / count, sum[1]! / count, sum[2]! / count];
}
