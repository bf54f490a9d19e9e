/**
 * The matting Laplacian as an operator: `refine/closed_form.py`. In every window of 3×3 pixels the alpha is a linear
 * function of the colour; a product is a few sums over windows (He, Sun, Tang, CVPR 2010), done only where it is wanted.
 */
import { crop, plane, type Plane } from "../planes/plane";
import { near } from "../planes/morph";
import { runsOf, type Runs } from "../planes/runs";
import type { Size } from "../../geometry/view";
import type { Line } from "./guided_filter";

/** Variance added to a window's colours, which lie in [0, 1]: below it, a difference of colour is noise. */
const EPSILON = 1e-4;
/** Numbers a window: its count of pixels, one over it, its mean colour, its inverse covariance's upper triangle. */
const WINDOW = 11;
/** Sums over a column of three pixels: of the colours, and of their products. */
const SUMS = 9;

export type Colours = readonly [Plane, Plane, Plane];

/** The matting Laplacian of one image. Its arrays have one more pixel on each side, which is 0. */
export class Laplacian {
  readonly stride: number;
  readonly length: number;
  /** Where products are wanted, a mask's runs. */
  readonly wanted: Runs;
  /** The wanted pixels' windows, and what surrounds those. */
  private readonly around: Runs;
  private readonly beyond: Runs;
  private readonly size: Size;
  private readonly centre: readonly number[];
  /** Red, green, blue. */
  private readonly colours: Float32Array;
  private readonly windows: Float32Array;
  /** Of windows a (red, green, blue) and b, and of pixels their sums: used again by every product. */
  private readonly fits: Float32Array;
  private readonly sums: Float32Array;

  /** Without `wanted`, products are wanted everywhere. */
  constructor(image: Colours, wanted?: Plane) {
    const { width, height } = (this.size = image[0]);
    this.stride = width + 2;
    this.length = this.stride * (height + 2);
    const runs = (reach: number) => runsOf(wanted ? near(wanted, reach) : everywhere, width, height, 1);
    const everywhere = wanted ? [] : new Uint8Array(width * height).fill(1);
    this.wanted = runs(0);
    this.around = wanted ? runs(1) : this.wanted;
    this.beyond = wanted ? runs(2) : this.wanted;
    // Centred colours lose fewer digits in the differences below.
    this.centre = image.map(({ data }) => meanOf(data));
    this.colours = new Float32Array(3 * this.length);
    image.forEach((channel, k) => this.place(channel, this.colours, 3, k, this.centre[k]));
    this.windows = new Float32Array(WINDOW * this.length);
    this.count();
    this.invert();
    this.fits = new Float32Array(4 * this.length);
    this.sums = new Float32Array(4 * this.length);
  }

  /** A plane with the rim around it. */
  wide(from: Plane): Float32Array {
    return this.place(from, new Float32Array(this.length), 1, 0);
  }

  /** A wide array's plane. */
  plain(data: Float32Array): Plane {
    const { width, height } = this.size;
    const all = plane(this.stride, height + 2, data);
    return crop(all, { left: 1, top: 1, right: width + 1, bottom: height + 1 });
  }

  /** Writes L·p: how far each wanted pixel lies above what the windows around it predict, summed over them. */
  times(p: Float32Array, into: Float32Array): void {
    this.fit(p, this.around);
    this.gather(this.wanted);
    const { wanted, windows, colours, sums } = this;
    for (let r = 0; r < wanted.length; r += 2)
      for (let i = wanted[r]!; i < wanted[r + 1]!; i++) {
        const tilt =
          sums[4 * i]! * colours[3 * i]! +
          sums[4 * i + 1]! * colours[3 * i + 1]! +
          sums[4 * i + 2]! * colours[3 * i + 2]!;
        into[i] = windows[WINDOW * i]! * p[i]! - tilt - sums[4 * i + 3]!;
      }
  }

  /** The means of a (red, green, blue) and b over the windows around each wanted pixel and its neighbours. */
  meanLine(p: Plane): Line {
    this.fit(this.wide(p), this.beyond);
    this.gather(this.around);
    const { around, windows, sums, stride, centre } = this;
    const { width, height } = this.size;
    const data = new Float32Array(4 * width * height);
    for (let r = 0; r < around.length; r += 2) {
      const y = Math.floor(around[r]! / stride);
      const shift = y * stride - (y - 1) * width + 1;
      for (let i = around[r]!; i < around[r + 1]!; i++) {
        const to = 4 * (i - shift);
        const share = windows[WINDOW * i + 1]!;
        for (let k = 0; k < 4; k++) data[to + k] = sums[4 * i + k]! * share;
        for (let k = 0; k < 3; k++) data[to + 3]! -= data[to + k]! * centre[k]!;
      }
    }
    return { width, height, data };
  }

