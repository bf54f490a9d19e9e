/** Resizes a foreground with its alpha, so that no unseen colour bleeds into one that is seen: `compose/resample.py`. */
import { clamp, crop, map, picture, type Picture, type Plane, type Window } from "../planes/plane";
import { linearChannel, resize } from "../planes/resize";

/** Added to every weight: where nothing is opaque, the colours that lie there are averaged, not lost. */
const LEAST = 2 ** -12;
const FAINT = 1 / 256;

export interface Layer {
  readonly foreground: Picture;
  readonly alpha: Plane;
}

/** Colours are weighed by their alpha, averaged over areas or by a cubic kernel, and divided by the new alpha. */
export function resample({ foreground, alpha }: Layer, width: number, height: number): Layer {
  const weight = map(alpha, (v) => v + LEAST);
  const total = resize(weight, width, height);
  const result = picture(width, height);
  const grows = width > alpha.width || height > alpha.height;
  const plane = { width: alpha.width, height: alpha.height, data: new Float32Array(alpha.data.length) };
  for (let k = 0; k < 3; k++) {
    for (let i = 0; i < plane.data.length; i++)
      plane.data[i] = foreground.pixels[4 * i + k]! * weight.data[i]!;
    const large = resize(plane, width, height);
    // A cubic kernel's undershoot beside an edge leaves next to nothing to divide by.
    const plain = grows ? linearChannel(foreground, k, width, height) : null;
    for (let i = 0; i < total.data.length; i++) {
      const faint = plain !== null && total.data[i]! < FAINT;
      result.pixels[4 * i + k] = faint ? plain.data[i]! : large.data[i]! / total.data[i]!;
    }
  }
  return { foreground: result, alpha: map(total, (v) => clamp(v - LEAST, 0, 1)) };
}

export function cropPicture(from: Picture, part: Window): Picture {
  const result = picture(part.right - part.left, part.bottom - part.top);
  for (let y = 0; y < result.height; y++) {
    const start = 4 * ((part.top + y) * from.width + part.left);
    result.pixels.set(from.pixels.subarray(start, start + 4 * result.width), 4 * y * result.width);
  }
  return result;
}

export const cropLayer = ({ foreground, alpha }: Layer, part: Window): Layer => ({
  foreground: cropPicture(foreground, part),
  alpha: crop(alpha, part),
});
