import type { Rect } from "./points";
import type { Size } from "./view";

export const wholeOf = (size: Size): Rect => ({ left: 0, top: 0, right: size.width, bottom: size.height });

export const isEmpty = (r: Rect): boolean => r.right <= r.left || r.bottom <= r.top;

/** The pixels that both hold; null where they share none. */
export function common(a: Rect, b: Rect): Rect | null {
  const rect = {
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  };
  return isEmpty(rect) ? null : rect;
}

/** The smallest rectangle that holds both. */
export function around(a: Rect | null, b: Rect | null): Rect | null {
  if (!a || !b) return a ?? b;
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

/** The rectangle with `by` more pixels on each side. */
export const grown = (r: Rect, by: number): Rect => ({
  left: r.left - by,
  top: r.top - by,
  right: r.right + by,
  bottom: r.bottom + by,
});

export const sizeOf = (r: Rect): Size => ({ width: r.right - r.left, height: r.bottom - r.top });

/** Copies the bytes under a rectangle, which lies inside, out of a plane of one byte a pixel. */
export function cropped(plane: Uint8Array, width: number, r: Rect): Uint8Array {
  const across = r.right - r.left;
  const out = new Uint8Array(across * (r.bottom - r.top));
  for (let y = r.top; y < r.bottom; y++) {
    const at = y * width + r.left;
    out.set(plane.subarray(at, at + across), (y - r.top) * across);
  }
  return out;
}

/** Writes such a copy back. */
export function pasted(plane: Uint8Array, width: number, r: Rect, bytes: Uint8Array): void {
  const across = r.right - r.left;
  for (let y = r.top; y < r.bottom; y++) {
    const at = (y - r.top) * across;
    plane.set(bytes.subarray(at, at + across), y * width + r.left);
  }
}
