/** Whether a finished picture keeps a marketplace's rules, each measured on it: `compose/check.py`. */
import { plane, round, type Picture, type Plane } from "../planes/plane";
import { BORDER, findPreset, type Rule } from "./presets";
import { percentile } from "./sampled";
import { seekSubject } from "./subject";

/** Steps of 255 from the border's colour at which the subject begins: more than JPEG's ripples. */
const DIFFERENT = 8;
/** Share of the border that must have one colour for the subject to be told from it. */
const EVEN = 0.5;

/** What came of one rule; the words for people are the page's. */
export interface Finding {
  /** What was measured. */
  readonly rule: string;
  /** `warn` where the rule is only recommended, or could not be measured. */
  readonly level: "pass" | "warn" | "fail";
  /** With its unit; null where it cannot be measured. */
  readonly found: string | null;
  readonly wanted: string;
  readonly recommended: boolean;
  readonly secondHand: boolean;
  readonly why: string;
}

/** A finished picture and its file. */
export interface Product {
  readonly picture: Picture;
  readonly format: "png" | "webp" | "jpeg";
  readonly bytes: number;
  readonly grey?: boolean;
}

/** What came of each of a marketplace's rules, in the preset's order. */
export function checkProduct(product: Product, preset: string): Finding[] {
  const measured = new Map<string, number | string | null>();
  return findPreset(preset).rules.map((rule) => {
    if (!measured.has(rule.of)) measured.set(rule.of, MEASURES[rule.of]?.(product) ?? null);
    return findingOf(rule, measured.get(rule.of)!);
  });
}

function findingOf(rule: Rule, value: number | string | null): Finding {
  const { recommended = false, second_hand: secondHand = false, why = "" } = rule;
  const found = typeof value === "number" ? shown(rule.of, value) : value;
  const broken = value === null || recommended ? "warn" : "fail";
  const level = value !== null && keeps(rule, value) ? "pass" : broken;
  return { rule: rule.of, level, found, wanted: rangeOf(rule), recommended, secondHand, why };
}

function keeps({ at_least, at_most, one_of }: Rule, value: number | string): boolean {
  if (typeof value === "string") return one_of?.includes(value) ?? false;
  return value >= (at_least ?? -Infinity) && value <= (at_most ?? Infinity);
}

/** What a rule asks for: `500 to 10,000`, `at least 0.85`, `JPEG or PNG`. */
function rangeOf({ at_least, at_most, one_of }: Rule): string {
  if (one_of?.length) return one_of.join(" or ");
  const [low, high] = [at_least, at_most].map((end) => (end === undefined ? null : grouped(end)));
  if (low && high) return low === high ? low : `${low} to ${high}`;
  return low ? `at least ${low}` : `at most ${high}`;
}

const grouped = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 10 });

function shown(rule: string, value: number): string {
  if (/width|height|side/.test(rule)) return `${grouped(round(value))} px`;
  if (rule === "megapixels" || rule === "aspect") return String(Number(value.toPrecision(4)));
  if (rule === "border") return `${value} of 255`;
  if (rule === "transparent" || rule === "subject") return value.toFixed(3);
  return grouped(value);
}

type Measure = (product: Product) => number | string | null;

const MEASURES: Readonly<Record<string, Measure>> = {
  format: ({ format }) => format.toUpperCase(),
  width: ({ picture }) => picture.width,
  height: ({ picture }) => picture.height,
  longest_side: ({ picture }) => Math.max(picture.width, picture.height),
  shortest_side: ({ picture }) => Math.min(picture.width, picture.height),
  megapixels: ({ picture }) => (picture.width * picture.height) / 1e6,
  aspect: ({ picture }) => picture.width / picture.height,
  bytes: ({ bytes }) => bytes,
  border: ({ picture }) => borderOf(picture),
  transparent: ({ picture }) => transparentOf(picture),
  subject: ({ picture }) => subjectOf(picture),
  mode: ({ grey }) => (grey ? "grey" : "RGB"),
  // The page writes sRGB, upright.
  profile: () => "sRGB",
  orientation: () => 1,
};

function transparentOf({ pixels }: Picture): number {
  let count = 0;
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i]! < 255) count++;
  return count / (pixels.length / 4);
}

/** The darkest value of the border; null where it is see-through. */
function borderOf(picture: Picture): number | null {
  let darkest = 255;
  for (const at of ring(picture)) {
    if (picture.pixels[at + 3]! < 255) return null;
    for (let k = at; k < at + 3; k++) darkest = Math.min(darkest, picture.pixels[k]!);
  }
  return darkest;
}

/** The share of the width or the height that the subject fills, whichever is more. */
function subjectOf(picture: Picture): number | null {
  const seen = seenIn(picture);
  const region = seen && seekSubject(seen);
  if (!region) return null;
  const { left, top, right, bottom } = region.box;
  return Math.max((right - left) / picture.width, (bottom - top) / picture.height);
}

/** The picture's own alpha, or 1 where any channel differs from the border's colour. */
function seenIn(picture: Picture): Plane | null {
  const { width, height, pixels } = picture;
  const result = plane(width, height);
  if (transparentOf(picture) > 0) {
    for (let i = 0; i < result.data.length; i++) result.data[i] = pixels[4 * i + 3]! / 255;
    return result;
  }
  const places = ring(picture);
  const colour = [0, 1, 2].map((k) =>
    percentile(
      places.map((at) => pixels[at + k]!),
      50,
    ),
  );
  const apart = (at: number) => colour.some((value, k) => Math.abs(pixels[at + k]! - value) > DIFFERENT);
  if (places.filter((at) => !apart(at)).length < EVEN * places.length) return null;
  for (let i = 0; i < result.data.length; i++) result.data[i] = apart(4 * i) ? 1 : 0;
  return result;
}

/** Where the pixels of the border are. */
function ring({ width, height }: Picture): number[] {
  const wide = Math.max(1, round(BORDER * Math.min(width, height)));
  const places: number[] = [];
  for (let y = 0; y < height; y++) {
    const whole = y < wide || y >= height - wide;
    for (let x = 0; x < width; x++) {
      if (!whole && x === wide) x = Math.max(wide, width - wide);
      places.push(4 * (y * width + x));
    }
  }
  return places;
}