  /** Writes L's diagonal: over the windows, the sum of `1 - (1 + (I - mean)·inverse·(I - mean)) / count`. */
  diagonal(into: Float32Array): void {
    const { wanted, windows, colours, stride } = this;
    for (let r = 0; r < wanted.length; r += 2)
      for (let i = wanted[r]!; i < wanted[r + 1]!; i++) {
        const red = colours[3 * i]!;
        const green = colours[3 * i + 1]!;
        const blue = colours[3 * i + 2]!;
        let sum = 0;
        for (let down = -stride; down <= stride; down += stride)
          for (let w = WINDOW * (i + down - 1), last = w + 2 * WINDOW; w <= last; w += WINDOW) {
            const share = windows[w + 1]!;
            if (share === 0) continue;
            const x = red - windows[w + 2]!;
            const y = green - windows[w + 3]!;
            const z = blue - windows[w + 4]!;
            const first = x * (windows[w + 5]! * x + 2 * (windows[w + 6]! * y + windows[w + 7]! * z));
            const rest = y * (windows[w + 8]! * y + 2 * windows[w + 9]! * z) + windows[w + 10]! * z * z;
            sum += 1 - share * (1 + first + rest);
          }
        into[i] = sum;
      }
  }

  private place(from: Plane, into: Float32Array, step: number, offset: number, less = 0): Float32Array {
    const { width, height, data } = from;
    for (let y = 0, i = 0; y < height; y++) {
      let at = ((y + 1) * this.stride + 1) * step + offset;
      for (let x = 0; x < width; x++, i++, at += step) into[at] = data[i]! - less;
    }
    return into;
  }

  /** Windows are cut by the border. */
  private count(): void {
    const { beyond, windows, stride } = this;
    const { width, height } = this.size;
    const side = (at: number, length: number) => (at > 1 ? 1 : 0) + 1 + (at < length ? 1 : 0); // `at` from 1
    for (let r = 0; r < beyond.length; r += 2) {
      const y = Math.floor(beyond[r]! / stride);
      const rows = side(y, height);
      for (let i = beyond[r]!; i < beyond[r + 1]!; i++) {
        windows[WINDOW * i] = rows * side(i - y * stride, width);
        windows[WINDOW * i + 1] = 1 / windows[WINDOW * i]!;
      }
    }
  }

  /** Writes the windows' means and inverse covariances, in 64 bits: a grey window's determinant is a small difference. */
  private invert(): void {
    const { beyond, windows } = this;
    const columns = new Float64Array(SUMS * (this.stride + 2));
    const upper = new Float64Array(6);
    for (let r = 0; r < beyond.length; r += 2) {
      const from = beyond[r]!;
      this.addColumns(from - 1, beyond[r + 1]! + 1, columns);
      for (let i = from; i < beyond[r + 1]!; i++) {
        const at = WINDOW * i;
        const share = 1 / windows[at]!;
        const c = SUMS * (i - from);
        const red = share * (columns[c]! + columns[c + 9]! + columns[c + 18]!);
        const green = share * (columns[c + 1]! + columns[c + 10]! + columns[c + 19]!);
        const blue = share * (columns[c + 2]! + columns[c + 11]! + columns[c + 20]!);
        const ridge = EPSILON * share;
        upper[0] = share * (columns[c + 3]! + columns[c + 12]! + columns[c + 21]!) - red * red + ridge;
        upper[1] = share * (columns[c + 4]! + columns[c + 13]! + columns[c + 22]!) - red * green;
        upper[2] = share * (columns[c + 5]! + columns[c + 14]! + columns[c + 23]!) - red * blue;
        upper[3] = share * (columns[c + 6]! + columns[c + 15]! + columns[c + 24]!) - green * green + ridge;
        upper[4] = share * (columns[c + 7]! + columns[c + 16]! + columns[c + 25]!) - green * blue;
        upper[5] = share * (columns[c + 8]! + columns[c + 17]! + columns[c + 26]!) - blue * blue + ridge;
        windows[at + 2] = red;
        windows[at + 3] = green;
        windows[at + 4] = blue;
        writeInverse(upper, windows, at + 5);
      }
    }
  }

  private addColumns(from: number, to: number, into: Float64Array): void {
    const { colours, stride } = this;
    into.fill(0, 0, SUMS * (to - from));
    for (let down = -stride; down <= stride; down += stride)
      for (let i = from, at = 0; i < to; i++, at += SUMS) {
        const x = colours[3 * (i + down)]!;
        const y = colours[3 * (i + down) + 1]!;
        const z = colours[3 * (i + down) + 2]!;
        into[at]! += x;
        into[at + 1]! += y;
        into[at + 2]! += z;
        into[at + 3]! += x * x;
        into[at + 4]! += x * y;
        into[at + 5]! += x * z;
        into[at + 6]! += y * y;
        into[at + 7]! += y * z;
        into[at + 8]! += z * z;
      }
  }

