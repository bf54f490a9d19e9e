import { clamp, crop, padded, plane, type Plane } from "./plane";
import { linear, shrinkPlane } from "./resize";

/** A blur with a larger σ is made at half the resolution, and so on. */
const FINEST = 4;

export type Border = "replicate" | "reflect" | "zero";

/** Blurs by a Gaussian; without a reach, that of four standard deviations. */
export function gaussian(from: Plane, sigma: number, border: Border = "reflect", reach?: number): Plane {
  const far = reach ?? Math.round(sigma * 4);
  const kernel = new Float32Array(2 * far + 1);
  let total = 0;
  for (let i = -far; i <= far; i++) total += kernel[i + far] = Math.exp(-(i * i) / (2 * sigma * sigma));
  for (let i = 0; i < kernel.length; i++) kernel[i]! /= total;
  return convolved(from, kernel, kernel, border);
}

/** Convolves with a symmetric kernel across and one down. */
export function convolved(from: Plane, across: Float32Array, down: Float32Array, border: Border): Plane {
  const middle = plane(from.width, from.height);
  const far = (across.length - 1) / 2;
  const { width, height } = from;
  const line = new Float32Array(width + 2 * far);
  const places = sources(width, far, border);
  for (let y = 0; y < height; y++) {
    const row = from.data.subarray(y * width, (y + 1) * width);
    for (let i = 0; i < line.length; i++) line[i] = places[i]! < 0 ? 0 : row[places[i]!]!;
    const into = middle.data.subarray(y * width, (y + 1) * width);
    for (let k = 0; k < across.length; k++) {
      const weight = across[k]!;
      for (let x = 0; x < width; x++) into[x]! += weight * line[x + k]!;
    }
  }
  return convolvedDown(middle, down, border);
}

function convolvedDown(from: Plane, kernel: Float32Array, border: Border): Plane {
  const { width, height } = from;
  const result = plane(width, height);
  const far = (kernel.length - 1) / 2;
  const places = sources(height, far, border);
  for (let y = 0; y < height; y++) {
    const into = result.data.subarray(y * width, (y + 1) * width);
    for (let k = 0; k < kernel.length; k++) {
      const row = places[y + k]!;
      if (row < 0) continue;
      const weight = kernel[k]!;
      const start = row * width;
      for (let x = 0; x < width; x++) into[x]! += weight * from.data[start + x]!;
    }
  }
  return result;
}

/** Which element each place of a line with `far` more on both sides reads; -1 is nothing. */
function sources(length: number, far: number, border: Border): Int32Array {
  return Int32Array.from({ length: length + 2 * far }, (_, i) => {
    let at = i - far;
    if (at >= 0 && at < length) return at;
    if (border === "zero") return -1;
    if (border === "replicate" || length === 1) return clamp(at, 0, length - 1);
    while (at < 0 || at >= length) at = at < 0 ? -at : 2 * (length - 1) - at;
    return at;
  });
}

/** Blurs by a Gaussian; a wide one at a lower resolution, which its result cannot be told from. */
export function blur(window: Plane, sigma: number): Plane {
  const cell = cellOf(sigma);
  const reach = Math.ceil((3.5 * sigma) / cell);
  if (cell === 1) return gaussian(window, sigma, "replicate", reach);
  const [columns, rows] = [Math.ceil(window.width / cell), Math.ceil(window.height / cell)];
  const room = {
    left: 0,
    top: 0,
    right: columns * cell - window.width,
    bottom: rows * cell - window.height,
  };
  const small = shrinkPlane(padded(window, room, "replicate"), columns, rows);
  const large = linear(gaussian(small, sigma / cell, "replicate", reach), columns * cell, rows * cell);
  return crop(large, { left: 0, top: 0, right: window.width, bottom: window.height });
}

/** The side of the cells, in pixels, in which a blur is made. */
export const cellOf = (sigma: number): number => 1 << Math.max(0, Math.ceil(Math.log2(sigma / FINEST)));
