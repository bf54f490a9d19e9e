import type { Region } from "../../document/region";
import type { Rect } from "../../geometry/points";

/**
 * A small region's mask, each of whose pixels stands for `step` of the photo's on a side, as a mask of `rect`; linear
 * between the small pixels' middles, which hold `rect` between them.
 */
export function* stretched(small: Region, rect: Rect, step: number): Generator<void, Uint8Array> {
  const across = small.rect.right - small.rect.left;
  const [width, height] = [rect.right - rect.left, rect.bottom - rect.top];
  const out = new Uint8Array(width * height);
  const columns = places(rect.left, width, step, small.rect.left);
  const rows = places(rect.top, height, step, small.rect.top);
  const line = new Float32Array(across);
  for (let y = 0; y < height; y++) {
    const down = rows.share[y]!;
    const above = rows.first[y]! * across;
    for (let k = 0; k < across; k++) {
      const value = small.mask[above + k]!;
      line[k] = value + down * (small.mask[above + across + k]! - value);
    }
    for (let x = 0; x < width; x++) {
      const k = columns.first[x]!;
      const value = line[k]!;
      out[y * width + x] = value + columns.share[x]! * (line[k + 1]! - value) + 0.5;
    }
    if (y % 64 === 63) yield;
  }
  return out;
}

/** For each pixel the small one whose middle lies before its own, and how far it is from there to the next. */
function places(start: number, count: number, step: number, origin: number) {
  const first = new Int32Array(count);
  const share = new Float32Array(count);
  for (let k = 0; k < count; k++) {
    const at = (start + k + 0.5) / step - 0.5 - origin;
    first[k] = Math.floor(at);
    share[k] = at - first[k]!;
  }
  return { first, share };
}