  /** Writes each window's a and b, which fit p in the least squares; the sums run along with the columns. */
  private fit(p: Float32Array, runs: Runs): void {
    const { colours, windows, fits, stride } = this;
    for (let r = 0; r < runs.length; r += 2) {
      const from = runs[r]!;
      const to = runs[r + 1]!;
      let [p0, p1, r0, r1, g0, g1, b0, b1] = [0, 0, 0, 0, 0, 0, 0, 0];
      for (let i = from - 1; i <= to; i++) {
        const up = i - stride;
        const down = i + stride;
        const above = p[up]!;
        const own = p[i]!;
        const below = p[down]!;
        const p2 = above + own + below;
        const r2 = above * colours[3 * up]! + own * colours[3 * i]! + below * colours[3 * down]!;
        const g2 = above * colours[3 * up + 1]! + own * colours[3 * i + 1]! + below * colours[3 * down + 1]!;
        const b2 = above * colours[3 * up + 2]! + own * colours[3 * i + 2]! + below * colours[3 * down + 2]!;
        if (i > from) {
          const at = WINDOW * (i - 1);
          const share = windows[at + 1]!;
          const red = windows[at + 2]!;
          const green = windows[at + 3]!;
          const blue = windows[at + 4]!;
          const mean = (p0 + p1 + p2) * share;
          const x = (r0 + r1 + r2) * share - mean * red;
          const y = (g0 + g1 + g2) * share - mean * green;
          const z = (b0 + b1 + b2) * share - mean * blue;
          const a = windows[at + 5]! * x + windows[at + 6]! * y + windows[at + 7]! * z;
          const b = windows[at + 6]! * x + windows[at + 8]! * y + windows[at + 9]! * z;
          const c = windows[at + 7]! * x + windows[at + 9]! * y + windows[at + 10]! * z;
          const into = 4 * (i - 1);
          fits[into] = a;
          fits[into + 1] = b;
          fits[into + 2] = c;
          fits[into + 3] = mean - a * red - b * green - c * blue;
        }
        // Not as arrays: the interpreter would make them.
        ((p0 = p1), (r0 = r1), (g0 = g1), (b0 = b1));
        ((p1 = p2), (r1 = r2), (g1 = g2), (b1 = b2));
      }
    }
  }

  /** Writes the sums of a and b over the windows around each pixel. */
  private gather(runs: Runs): void {
    const { fits, sums } = this;
    const row = 4 * this.stride;
    for (let r = 0; r < runs.length; r += 2) {
      const from = 4 * runs[r]!;
      const to = 4 * runs[r + 1]!;
      let [a0, a1, b0, b1, c0, c1, d0, d1] = [0, 0, 0, 0, 0, 0, 0, 0];
      for (let i = from - 4; i <= to; i += 4) {
        const a2 = fits[i - row]! + fits[i]! + fits[i + row]!;
        const b2 = fits[i - row + 1]! + fits[i + 1]! + fits[i + row + 1]!;
        const c2 = fits[i - row + 2]! + fits[i + 2]! + fits[i + row + 2]!;
        const d2 = fits[i - row + 3]! + fits[i + 3]! + fits[i + row + 3]!;
        if (i > from) {
          sums[i - 4] = a0 + a1 + a2;
          sums[i - 3] = b0 + b1 + b2;
          sums[i - 2] = c0 + c1 + c2;
          sums[i - 1] = d0 + d1 + d2;
        }
        ((a0 = a1), (b0 = b1), (c0 = c1), (d0 = d1));
        ((a1 = a2), (b1 = b2), (c1 = c2), (d1 = d2));
      }
    }
  }
}

function meanOf(data: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  return sum / data.length;
}

/** Writes the inverse of a symmetric matrix of three rows, by its cofactors. */
function writeInverse(m: Float64Array, into: Float32Array, at: number): void {
  const xx = m[0]!;
  const xy = m[1]!;
  const xz = m[2]!;
  const yy = m[3]!;
  const yz = m[4]!;
  const zz = m[5]!;
  const first = yy * zz - yz * yz;
  const second = xz * yz - xy * zz;
  const third = xy * yz - xz * yy;
  const scale = 1 / (xx * first + xy * second + xz * third);
  into[at] = scale * first;
  into[at + 1] = scale * second;
  into[at + 2] = scale * third;
  into[at + 3] = scale * (xx * zz - xz * xz);
  into[at + 4] = scale * (xy * xz - xx * yz);
  into[at + 5] = scale * (xx * yy - xy * xy);
}
