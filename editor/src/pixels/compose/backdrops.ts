/** Backdrops as people write them: text → what it means, as `backdrops.py`. No file is read and nothing is drawn here. */
import { PixelError } from "../errors";
import { modulo } from "../planes/plane";
import { parseColour, readColour, type Colour } from "./colours";

export const FITS = ["cover", "contain", "tile", "stretch"] as const;
export const STUDIOS = ["studio-white", "studio-grey", "studio-warm", "studio-dark"] as const;
const BLUR = 0.03;
const BLUR_LIMITS: Point = [0.01, 0.2];

/** Horizontal and vertical share in [0, 1]: (0, 0) is the top left, (1, 1) the bottom right. */
export type Point = readonly [x: number, y: number];
export type Stop = readonly [place: number, colour: Colour];

export type Backdrop =
  | { readonly kind: "none" }
  | { readonly kind: "colour"; readonly colour: Colour }
  | Gradient
  | Still
  | { readonly kind: "blur"; readonly radius: number }
  | { readonly kind: "studio"; readonly name: (typeof STUDIOS)[number] };

export interface Gradient {
  readonly kind: "gradient";
  readonly stops: readonly Stop[];
  /** Degrees: 0 points up, 90 to the right. Null is radial. */
  readonly angle: number | null;
  readonly centre: Point;
}

/** A picture file. */
export interface Still {
  readonly kind: "still";
  readonly path: string;
  readonly fit: (typeof FITS)[number];
  /** Which point of the picture lies on the same point of the canvas. */
  readonly position: Point;
  /** What shows around a contained picture, and through a transparent one. */
  readonly fill: Colour;
}

const WORDS: Readonly<Record<string, number>> = {
  left: 0,
  right: 1,
  top: 0,
  bottom: 1,
  center: 0.5,
  centre: 0.5,
};
const SIDES = ["top", "top right", "right", "bottom right", "bottom", "bottom left", "left", "top left"];
const CENTRE: Point = [0.5, 0.5];

/** Whether no pixel of it is transparent, so that JPEG can hold the result. */
export function isOpaque(backdrop: Backdrop): boolean {
  if (backdrop.kind === "gradient") return backdrop.stops.every(([, colour]) => colour[3] === 255);
  if (backdrop.kind === "still") return backdrop.fill[3] === 255;
  if (backdrop.kind === "colour") return backdrop.colour[3] === 255;
  return backdrop.kind !== "none";
}

/** Returns the backdrop that a text means. */
export function parseBackdrop(text: string): Backdrop {
  const plain = text.trim();
  const call = /^([a-z][a-z-]*)\s*\((.*)\)$/is.exec(plain);
  if (call) return called(call[1]!.toLowerCase(), call[2]!, plain);
  const word = plain.toLowerCase();
  if (word === "none") return { kind: "none" };
  if (word === "blur") return { kind: "blur", radius: BLUR };
  const studio = STUDIOS.find((name) => name === word);
  if (studio) return { kind: "studio", name: studio };
  if (isPath(plain)) return still(plain);
  return { kind: "colour", colour: colourOf(plain) };
}

const still = (path: string): Still => ({
  kind: "still",
  path,
  fit: "cover",
  position: CENTRE,
  fill: [255, 255, 255, 255],
});

const isPath = (text: string): boolean => /[/\\]|\.\w{2,5}$/.test(text);
const wrong = (problem: string, remedy: string): PixelError => new PixelError("Background", problem, remedy);
const colourOf = (text: string): Colour => parseColour(text, "Background");

function called(name: string, inside: string, plain: string): Backdrop {
  if (["rgb", "rgba", "hsl", "hsv", "hsb"].includes(name)) return { kind: "colour", colour: colourOf(plain) };
  const parts = split(inside);
  const trimmed = parts.map((part) => part.trim());
  if (name === "linear") return linearOf(trimmed);
  if (name === "radial") return radialOf(trimmed);
  if (name === "picture") return pictureOf(parts);
  if (name === "blur") {
    const value = trimmed.join(", ");
    return { kind: "blur", radius: value ? share(value, BLUR_LIMITS) : BLUR };
  }
  throw wrong(`“${name}” is no kind of background`, "Known: linear(…), radial(…), picture(…), blur(…).");
}

