import { PLAIN_EDGES, type Document, type Photo } from "../document/types";
import { imagePoint, type Rect } from "../geometry/points";
import type { ToolSettings, Touch } from "../tools/tool";

/** Small documents drawn in code, and touches on them, for tests. */

export const signal = (): AbortSignal => new AbortController().signal;

export const touchAt = (x: number, y: number, more: Partial<Touch> = {}): Touch => ({
  at: imagePoint(x, y),
  pressure: 1,
  shift: false,
  alt: false,
  ...more,
});

export const settingsOf = (more: Partial<ToolSettings> = {}): ToolSettings => ({
  size: 20,
  hardness: 0.5,
  opacity: 1,
  mode: "restore",
  ...more,
});

/** A document whose alpha and colours are functions of the place. */
export function drawn(
  width: number,
  height: number,
  alphaAt: (x: number, y: number) => number,
  colourAt: (x: number, y: number) => readonly [number, number, number] = () => [128, 128, 128],
): Document {
  const alpha = new Uint8Array(width * height);
  const pixels = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      alpha[at] = alphaAt(x, y);
      pixels.set(colourAt(x, y), 4 * at);
    }
  const photo: Photo = { name: "drawn.png", width, height, pixels, ownAlpha: null };
  return {
    id: "drawn",
    photo,
    matte: { width, height, alpha },
    edges: PLAIN_EDGES,
    look: {},
    doubt: null,
  };
}

/** A disc of subject with a soft rim, and some unevenness everywhere. */
export const discAlpha =
  (x0: number, y0: number, radius: number) =>
  (x: number, y: number): number => {
    const far = Math.hypot(x + 0.5 - x0, y + 0.5 - y0) - radius;
    return Math.max(0, Math.min(255, Math.round(128 - far * 20) + ((x * 7 + y * 13) % 5)));
  };

/** The rectangle around every byte that differs; null where none does. */
export function changedRect(before: Uint8Array, after: Uint8Array, width: number): Rect | null {
  const at = [...before.keys()].filter((index) => before[index] !== after[index]);
  if (at.length === 0) return null;
  const [xs, ys] = [at.map((index) => index % width), at.map((index) => Math.floor(index / width))];
  return {
    left: xs.reduce((a, b) => Math.min(a, b)),
    top: ys.reduce((a, b) => Math.min(a, b)),
    right: xs.reduce((a, b) => Math.max(a, b)) + 1,
    bottom: ys.reduce((a, b) => Math.max(a, b)) + 1,
  };
}

export const holds = (outer: Rect | null, inner: Rect | null): boolean =>
  !inner ||
  (outer !== null &&
    outer.left <= inner.left &&
    outer.top <= inner.top &&
    outer.right >= inner.right &&
    outer.bottom >= inner.bottom);
