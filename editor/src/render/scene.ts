import type { Composed } from "../worker/jobs";
import type { Photo } from "../document/types";
import { screenPoint, type Rect } from "../geometry/points";
import type { Size, View } from "../geometry/view";
import type { FrameLog } from "./frames";

/** sRGB, 0 to 255. */
export type Colour = readonly [number, number, number];

/** What lies behind the subject on the screen. */
export type Backdrop =
  | { readonly kind: "checker" }
  | { readonly kind: "colour"; readonly colour: Colour }
  | {
      readonly kind: "gradient";
      /** Straight RGBA from the first stop to the last, any number of steps. */
      readonly ramp: Uint8Array;
      /** Degrees clockwise from the top, as in CSS; null is radial. */
      readonly angle: number | null;
      /** Of a radial one: shares of the width and the height. */
      readonly centre: readonly [number, number];
    };

/** What the canvas shows; `result` is the exact picture with its own frame. */
export type Show = "cutout" | "matte" | "original" | "result";

/** The sliders that the screen follows at once; see `Edges`. */
export interface LiveEdges {
  readonly shift: number;
  readonly feather: number;
  readonly contrast: number;
}

export interface Scene {
  readonly view: View;
  readonly show: Show;
  readonly backdrop: Backdrop;
  /** Share of the canvas' width that shows the original, from the left; null for none. */
  readonly split: number | null;
  /** Whether soft alpha is coloured. */
  readonly highlight: boolean;
  /** Whether nothing may move by itself. */
  readonly still: boolean;
  readonly edges: LiveEdges;
}

export const FIRST_SCENE: Scene = {
  view: { scale: 1, offset: screenPoint(0, 0) },
  show: "cutout",
  backdrop: { kind: "checker" },
  split: null,
  highlight: false,
  still: false,
  edges: { shift: 0, feather: 0, contrast: 1 },
};

/** CSS pixels a side of a checkerboard's square, and its two greys. */
export const CHECKER = { side: 8, light: 255, dark: 214 } as const;

/** Soft alpha, that `highlight` colours: strictly between these, of 255. */
export const SOFT = { least: 0.02 * 255, most: 0.98 * 255 } as const;
export const HIGHLIGHT: Colour = [255, 64, 0];

/** Shows one photo, its matte as it is painted, and the finished picture. */
export interface Renderer {
  readonly kind: "webgl2" | "canvas2d";
  /** How long frames took. */
  readonly frames: FrameLog;
  /** Photo pixels a side that one pixel of the shown copy stands for: 1 unless memory allows no more. */
  readonly reduced: number;
  /** The size of what is shown: the photo's, or the exact picture's while `result` shows one. */
  readonly content: Size | null;
  setPhoto(photo: Photo | null): void;
  /** The matte as it is now; where only `changed` differs from the last one, only that is looked at. */
  setAlpha(alpha: Uint8Array, changed?: Rect): void;
  /** The finished picture for the matte, edges and look as they are; a change of matte or edges drops it. */
  setExact(picture: Composed | null): void;
  setScene(change: Partial<Scene>): void;
  /** The canvas' size in CSS pixels, and device pixels a CSS pixel. */
  resize(size: Size, density: number): void;
  /** Draws now, whether it is time or not. */
  drawNow(): void;
  dispose(): void;
}

export interface RendererOptions {
  /** Called when `reduced` changes, and when the graphics device was lost (`lost`) or is back. */
  readonly onchange?: (state: { reduced: number; lost: boolean }) => void;
  /** Bytes of textures that it may take. */
  readonly budget?: number;
  /** Pixels a side of a tile at most. */
  readonly tile?: number;
  /** Do without WebGL. */
  readonly plain?: boolean;
}