/** What stands between the commas that are in no bracket of their own. */
function split(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const letter of text) {
    depth = Math.max(depth + (letter === "(" ? 1 : 0) - (letter === ")" ? 1 : 0), 0);
    if (letter === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts;
}

function linearOf(parts: string[]): Gradient {
  const angle = taken(parts, angleOf) ?? 180;
  return { kind: "gradient", stops: stopsOf(parts), angle, centre: CENTRE };
}

function radialOf(parts: string[]): Gradient {
  const read = (part: string) => (/^at /i.test(part) ? positionOf(part.slice(3)) : null);
  const centre = taken(parts, read) ?? CENTRE;
  return { kind: "gradient", stops: stopsOf(parts), angle: null, centre };
}

/** Takes the last part out, or the first, where CSS has it, if `read` knows it. */
function taken<T>(parts: string[], read: (part: string) => T | null): T | null {
  for (const place of [parts.length - 1, 0]) {
    const found = read(parts[place]!);
    if (found === null) continue;
    parts.splice(place, 1);
    return found;
  }
  return null;
}

function angleOf(text: string): number | null {
  const found = /^([+-]?(?:\d+\.?\d*|\.\d+))\s*(?:deg|°)?$/.exec(text.toLowerCase());
  if (found) return modulo(Number(found[1]), 360);
  const side = SIDES.findIndex((name) => `to ${name}` === text.toLowerCase().split(/\s+/).join(" "));
  return side < 0 ? null : 45 * side;
}

/** The stops; those without a position lie evenly between their neighbours', as in CSS. */
function stopsOf(parts: readonly string[]): Stop[] {
  if (parts.length < 2 || !parts.every(Boolean))
    throw wrong("a gradient needs two colours or more", "For instance linear(white, #ccc).");
  const found = parts.map((part) => /^(.*?)(?:\s+(\S*%))?$/s.exec(part)!);
  const colours = found.map((match) => colourOf(match[1]!));
  const places: (number | null)[] = found.map((match) => (match[2] ? share(match[2]) : null));
  places[0] ??= 0;
  places[places.length - 1] ??= 1;
  let before = 0;
  places.forEach((place, number) => {
    if (place === null) return;
    const low = places[before]!;
    if (place < low) throw wrong(`a stop at ${place * 100}% comes too late`, "Write them in order.");
    for (let k = before + 1; k < number; k++)
      places[k] = low + ((place - low) * (k - before)) / (number - before);
    before = number;
  });
  return colours.map((colour, number) => [places[number]!, colour]);
}

function positionOf(text: string): Point {
  const words = text.trim().toLowerCase().split(/\s+/);
  const upright = (word: string | undefined) => word === "top" || word === "bottom";
  const level = (word: string | undefined) => word === "left" || word === "right";
  if (words.length === 1) words.splice(upright(words[0]) ? 0 : 1, 0, "center");
  else if (words.length === 2 && (upright(words[0]) || level(words[1]))) words.reverse();
  if (words.length !== 2 || upright(words[0]) || level(words[1]))
    throw wrong(`“${text}” is no position`, "For instance center, top left or 30% 70%.");
  const [x, y] = words.map((word) => WORDS[word] ?? share(word));
  return [x!, y!];
}

function share(word: string, [low, high]: Point = [0, 1]): number {
  const found = /^([+-]?(?:\d+\.?\d*|\.\d+))\s*%$/.exec(word);
  const value = found ? Number(found[1]) / 100 : NaN;
  if (!(value >= low && value <= high))
    throw wrong(`“${word}” is no percentage from ${low * 100}% to ${high * 100}%`, "Write it like 3%.");
  return value;
}

/** Read from the right, since a path may have commas of its own. */
function pictureOf(parts: string[]): Still {
  const settings: { fit?: Still["fit"]; position?: Point; fill?: Colour } = {};
  while (parts.length > 1 && !isPath(parts.at(-1)!.trim())) {
    const text = parts.pop()!.trim();
    const word = text.toLowerCase();
    const fit = FITS.find((name) => name === word);
    const words = word.split(/\s+/);
    if (fit) settings.fit = fit;
    else if (words.every((one) => one in WORDS || one.endsWith("%"))) settings.position = positionOf(word);
    else if (readColour(text)) settings.fill = colourOf(text);
    else throw wrong(`“${text}” is no fit, position or colour`, `Fits: ${FITS.join(", ")}.`);
  }
  const path = parts
    .join(",")
    .trim()
    .replace(/^["']+|["']+$/g, "");
  if (!path) throw wrong("no picture is named", "For instance picture(beach.jpg, contain, top left, #eee).");
  return { ...still(path), ...settings };
}
