/** Margins, canvases, aspects and positions as people write them: `compose/lengths.py`. */
import type { Size } from "../../geometry/view";
import { PixelError } from "../errors";
import type { Point } from "./backdrops";

/** Top, right, bottom, left, as in CSS. */
export type Sides = readonly [number, number, number, number];

/** Room around the subject: pixels plus a share of the finished canvas, a side. */
export interface Margin {
  readonly pixels: Sides;
  readonly share: Sides;
}

const NUMBER = String.raw`(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})`;
const LENGTH = new RegExp(`^${NUMBER}(px|%|)$`);
const PAIR = /^(\d{1,9})\s*[x×*]\s*(\d{1,9})(?:\s*px)?$/;
const RATIO = new RegExp(String.raw`^${NUMBER}\s*[:/x]\s*${NUMBER}$`);
const EXPAND: Readonly<Record<number, Sides>> = {
  1: [0, 0, 0, 0],
  2: [0, 1, 0, 1],
  3: [0, 1, 2, 1],
  4: [0, 1, 2, 3],
};

/** One to four lengths, as in CSS: `40`, `40px`, `5%`, `5% 10% 0 10%`. */
export function parseMargin(text: string): Margin {
  const words = wordsOf(text);
  const found = words.map((word) => LENGTH.exec(word));
  const order = EXPAND[words.length];
  if (!order || found.some((match) => !match))
    throw new PixelError(
      "Margin",
      `cannot be “${text}”`,
      "Use one to four lengths (top right bottom left), such as 40, 5% or 5% 10% 0 10%.",
    );
  const sides = order.map((k) => ({ value: Number(found[k]![1]), percent: found[k]![2] === "%" }));
  return {
    pixels: sides.map(({ value, percent }) => (percent ? 0 : value)) as unknown as Sides,
    share: sides.map(({ value, percent }) => (percent ? value / 100 : 0)) as unknown as Sides,
  };
}

/** Width over height of `4:5`, `4/5` or `0.8`. */
export function parseAspect(text: string): number {
  const words = text.trim().toLowerCase();
  const found = RATIO.exec(words) ?? new RegExp(`^${NUMBER}$`).exec(words);
  const [width, height] = [Number(found?.[1]), Number(found?.[2] ?? 1)];
  if (width > 0 && height > 0) return width / height;
  throw new PixelError("Aspect", `cannot be “${text}”`, "Use width:height, such as 1:1, 4:5 or 16:9.");
}

/** The size of `WIDTHxHEIGHT`, or the longest side of a single number. */
export function parseCanvas(text: string): Size | number {
  const words = text.trim().toLowerCase();
  const pair = PAIR.exec(words);
  const [width, height] = [Number(pair?.[1]), Number(pair?.[2])];
  if (width > 0 && height > 0) return { width, height };
  const single = Number(/^(\d{1,9})(?:\s*px)?$/.exec(words)?.[1]);
  if (single > 0) return single;
  throw new PixelError(
    "Canvas",
    `cannot be “${text}”`,
    "Use WIDTHxHEIGHT in pixels, such as 2000x2500, or the longest side, such as 2000.",
  );
}

/** Where the free room goes, as shares left of and above the subject; a single percentage is the first. */
export function parsePosition(text: string): Point {
  const words = wordsOf(text);
  const x: string[] = words.filter((word) => word === "left" || word === "right");
  const y: string[] = words.filter((word) => word === "top" || word === "bottom");
  const free = words.filter((word) => !x.includes(word) && !y.includes(word)).map(shareOf);
  if (words.length < 1 || words.length > 2 || x.length > 1 || y.length > 1 || free.includes(null))
    throw new PixelError(
      "Position",
      `cannot be “${text}”`,
      "Use center, top, bottom, left, right, two of them, or two percentages such as 30% 70%.",
    );
  const across = x.length ? (x[0] === "left" ? 0 : 1) : (free.shift() ?? 0.5);
  const down = y.length ? (y[0] === "top" ? 0 : 1) : (free.shift() ?? 0.5);
  return [across, down];
}

const wordsOf = (text: string): string[] =>
  text.replaceAll(",", " ").toLowerCase().split(/\s+/).filter(Boolean);

function shareOf(word: string): number | null {
  if (["center", "centre", "middle"].includes(word)) return 0.5;
  const found = LENGTH.exec(word);
  return found?.[2] === "%" && Number(found[1]) <= 100 ? Number(found[1]) / 100 : null;
}
