import type { Doubt, Matte } from "../../document/types";
import type { Size } from "../../geometry/view";
import { deviceStrings } from "../../ui/strings.device";
import { average, type Pixels } from "./resample";

/** Longest side of the copies that everything is measured on; these numbers are those of Python's `inspect`. */
const SIDE = 512;
const NEEDS_LOOK = 0.15;
const NOTHING_THERE = 0.95;
/** The row of inspect/calibration.json that was fitted for one network's answer. */
const SINGLE = { bias: 0.5824, undecided: 1.4068 };

interface Signals {
  readonly contrast: number;
  readonly light: number;
  readonly area: number;
  readonly peak: number;
  readonly undecided: number;
  readonly cut: number;
  readonly rivals: number;
}

type Code = keyof typeof deviceStrings.doubt;

const EMPTY: readonly [Code, (s: Signals) => boolean][] = [
  ["flat-photo", (s) => s.contrast < 0.01],
  ["no-subject", (s) => s.peak < 0.5 || s.area < 0.0005],
];

const REASONS: readonly [Code, (s: Signals) => boolean][] = [
  ["undecided", (s) => s.undecided > 0.4],
  ["several-subjects", (s) => s.rivals > 0.4],
  ["cut-by-frame", (s) => s.cut > 0.03],
  ["close-up", (s) => s.area > 0.8],
  ["small-subject", (s) => s.area < 0.01],
  ["dark-photo", (s) => s.light < 0.25],
];

/**
 * What one network's answer tells of itself. What needs a second network (whether they agree) or the photo at its own
 * size (blur, blocks of JPEG, few pixels) is not known here and not claimed.
 */
export function doubtOf(photo: Pixels, matte: Matte): Doubt {
  const signals = measure(photo, matte);
  const empty = EMPTY.filter(([, holds]) => holds(signals)).slice(0, 1);
  const found = empty.length ? empty : REASONS.filter(([, holds]) => holds(signals));
  const score = SINGLE.bias + SINGLE.undecided * Math.log(signals.undecided + 0.02);
  const uncertainty = Math.max(1 / (1 + Math.exp(-score)), empty.length ? NOTHING_THERE : 0);
  const reasons = found.map(([code]) => ({ code, sentence: deviceStrings.doubt[code] }));
  return { uncertainty, needsLook: uncertainty > NEEDS_LOOK, reasons };
}

export function measure(photo: Pixels, matte: Matte): Signals {
  const alpha = smallAlpha(matte);
  let [sum, between, peak] = [0, 0, 0];
  for (const value of alpha.values) {
    sum += value;
    between += 4 * value * (1 - value);
  }
  for (const value of matte.alpha) peak = Math.max(peak, value);
  const seen = Uint8Array.from(alpha.values, (value) => (value > 0.5 ? 1 : 0));
  return {
    ...lightOf(photo),
    area: sum / alpha.values.length,
    peak: peak / 255,
    undecided: between / Math.max(sum, 1),
    cut: frameShare(seen, alpha),
    rivals: rivals(seen, alpha),
  };
}

function smallAlpha(matte: Matte): Size & { values: Float32Array } {
  const data = new Uint8Array(matte.alpha.length * 4);
  matte.alpha.forEach((value, i) => (data[4 * i] = value));
  const small = shrunk({ width: matte.width, height: matte.height, data });
  const values = Float32Array.from(
    { length: small.width * small.height },
    (_, i) => small.data[4 * i]! / 255,
  );
  return { width: small.width, height: small.height, values };
}

function shrunk(image: Pixels): Pixels {
  const scale = SIDE / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return average(image, { width: side(image.width), height: side(image.height) });
}

/** How much the lightness varies, and the lightness that one pixel in a hundred exceeds. */
function lightOf(photo: Pixels): { contrast: number; light: number } {
  const small = shrunk(photo);
  const grey = Float32Array.from({ length: small.width * small.height }, (_, i) => {
    const [r, g, b] = [small.data[4 * i]!, small.data[4 * i + 1]!, small.data[4 * i + 2]!];
    return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
  });
  const mean = grey.reduce((a, b) => a + b, 0) / grey.length;
  const spread = grey.reduce((a, b) => a + (b - mean) ** 2, 0) / grey.length;
  const sorted = grey.toSorted();
  return { contrast: Math.sqrt(spread), light: sorted[Math.floor(0.99 * (sorted.length - 1))]! };
}

function frameShare(seen: Uint8Array, { width, height }: Size): number {
  let [touched, all] = [0, 0];
  for (let i = 0; i < seen.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    if (x > 0 && y > 0 && x < width - 1 && y < height - 1) continue;
    touched += seen[i]!;
    all++;
  }
  return touched / all;
}

/** The second largest of the separate pieces over the largest; corners join. */
function rivals(seen: Uint8Array, { width, height }: Size): number {
  const left = seen.slice();
  const sizes: number[] = [];
  const stack: number[] = [];
  for (let start = 0; start < left.length; start++) {
    if (!left[start]) continue;
    let size = 0;
    left[start] = 0;
    stack.push(start);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      size++;
      for (const next of around(at, width, height)) {
        if (!left[next]) continue;
        left[next] = 0;
        stack.push(next);
      }
    }
    sizes.push(size);
  }
  sizes.sort((a, b) => b - a);
  return sizes.length > 1 ? sizes[1]! / sizes[0]! : 0;
}

function* around(at: number, width: number, height: number): Generator<number> {
  const [x, y] = [at % width, Math.floor(at / width)];
  for (let dy = y > 0 ? -1 : 0; dy <= (y < height - 1 ? 1 : 0); dy++)
    for (let dx = x > 0 ? -1 : 0; dx <= (x < width - 1 ? 1 : 0); dx++) yield at + dy * width + dx;
}
