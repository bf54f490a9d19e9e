import type { Size } from "../geometry/view";

/** The photo at its own size: straight RGB of 8 bits in sRGB, 4 bytes a pixel, the fourth unused (255). */
export interface Photo extends Size {
  readonly name: string;
  readonly pixels: Uint8ClampedArray;
  /** The transparency that the file already had, one byte a pixel; null where it had none. */
  readonly ownAlpha: Uint8Array | null;
}

/** One byte a pixel: 0 background, 255 subject. */
export interface Matte extends Size {
  readonly alpha: Uint8Array;
}

/** What the networks said about their own answer. */
export interface Doubt {
  readonly uncertainty: number | null;
  readonly needsLook: boolean;
  readonly reasons: readonly { readonly code: string; readonly sentence: string }[];
}

/** The matte's sliders; each does to the whole matte what the option of the same name does in Python. */
export interface Edges {
  readonly shift: number;
  readonly feather: number;
  readonly contrast: number;
  readonly decontaminate: boolean;
  readonly despill: string | null;
}

export const PLAIN_EDGES: Edges = { shift: 0, feather: 0, contrast: 1, decontaminate: true, despill: null };

/** Values by option name, as in a recipe file; what is absent is at its default. */
export type Recipe = Readonly<Record<string, string | number | boolean | null>>;

/** Everything about one photo that undo, autosave and export know. */
export interface Document {
  readonly id: string;
  readonly photo: Photo;
  /** As painted: what the network said and every stroke since, before the sliders. */
  readonly matte: Matte;
  readonly edges: Edges;
  readonly look: Recipe;
  readonly doubt: Doubt | null;
}
