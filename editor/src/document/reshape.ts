import type { Rect } from "../geometry/points";
import { common, cropped, grown, wholeOf } from "../geometry/rects";
import type { Size } from "../geometry/view";
import { blurred, reach } from "./blur";

/** The matte under a rectangle inside the photo, blurred; looks beyond it as far as the blur does. */
export function softened(
  was: (rect: Rect) => Uint8Array,
  size: Size,
  rect: Rect,
  radius: number,
): Uint8Array {
  const wide = common(grown(rect, reach(radius)), wholeOf(size)) ?? rect;
  const across = wide.right - wide.left;
  const soft = blurred(was(wide), across, wide.bottom - wide.top, radius);
  const inner = { left: rect.left - wide.left, top: rect.top - wide.top, right: 0, bottom: 0 };
  inner.right = inner.left + rect.right - rect.left;
  inner.bottom = inner.top + rect.bottom - rect.top;
  return cropped(soft, across, inner);
}

/** Bytes with `gain` times the contrast about the middle; 0 and 255 stay. */
export function hardened(bytes: Uint8Array, gain: number): Uint8Array {
  const table = Uint8ClampedArray.from({ length: 256 }, (_, value) => 127.5 + (value - 127.5) * gain);
  return bytes.map((value) => table[value]!);
}
