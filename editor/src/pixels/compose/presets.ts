/** The marketplaces that alphacut knows; `presets.json` is made from Python's table by `fixtures/make.py`. */
import { PixelError } from "../errors";
import type { FrameWords } from "./frame";
import table from "./presets.json";

/** Width of the border that rules speak of, as a share of the shortest side. */
export const BORDER = 0.01;

/** One thing that a marketplace asks of a picture: a range of a number, ends included, or words. */
export interface Rule {
  readonly of: string;
  readonly at_least?: number;
  readonly at_most?: number;
  readonly one_of?: readonly string[];
  /** Whether breaking it only warns. */
  readonly recommended?: boolean;
  /** Whether it was read elsewhere than at the marketplace. */
  readonly second_hand?: boolean;
  readonly why?: string;
}

export interface Preset extends FrameWords {
  readonly name: string;
  readonly title: string;
  readonly background: string;
  readonly format: string;
  readonly quality: number;
  readonly source: string;
  readonly checked: string;
  /** The marketplace's own, then those that hold everywhere. */
  readonly rules: readonly Rule[];
}

export const PRESETS = table as readonly Preset[];

export function findPreset(name: string): Preset {
  const found = PRESETS.find((preset) => preset.name === name);
  if (found) return found;
  const known = PRESETS.map((preset) => preset.name).join(", ");
  throw new PixelError("Preset", `“${name}” does not exist`, `Known: ${known}.`);
}

/** The largest file that the marketplace takes; null where none is known. */
export function maxBytesOf({ rules }: Preset): number | null {
  const limits = rules.filter((rule) => rule.of === "bytes").flatMap((rule) => rule.at_most ?? []);
  return limits.length ? Math.min(...limits) : null;
}

/** Whether a border that is not white fails. */
export const wantsWhiteBorder = ({ rules }: Preset): boolean =>
  rules.some((rule) => rule.of === "border" && !rule.recommended);
