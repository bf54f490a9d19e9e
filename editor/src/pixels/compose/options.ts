/** A recipe's values with the defaults of `options.py`, and what this page cannot do of them. */
import type { Recipe } from "../../document/types";
import { PixelError } from "../errors";
import { parseBackdrop, type Backdrop } from "./backdrops";
import { frameOf, type Frame } from "./frame";
import { findPreset, maxBytesOf, type Preset } from "./presets";

/**
 * What Python does and this page does not: by option, or by option and value, the sentence that says so. The panel
 * shows these disabled; `compose` refuses them with the sentence.
 */
export const UNSUPPORTED: Readonly<Record<string, string>> = {
  match: "Matching a finished listing needs the command line or the service.",
  "depth=16": "The page works with 8 bits a channel; 16 need the command line or the service.",
  "format=avif": "AVIF files are written by the command line or the service.",
  "format=tiff": "TIFF files are written by the command line or the service.",
  "format=zip": "Two files in one archive are written by the command line or the service.",
  keep_metadata: "The page writes no metadata; the command line or the service can keep it.",
};

const PLAIN = {
  background: null as string | null,
  linear: false,
  subjects: "all",
  specks: 0,
  inverse: false,
  balance: false,
  exposure: null as number | null,
  harmonise: 0,
  outline: 0,
  outline_colour: "white",
  outline_softness: 0,
  outline_rounding: 0,
  shadow: "none",
  shadow_direction: null as number | null,
  shadow_length: null as number | null,
  shadow_softness: null as number | null,
  shadow_opacity: null as number | null,
  shadow_colour: "black",
  preset: null as string | null,
  crop: false,
  margin: null as string | null,
  canvas: null as string | null,
  aspect: null as string | null,
  scale: null as number | null,
  position: null as string | null,
  enlarge: 2,
  matte: false,
};

/** The options of the look by name, each with its value. */
export type Look = Readonly<typeof PLAIN>;

type Name = keyof Look;
const SUBJECTS = ["all", "largest"];
const NUMBERS: ReadonlySet<string> = new Set([
  "exposure",
  "shadow_direction",
  "shadow_length",
  "shadow_softness",
  "shadow_opacity",
  "scale",
]);
const LIMITS: Partial<Readonly<Record<Name, readonly [number, number]>>> = {
  specks: [0, 1],
  exposure: [0.02, 0.98],
  harmonise: [0, 1],
  outline: [0, 400],
  outline_softness: [0, 200],
  outline_rounding: [0, 400],
  shadow_direction: [-360, 360],
  shadow_length: [0, 2],
  shadow_softness: [0, 0.5],
  shadow_opacity: [0, 1],
  scale: [0.001, 1],
  enlarge: [0.001, 64],
};

/** Reads a recipe; the preset's background stands where it names none. */
export function readLook(recipe: Recipe): Look {
  const given = new Map(Object.entries(recipe).map(([name, value]) => [name.replaceAll("-", "_"), value]));
  const reason = whyNot(given);
  if (reason) throw new PixelError("Recipe", reason.replace(/\.$/, ""));
  const look: Record<string, unknown> = { ...PLAIN };
  for (const name of Object.keys(PLAIN)) {
    const value = given.get(name);
    if (value !== undefined && value !== null) look[name] = convert(name as Name, value);
  }
  if (!SUBJECTS.includes(String(look.subjects)))
    throw new PixelError(
      "Subjects",
      `cannot be “${String(look.subjects)}”`,
      `Use one of ${SUBJECTS.join(", ")}.`,
    );
  const preset = look.preset ? findPreset(String(look.preset)) : null;
  look.background ??= preset?.background ?? null;
  return look as Look;
}

/** Returns the sentence of what a recipe asks for and this page cannot do; null where it can all. */
export function whyNot(recipe: ReadonlyMap<string, Recipe[string]>): string | null {
  for (const [name, value] of recipe) {
    if (value === null || value === false || value === 0 || value === "none" || value === "") continue;
    const sentence = UNSUPPORTED[name] ?? UNSUPPORTED[`${name}=${value}`];
    if (sentence) return sentence;
  }
  return null;
}

function convert(name: Name, value: string | number | boolean): unknown {
  const plain = PLAIN[name];
  if (typeof plain === "boolean") return value === true || /^(1|true|yes|on)$/i.test(String(value).trim());
  if (typeof plain !== "number" && !NUMBERS.has(name)) {
    const text = String(value).trim();
    return plain === null && /^(|none|null)$/i.test(text) ? null : text || plain;
  }
  const number = Number(value);
  const [low, high] = LIMITS[name] ?? [-Infinity, Infinity];
  if (value === "" || !(number >= low && number <= high))
    throw new PixelError(name, `cannot be ${String(value)}`, `Expected a number from ${low} to ${high}.`);
  return number;
}

/** What stands behind; null keeps it transparent. */
export const backdropOf = ({ background }: Look): Backdrop | null =>
  background === null ? null : parseBackdrop(background);

/** The frame that is asked for, or the preset's, or null. */
export function frameFor(look: Look): Frame | null {
  const asked = frameOf(look);
  return asked ?? (look.preset ? frameOf(findPreset(look.preset)) : null);
}

/** The preset's best quality and largest file, where there is one. */
export function limitsOf(look: Look): { quality: number; maxBytes: number | null } {
  const preset: Preset | null = look.preset ? findPreset(look.preset) : null;
  return { quality: preset?.quality ?? 100, maxBytes: preset ? maxBytesOf(preset) : null };
}
