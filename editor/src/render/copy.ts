import type { Rect } from "../geometry/points";
import type { Size } from "../geometry/view";
import { HIGHLIGHT, SOFT, type Scene } from "./scene";

/** A reduced copy of a photo and its matte. */
export interface Copy extends Size {
  /** Photo pixels a side that one of its pixels stands for. */
  readonly by: number;
  readonly rgba: Uint8Array;
  readonly alpha: Uint8Array;
}

/** The means of squares of `by` pixels of `channels` bytes, for a rectangle of the copy. */
export function boxed(
  from: Uint8Array | Uint8ClampedArray,
  size: Size,
  by: number,
  channels: number,
  rect: Rect,
): Uint8Array {
  const across = rect.right - rect.left;
  const out = new Uint8Array(across * (rect.bottom - rect.top) * channels);
  for (let y = rect.top; y < rect.bottom; y++) {
    const bottom = Math.min(size.height, (y + 1) * by);
    for (let x = rect.left; x < rect.right; x++) {
      const right = Math.min(size.width, (x + 1) * by);
      const count = (bottom - y * by) * (right - x * by);
      const at = ((y - rect.top) * across + x - rect.left) * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let v = y * by; v < bottom; v++)
          for (let u = x * by; u < right; u++) sum += from[(v * size.width + u) * channels + c]!;
        out[at + c] = Math.round(sum / count);
      }
    }
  }
  return out;
}

/** Mixes a part of the copy as a scene shows it, still without what lies behind. */
export function paintPicture(copy: Copy, rect: Rect, scene: Scene, phase: number): ImageData {
  const image = new ImageData(rect.right - rect.left, rect.bottom - rect.top);
  const table = contrastTable(scene.edges.contrast);
  const out = image.data;
  const matte = scene.show === "matte";
  let to = 0;
  for (let y = rect.top; y < rect.bottom; y++)
    for (let x = rect.left; x < rect.right; x++, to += 4) {
      const at = y * copy.width + x;
      const painted = copy.alpha[at]!;
      const alpha = table[painted]!;
      for (let c = 0; c < 3; c++) out[to + c] = matte ? alpha : copy.rgba[at * 4 + c]!;
      out[to + 3] = matte ? 255 : alpha;
      if (!scene.highlight || painted <= SOFT.least || painted >= SOFT.most) continue;
      const stripe = ((x + y) / 12 + 1 - phase) % 1 < 0.5 ? 0.9 : 0.55;
      for (let c = 0; c < 3; c++) out[to + c] = out[to + c]! * (1 - stripe) + HIGHLIGHT[c]! * stripe;
      out[to + 3] = 255;
    }
  return image;
}

/** Contrast as in alphacut's edges.py, by alpha of one byte. */
function contrastTable(gain: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, i) => {
    const up = (i / 255) ** gain;
    return Math.round((255 * up) / (up + (1 - i / 255) ** gain));
  });
}
