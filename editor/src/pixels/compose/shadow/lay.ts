/** Puts a shadow between the subject and what is behind it: `compose/shadow/lay.py`. */
import { picture, plane, type Picture } from "../../planes/plane";
import type { Layer } from "../resample";
import type { Shadow } from "./look";

/** Lays the shadow on an opaque backdrop, overwriting it: `B·(1 - o) + S·o` in encoded values. */
export function lay(shadow: Shadow, backdrop: Picture): void {
  for (let i = 0; i < shadow.opacity.data.length; i++) {
    const opacity = shadow.opacity.data[i]!;
    if (opacity > 0) blend(shadow, i, opacity, backdrop.pixels);
  }
}

/** A transparent picture of the subject over its shadow: `α + o·(1 - α)`. */
export function under({ foreground, alpha }: Layer, shadow: Shadow): Layer {
  const pixels = foreground.pixels.slice();
  const total = plane(alpha.width, alpha.height, alpha.data.slice());
  for (let i = 0; i < alpha.data.length; i++) {
    const rest = shadow.opacity.data[i]! * (1 - alpha.data[i]!);
    if (rest <= 0) continue;
    const both = alpha.data[i]! + rest;
    blend(shadow, i, rest / both, pixels);
    total.data[i] = Math.min(both, 1);
  }
  return { foreground: picture(alpha.width, alpha.height, pixels), alpha: total };
}

function blend({ layer, colour }: Shadow, i: number, share: number, pixels: Uint8ClampedArray): void {
  for (let k = 0; k < 3; k++) {
    const own = layer ? layer.pixels[4 * i + k]! : colour[k as 0];
    pixels[4 * i + k] = pixels[4 * i + k]! * (1 - share) + own * share;
  }
}
