/** The fast guided filter's last step: linear functions of colour, enlarged, with the photo's own pixels put in. */
import type { Size } from "../../geometry/view";
import { clamp, type Picture, type Plane } from "../planes/plane";
import { sampled } from "../planes/warp";

/** For red, green and blue in [0, 1] what to multiply them by, then what to add. */
export type Line = readonly [Plane, Plane, Plane, Plane];

/** Where the centre of pixel `at` of a side of `whole` pixels lies on one of `small`, whose centres are whole numbers. */
export const grown = (at: number, small: number, whole: number): number => (at + 0.5) * (small / whole) - 0.5;

/** The alpha of one pixel; not clipped: a linear function of the photo can leave [0, 1] a little. */
export function drawn({ width, height, pixels }: Picture, line: Line, x: number, y: number): number {
  const across = grown(x, line[0].width, width);
  const down = grown(y, line[0].height, height);
  const at = 4 * (y * width + x);
  let sum = sampled(line[3], across, down);
  for (let k = 0; k < 3; k++) sum += (sampled(line[k as 0], across, down) * pixels[at + k]!) / 255;
  return sum;
}

/** Writes what of a coarser plane lies under pixels `left` to `right` of a row of the whole, interpolated. */
export function sampleRow(
  { data, width, height }: Plane,
  whole: Size,
  y: number,
  left: number,
  into: Float32Array,
): void {
  const down = grown(y, height, whole.height);
  const top = Math.floor(down);
  const share = down - top;
  const upper = clamp(top, 0, height - 1) * width;
  const lower = clamp(top + 1, 0, height - 1) * width;
  const scale = width / whole.width;
  for (let x = 0; x < into.length; x++) {
    const across = (left + x + 0.5) * scale - 0.5;
    const column = Math.floor(across);
    const near = column < 0 ? 0 : column;
    const far = column + 1 < width ? column + 1 : width - 1;
    const first = data[upper + near]! * (1 - share) + data[lower + near]! * share;
    const second = data[upper + far]! * (1 - share) + data[lower + far]! * share;
    into[x] = first + (second - first) * (across - column);
  }
}
