/** Smooth values → integers without steps that anyone could see: `compose/dither.py`. */
import { picture, plane, type Picture, type Plane } from "../planes/plane";

const SIDE = 64;
/** Keeps whole values whole in spite of the last bits. */
const MARGIN = 1 / 256;

/** 64×64 thresholds in (0, 1), evenly spaced: ranks of interleaved gradient noise (J. Jimenez, SIGGRAPH 2014). */
const THRESHOLDS = thresholds();

function thresholds(): Float32Array {
  const noise = Float64Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    return (52.9829189 * ((0.06711056 * x + 0.00583715 * y) % 1)) % 1;
  });
  const order = Array.from(noise.keys()).sort((a, b) => noise[a]! - noise[b]! || a - b);
  const result = new Float32Array(SIDE * SIDE);
  order.forEach((at, rank) => {
    result[at] = MARGIN + ((rank + 0.5) / SIDE ** 2) * (1 - 2 * MARGIN);
  });
  return result;
}

/** A value in [0, 255] as an integer, so that the mean over a neighbourhood is kept. */
export const dithered = (value: number, x: number, y: number): number =>
  Math.floor(value + THRESHOLDS[(y % SIDE) * SIDE + (x % SIDE)]!);

/** Enlarges three small smooth planes in [0, 1] linearly and dithers; one cell covers `factor`×`factor` pixels. */
export function enlarge(small: readonly Plane[], factor: number, width: number, height: number): Picture {
  const result = picture(width, height);
  const lines = small.map((part) => plane(part.width, 1));
  for (let y = 0; y < height; y++) {
    small.forEach((part, k) => mixRows(part, (y + 0.5) / factor - 0.5, lines[k]!.data));
    for (let x = 0; x < width; x++) {
      const at = (x + 0.5) / factor - 0.5;
      const left = Math.floor(at);
      const share = at - left;
      const [first, second] = [Math.max(left, 0), Math.min(left + 1, small[0]!.width - 1)];
      const into = 4 * (y * width + x);
      for (let k = 0; k < 3; k++) {
        const line = lines[k]!.data;
        const value = line[first]! * (1 - share) + line[second]! * share;
        result.pixels[into + k] = dithered(value * 255, x, y);
      }
      result.pixels[into + 3] = 255;
    }
  }
  return result;
}

function mixRows({ data, width, height }: Plane, at: number, into: Float32Array): void {
  const top = Math.floor(at);
  const share = at - top;
  const upper = Math.max(top, 0) * width;
  const lower = Math.min(top + 1, height - 1) * width;
  for (let x = 0; x < width; x++) into[x] = data[upper + x]! * (1 - share) + data[lower + x]! * share;
}
