import type { Size } from "../../geometry/view";

/** One number a pixel, row by row. An alpha is a plane in [0, 1]. */
export interface Plane extends Size {
  readonly data: Float32Array;
}

/** RGBA of 8 bits. Of a foreground the fourth byte means nothing; its alpha is a plane beside it. */
export interface Picture extends Size {
  readonly pixels: Uint8ClampedArray;
}

/** A rectangle that need not begin at 0; right and bottom are the first pixels outside. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const plane = (width: number, height: number, data?: Float32Array): Plane => ({
  width,
  height,
  data: data ?? new Float32Array(width * height),
});

export const picture = (width: number, height: number, pixels?: Uint8ClampedArray): Picture => ({
  width,
  height,
  pixels: pixels ?? new Uint8ClampedArray(width * height * 4),
});

/** Rounds halves to even, as Python and numpy do. */
export function round(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}

export const clamp = (value: number, low: number, high: number): number =>
  value < low ? low : value > high ? high : value;

/** Remainder that is never negative. */
export const modulo = (value: number, by: number): number => ((value % by) + by) % by;

/** 8-bit alpha → [0, 1]. */
export function fromBytes(alpha: Uint8Array, width: number, height: number): Plane {
  const result = plane(width, height);
  for (let i = 0; i < alpha.length; i++) result.data[i] = alpha[i]! / 255;
  return result;
}

/** [0, 1] → 8-bit alpha, rounded to the nearest. */
export function toBytes(alpha: Plane): Uint8Array {
  const clamped = new Uint8ClampedArray(alpha.data.length); // it rounds and saturates
  for (let i = 0; i < clamped.length; i++) clamped[i] = alpha.data[i]! * 255;
  return new Uint8Array(clamped.buffer);
}

/** A copy of a part; `part` lies inside. */
export function crop(source: Plane, part: Window): Plane {
  const result = plane(part.right - part.left, part.bottom - part.top);
  for (let y = 0; y < result.height; y++) {
    const start = (part.top + y) * source.width + part.left;
    result.data.set(source.data.subarray(start, start + result.width), y * result.width);
  }
  return result;
}

/** Writes `inner` of a part into a whole at `core`, which has the same size. */
export function paste(part: Plane, inner: Window, whole: Plane, core: Window): void {
  for (let y = 0; y < inner.bottom - inner.top; y++) {
    const start = (inner.top + y) * part.width + inner.left;
    const row = part.data.subarray(start, start + inner.right - inner.left);
    whole.data.set(row, (core.top + y) * whole.width + core.left);
  }
}

/** More room on each side: the edge's own values go on, or zeros. */
export function padded(source: Plane, by: Window, border: "replicate" | "zero"): Plane {
  const { width, height } = source;
  const result = plane(width + by.left + by.right, height + by.top + by.bottom);
  for (let y = 0; y < result.height; y++) {
    const from = y - by.top;
    if (border === "zero" && (from < 0 || from >= height)) continue;
    const row = clamp(from, 0, height - 1) * width;
    for (let x = 0; x < result.width; x++) {
      const at = x - by.left;
      const inside = at >= 0 && at < width;
      if (inside || border === "replicate")
        result.data[y * result.width + x] = source.data[row + clamp(at, 0, width - 1)]!;
    }
  }
  return result;
}

/** The box around what is at least so much, in all or in a part; null where nothing is. */
export function boundsOf(
  { data, width, height }: Size & { readonly data: ArrayLike<number> },
  least: number,
  within: Window = { left: 0, top: 0, right: width, bottom: height },
): Window | null {
  let { left, top, right, bottom } = { left: width, top: height, right: 0, bottom: 0 };
  for (let y = within.top; y < within.bottom; y++)
    for (let x = within.left, i = y * width + x; x < within.right; x++, i++) {
      if (!(data[i]! >= least)) continue;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      bottom = y + 1;
    }
  return right ? { left, top, right, bottom } : null;
}

/** A new plane of a function of each value. */
export function map(source: Plane, of: (value: number) => number): Plane {
  const result = plane(source.width, source.height);
  for (let i = 0; i < result.data.length; i++) result.data[i] = of(source.data[i]!);
  return result;
}

/** A new plane of a function of each value and its place. */
export function map2(source: Plane, of: (value: number, at: number) => number): Plane {
  const result = plane(source.width, source.height);
  for (let i = 0; i < result.data.length; i++) result.data[i] = of(source.data[i]!, i);
  return result;
}

/** 1 where a value passes, else 0. */
export function mask(values: ArrayLike<number>, passes: (value: number, at: number) => boolean): Uint8Array {
  const result = new Uint8Array(values.length); // `Uint8Array.from` goes by an iterator, ten times as slow
  for (let i = 0; i < result.length; i++) result[i] = passes(values[i]!, i) ? 1 : 0;
  return result;
}
