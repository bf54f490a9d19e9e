import type { Rect } from "../geometry/points";
import { PLAIN_EDGES, type Document, type Edges, type Matte } from "./types";

const EDGE_NAMES = Object.keys(PLAIN_EDGES) as (keyof Edges)[];

/** The sliders that are not where they do nothing. */
export const movedEdges = (document: Document): readonly (keyof Edges)[] =>
  EDGE_NAMES.filter((name) => document.edges[name] !== PLAIN_EDGES[name]);

/** The smallest rectangle around what is more opaque than `threshold`; null where nothing is. */
export function subjectBounds({ alpha, width, height }: Matte, threshold = 127): Rect | null {
  let [left, right, top, bottom] = [width, -1, -1, -1];
  for (let y = 0; y < height; y++) {
    const row = alpha.subarray(y * width, (y + 1) * width);
    const first = row.findIndex((value) => value > threshold);
    if (first < 0) continue;
    if (top < 0) top = y;
    bottom = y;
    left = Math.min(left, first);
    right = Math.max(
      right,
      row.findLastIndex((value) => value > threshold),
    );
  }
  return top < 0 ? null : { left, top, right: right + 1, bottom: bottom + 1 };
}

/** The shares of the photo's pixels, 0 to 1, that are subject, background and in between. */
export function shares({ alpha }: Matte): { subject: number; background: number; between: number } {
  let [full, none] = [0, 0];
  for (let i = 0; i < alpha.length; i++) {
    if (alpha[i] === 255) full++;
    else if (alpha[i] === 0) none++;
  }
  const all = Math.max(1, alpha.length);
  return { subject: full / all, background: none / all, between: (alpha.length - full - none) / all };
}
