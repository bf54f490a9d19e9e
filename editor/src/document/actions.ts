import type { MattePatch } from "../history/patch";
import { writePatch } from "../history/tiles";
import { PLAIN_EDGES, type Document, type Doubt, type Edges, type Matte, type Recipe } from "./types";

/** Returns the document with some of the matte's sliders moved. */
export const setEdges = (document: Document, edges: Partial<Edges>): Document => ({
  ...document,
  edges: { ...document.edges, ...edges },
});

/** Returns it with one slider, or all of them, back where it does nothing. */
export const resetEdges = (document: Document, name?: keyof Edges): Document =>
  setEdges(document, name ? { [name]: PLAIN_EDGES[name] } : PLAIN_EDGES);

/** Returns it with some options of the look set; `undefined` puts one back to its default. */
export function setLook(
  document: Document,
  look: Readonly<Record<string, Recipe[string] | undefined>>,
): Document {
  const entries = Object.entries({ ...document.look, ...look }).filter(([, value]) => value !== undefined);
  return { ...document, look: Object.fromEntries(entries) as Recipe };
}

/** Returns it with another look instead of the one it has: a preset, a recipe opened from a file. */
export const replaceLook = (document: Document, look: Recipe): Document => ({
  ...document,
  look: { ...look },
});

/**
 * Returns it with one side of a patch in a copy of its matte: 24 MB are copied at 24 MP, which takes milliseconds.
 * What is already painted into a working copy is brought there by `writePatch` alone.
 */
export function applyPatch(
  document: Document,
  patch: MattePatch,
  side: "before" | "after" = "after",
): Document {
  const { width, height } = document.matte;
  const alpha = document.matte.alpha.slice();
  writePatch(alpha, { width, height }, patch, side);
  return { ...document, matte: { width, height, alpha } };
}

/** Returns it with a network's matte, and what the network said of it, instead of everything painted so far. */
export function replaceMatte(document: Document, matte: Matte, doubt: Doubt | null): Document {
  const { width, height } = document.photo;
  if (matte.width !== width || matte.height !== height || matte.alpha.length !== width * height)
    throw new RangeError(
      `matte: expected the photo's size, ${width}×${height}, got ${matte.width}×${matte.height}` +
        ` with ${matte.alpha.length} bytes; ask the pixel worker to enlarge it first`,
    );
  return { ...document, matte, doubt };
}
