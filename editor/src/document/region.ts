import type { Rect } from "../geometry/points";
import type { Recorder } from "../history/tiles";

/** How much of each pixel of a rectangle, which may reach out of the photo, is meant: 0 to 255. */
export interface Region {
  readonly rect: Rect;
  readonly mask: Uint8Array;
}

export const RESTORED = 255;
export const ERASED = 0;

/** `a` where `cover` is 0, `b` where it is 255, rounded to the nearest in between; all 0 to 255. */
export function mixed(a: number, b: number, cover: number): number {
  const sum = a * (255 - cover) + b * cover + 128;
  return (sum + (sum >> 8)) >> 8; // exactly the rounded division by 255 for what two bytes can make
}

/**
 * Brings the recorded matte toward `goal`, a value or one for each pixel of `inside`, as far as the region's mask says
 * and `ceiling`, 0 to 255, allows. `inside` is the part of the region's rectangle that lies in the photo.
 */
export function blend(
  recorder: Recorder,
  region: Region,
  inside: Rect,
  goal: Uint8Array | number,
  ceiling = 255,
): void {
  recorder.touch(inside);
  const { pixels, size } = recorder;
  const across = region.rect.right - region.rect.left;
  let to = 0;
  for (let y = inside.top; y < inside.bottom; y++) {
    const masks = (y - region.rect.top) * across - region.rect.left;
    const row = y * size.width;
    for (let x = inside.left; x < inside.right; x++, to++) {
      const cover = region.mask[masks + x]!;
      if (cover === 0) continue;
      const target = typeof goal === "number" ? goal : goal[to]!;
      pixels[row + x] = mixed(pixels[row + x]!, target, mixed(0, ceiling, cover));
    }
  }
}
