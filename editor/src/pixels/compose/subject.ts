/** Where the subject is: its bounding box, blind to specks (`compose/subject.py`). */
import { PixelError } from "../errors";
import { boundsOf, mask, plane, type Plane, type Window } from "../planes/plane";
import { regions } from "../planes/regions";

/** Alpha from which a pixel counts for the box: on white, a black one is then 13 steps of 255 dark. */
const STRONG = Math.fround(0.05);
/** Alpha down to which soft edges that hang on the subject are shown with it. */
const WEAK = Math.fround(0.02);
/** Regions smaller than this share of the largest are no part of the subject. */
const SPECK = 0.001;
/** Pixels around what is shown, for the colours that the foreground continues under zero alpha. */
const RING = 8;
/** Longest side of the copy in which regions are told apart. */
const GRID = 1024;

export interface Region {
  /** Around what is strong, without specks: what is measured and placed. */
  readonly box: Window;
  /** Around everything that is shown with it: soft edges too, and a ring. */
  readonly window: Window;
}

/** Returns where the subject is, or null where there is none. */
export function seekSubject(alpha: Plane): Region | null {
  const cell = Math.ceil(Math.max(alpha.width, alpha.height) / GRID);
  const cells = largest(alpha, cell);
  const kept = withoutSpecks(cells);
  const coarse = boundsOf({ ...cells, data: kept }, 1);
  if (!coarse) return null;
  const box = boundsOf(alpha, STRONG, scaled(coarse, cell, alpha))!;
  const shown = scaled(boundsOf({ ...cells, data: hangingOn(cells, kept) }, 1)!, cell, alpha);
  const window = {
    left: Math.max(shown.left - RING, 0),
    top: Math.max(shown.top - RING, 0),
    right: Math.min(shown.right + RING, alpha.width),
    bottom: Math.min(shown.bottom + RING, alpha.height),
  };
  return { box, window };
}

/** The same; an error where there is none. */
export function findSubject(alpha: Plane): Region {
  const found = seekSubject(alpha);
  if (found) return found;
  throw new PixelError(
    "Frame",
    "there is no subject to frame, nothing in the matte reaches 5 %",
    "Check the matte, or frame the whole photo: leave out crop, scale, margin and position.",
  );
}

/** A copy whose cells keep the largest alpha of a square, so that a strand of hair is not lost. */
function largest(alpha: Plane, cell: number): Plane {
  if (cell === 1) return alpha;
  const result = plane(Math.ceil(alpha.width / cell), Math.ceil(alpha.height / cell));
  for (let y = 0; y < alpha.height; y++)
    for (let x = 0; x < alpha.width; x++) {
      const at = Math.floor(y / cell) * result.width + Math.floor(x / cell);
      const value = alpha.data[y * alpha.width + x]!;
      if (value > result.data[at]!) result.data[at] = value;
    }
  return result;
}

function withoutSpecks(cells: Plane): Uint8Array {
  const strong = mask(cells.data, (v) => v >= STRONG);
  const { labels, count } = regions(strong, cells.width, cells.height);
  const weights = new Float64Array(count + 1);
  labels.forEach((label, i) => (weights[label]! += cells.data[i]!));
  weights[0] = 0;
  const least = SPECK * weights.reduce((most, weight) => Math.max(most, weight), 0);
  return mask(labels, (label) => label > 0 && weights[label]! >= least);
}

function hangingOn(cells: Plane, kept: Uint8Array): Uint8Array {
  const weak = mask(cells.data, (v) => v >= WEAK);
  const { labels, count } = regions(weak, cells.width, cells.height);
  const chosen = new Uint8Array(count + 1);
  labels.forEach((label, i) => kept[i] && (chosen[label] = 1));
  chosen[0] = 0;
  return mask(labels, (label) => chosen[label] === 1);
}

const scaled = (box: Window, cell: number, { width, height }: Plane): Window => ({
  left: box.left * cell,
  top: box.top * cell,
  right: Math.min(box.right * cell, width),
  bottom: Math.min(box.bottom * cell, height),
});
