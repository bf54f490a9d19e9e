import type { Doubt } from "../../document/types";
import type { Size } from "../../geometry/view";
import type { Plane } from "../../pixels/planes/plane";
import { shrinkPlane } from "../../pixels/planes/resize";
import { deviceStrings } from "../../ui/strings.device";
import { average, type Pixels } from "./resample";

/** Longest side of the copies that everything is measured on; these numbers are those of Python's `inspect`. */
const SIDE = 512;
const NEEDS_LOOK = 0.15;
const NOTHING_THERE = 0.95;
/** Rows of inspect/calibration.json: fitted for one network's answer, and for those that are joined. */
const SINGLE = { bias: 0.5824, undecided: 1.4068, rivals: 0, small: 0, disagreement: 0 };
const SEVERAL = { bias: -1.1648, undecided: 0.6207, rivals: 0.4009, small: 0.4932, disagreement: 0.4094 };

interface Signals {
  readonly contrast: number;
  readonly light: number;
  readonly area: number;
  readonly peak: number;
  readonly undecided: number;
  readonly cut: number;
  readonly rivals: number;
  /** Of two networks; null where there is one. */
  readonly disagreement: number | null;
}

type Code = keyof typeof deviceStrings.doubt;

const EMPTY: readonly [Code, (s: Signals) => boolean][] = [
  ["flat-photo", (s) => s.contrast < 0.01],
  ["no-subject", (s) => s.peak < 0.5 || s.area < 0.0005],
];

const REASONS: readonly [Code, (s: Signals) => boolean][] = [
  ["networks-disagree", (s) => (s.disagreement ?? 0) > 0.2],
  ["undecided", (s) => s.undecided > 0.4],
  ["several-subjects", (s) => s.rivals > 0.4],
  ["cut-by-frame", (s) => s.cut > 0.03],
  ["close-up", (s) => s.area > 0.8],
  ["small-subject", (s) => s.area < 0.01],
  ["dark-photo", (s) => s.light < 0.25],
];

/**
 * What the networks' answers tell of themselves. What needs the photo at its own size (blur, blocks of JPEG, few pixels)
 * is not known here and not claimed.
 */
export function doubtOf(photo: Pixels, alpha: Plane, opinions: readonly Plane[] = []): Doubt {
  const signals = measure(photo, alpha, opinions);
  const empty = EMPTY.filter(([, holds]) => holds(signals)).slice(0, 1);
  const found = empty.length ? empty : REASONS.filter(([, holds]) => holds(signals));
  const uncertainty = Math.max(probability(signals), empty.length ? NOTHING_THERE : 0);
  const reasons = found.map(([code]) => ({ code, sentence: deviceStrings.doubt[code] }));
  return { uncertainty, needsLook: uncertainty > NEEDS_LOOK, reasons };
}

function probability({ undecided, rivals, area, disagreement }: Signals): number {
  const row = disagreement === null ? SINGLE : SEVERAL;
  const score =
    row.bias +
    row.undecided * Math.log(undecided + 0.02) +
    row.rivals * rivals -
    row.small * Math.log(area + 0.01) +
    row.disagreement * Math.log((disagreement ?? 0) + 0.02);
  return 1 / (1 + Math.exp(-score));
}

export function measure(photo: Pixels, whole: Plane, opinions: readonly Plane[] = []): Signals {
  const alpha = smallAlpha(whole);
  const answers = opinions.map(smallAlpha);
  let peak = 0;
  for (const value of whole.data) peak = Math.max(peak, value);
  const seen = Uint8Array.from(alpha.data, (value) => (value > 0.5 ? 1 : 0));
  return {
    ...lightOf(photo),
    area: alpha.data.reduce((sum, value) => sum + value, 0) / alpha.data.length,
    peak,
    undecided: undecidedIn(answers.length ? answers : [alpha]),
    cut: frameShare(seen, alpha),
    rivals: rivals(seen, alpha),
    disagreement: answers.length > 1 ? 1 - softOverlap(answers[0]!, answers[1]!) : null,
  };
}

/** Of the mean of the answers, not of what was joined: that hides how undecided they were. */
function undecidedIn(answers: readonly Plane[]): number {
  let [sum, between] = [0, 0];
  for (let i = 0; i < answers[0]!.data.length; i++) {
    let value = 0;
    for (const answer of answers) value += answer.data[i]! / answers.length;
    sum += value;
    between += 4 * value * (1 - value);
  }
  return between / Math.max(sum, 1);
}

function softOverlap(a: Plane, b: Plane): number {
  let [both, either] = [0, 0];
  for (let i = 0; i < a.data.length; i++) {
    both += Math.min(a.data[i]!, b.data[i]!);
    either += Math.max(a.data[i]!, b.data[i]!);
  }
  return either > 0 ? both / either : 1;
}

function smallAlpha(alpha: Plane): Plane {
  const { width, height } = smallSize(alpha);
  return shrinkPlane(alpha, width, height);
}

function smallSize({ width, height }: Size): Size {
  const scale = Math.min(1, SIDE / Math.max(width, height));
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return { width: side(width), height: side(height) };
}

function shrunk(image: Pixels): Pixels {
  const size = smallSize(image);
  return size.width === image.width && size.height === image.height ? image : average(image, size);
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
