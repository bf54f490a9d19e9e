import type { Size } from "../../geometry/view";
import { roundEven } from "./fit";

/** RGBA pixels, 4 bytes each; the fourth is not looked at. */
export interface Pixels extends Size {
  readonly data: Uint8ClampedArray | Uint8Array;
}

/** How much larger than the result a photo stays when squares of it are averaged before Lanczos; as in Python. */
const SPARE = 1.5;
const LOBES = 3;
/** Pillow computes with whole numbers of this many binary places; so do we, to the last bit. */
const PLACES = 22;

/** Resizes a photo as Python's `Fit` does: squares are averaged, then Pillow's Lanczos. */
export function resizePhoto(image: Pixels, size: Size): Pixels {
  const width = averagedSide(image.width, size.width);
  const height = averagedSide(image.height, size.height);
  const smaller =
    width === image.width && height === image.height ? image : average(image, { width, height });
  return lanczos(smaller, size);
}

function averagedSide(have: number, want: number): number {
  return Math.max(1, roundEven(have / Math.max(1, Math.trunc(have / want / SPARE))));
}

/** Averages the area under every new pixel. */
export function average(image: Pixels, size: Size): Pixels {
  const [columns, rows] = [areas(image.width, size.width), areas(image.height, size.height)];
  const data = new Uint8ClampedArray(size.width * size.height * 4);
  const line = new Float32Array(image.width * 4);
  for (let y = 0; y < size.height; y++) {
    line.fill(0);
    for (const [row, weight] of rows[y]!) {
      const from = row * image.width * 4;
      for (let i = 0; i < line.length; i++) line[i]! += weight * image.data[from + i]!;
    }
    for (let x = 0; x < size.width; x++) {
      for (let c = 0; c < 4; c++) {
        let sum = 0;
        for (const [column, weight] of columns[x]!) sum += weight * line[column * 4 + c]!;
        data[(y * size.width + x) * 4 + c] = sum; // a clamped array rounds halves to even, as OpenCV does
      }
    }
  }
  return { ...size, data };
}

/** For every new sample, the old ones under it with their shares. */
function areas(have: number, want: number): [number, number][][] {
  const scale = have / want;
  return Array.from({ length: want }, (_, i) => {
    const [start, end] = [i * scale, Math.min(have, (i + 1) * scale)];
    const found: [number, number][] = [];
    for (let at = Math.floor(start); at < end - 1e-6; at++)
      found.push([at, (Math.min(end, at + 1) - Math.max(start, at)) / (end - start)]);
    return found;
  });
}

/**
 * Pillow's `resize(size, LANCZOS)`: across, then down, 8 bits between. Newer ones turn the order round where that is less
 * work, as for a photo that grows one way and shrinks the other; that moves a value by one.
 */
export function lanczos(image: Pixels, size: Size): Pixels {
  const wide = image.width === size.width ? image : across(image, size.width);
  return image.height === size.height ? wide : down(wide, size.height);
}

interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `reach` of them a sample. */
  readonly weights: Int32Array;
  readonly reach: number;
}

function taps(have: number, want: number): Taps {
  const scale = Math.max(1, have / want);
  const support = LOBES * scale;
  const reach = Math.ceil(support) * 2 + 1;
  const [first, count] = [new Int32Array(want), new Int32Array(want)];
  const weights = new Int32Array(want * reach);
  for (let i = 0; i < want; i++) {
    const centre = (i + 0.5) * (have / want);
    const from = Math.max(0, Math.trunc(centre - support + 0.5));
    const to = Math.min(have, Math.trunc(centre + support + 0.5));
    const row = Array.from({ length: to - from }, (_, k) => kernel((k + from - centre + 0.5) / scale));
    const sum = row.reduce((a, b) => a + b, 0);
    first[i] = from;
    count[i] = to - from;
    row.forEach((value, k) => (weights[i * reach + k] = whole((value / sum) * 2 ** PLACES)));
  }
  return { first, count, weights, reach };
}

const whole = (value: number): number => Math.trunc(value < 0 ? value - 0.5 : value + 0.5);

function kernel(x: number): number {
  return Math.abs(x) < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

function across(image: Pixels, width: number): Pixels {
  const { first, count, weights, reach } = taps(image.width, width);
  const data = new Uint8ClampedArray(width * image.height * 4);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < width; x++) {
      let [r, g, b] = [1 << (PLACES - 1), 1 << (PLACES - 1), 1 << (PLACES - 1)];
      let from = (y * image.width + first[x]!) * 4;
      for (let k = x * reach, end = k + count[x]!; k < end; k++, from += 4) {
        const weight = weights[k]!;
        r += weight * image.data[from]!;
        g += weight * image.data[from + 1]!;
        b += weight * image.data[from + 2]!;
      }
      put(data, (y * width + x) * 4, r, g, b);
    }
  }
  return { width, height: image.height, data };
}

function down(image: Pixels, height: number): Pixels {
  const { first, count, weights, reach } = taps(image.height, height);
  const { width } = image;
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let [r, g, b] = [1 << (PLACES - 1), 1 << (PLACES - 1), 1 << (PLACES - 1)];
      let from = (first[y]! * width + x) * 4;
      for (let k = y * reach, end = k + count[y]!; k < end; k++, from += width * 4) {
        const weight = weights[k]!;
        r += weight * image.data[from]!;
        g += weight * image.data[from + 1]!;
        b += weight * image.data[from + 2]!;
      }
      put(data, (y * width + x) * 4, r, g, b);
    }
  }
  return { width, height, data };
}

function put(data: Uint8ClampedArray, at: number, r: number, g: number, b: number): void {
  data[at] = r >> PLACES;
  data[at + 1] = g >> PLACES;
  data[at + 2] = b >> PLACES;
  data[at + 3] = 255;
}
