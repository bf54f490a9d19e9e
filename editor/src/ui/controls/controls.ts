import type { Recipe } from "../../document/types";
import type { Offer, OptionRule } from "../recipe/options";
import { strings } from "../strings";

/** A recipe's value. */
export type Value = Recipe[string];

interface Common {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  readonly initial: Value;
  /** Why the page cannot do it; null where it can. */
  readonly refused: string | null;
}

/** How one option is set. Derived from the schema, never written by hand. */
export type Control = Common &
  (
    | { readonly kind: "switch" }
    | { readonly kind: "choice"; readonly choices: readonly Choice[] }
    | { readonly kind: "colour"; readonly optional: boolean }
    | { readonly kind: "backdrop" }
    | { readonly kind: "file" }
    | { readonly kind: "text"; readonly optional: boolean }
    | (Range & { readonly kind: "number"; readonly optional: boolean })
  );

export interface Choice {
  readonly value: string | number | null;
  readonly label: string;
  readonly refused: string | null;
}

/** A slider's limits; `log` where its ends are far apart. */
export interface Range {
  readonly least: number;
  readonly most: number;
  readonly step: number;
  readonly unit: string;
  readonly log: boolean;
}

/** Sentences for what the page cannot do, by option, or by `option=value`. */
export type Refusals = Readonly<Record<string, string>>;

/** Options of a group that have a place of their own in the page. */
const ELSEWHERE = new Set(["preset", "shift", "feather", "contrast", "decontaminate", "despill"]);

/** The controls of one group of options, in the schema's order. */
export function controlsOf(offer: Offer, group: string, refusals: Refusals): Control[] {
  return Object.entries(offer.options)
    .filter(([name, rule]) => rule.group === group && !ELSEWHERE.has(name))
    .map(([name, rule]) => controlOf(name, rule, refusals, offer));
}

/** The control of one option. */
export function controlOf(name: string, rule: OptionRule, refusals: Refusals, offer: Offer): Control {
  const types = typeof rule.type === "string" ? [rule.type] : rule.type;
  const optional = types.includes("null");
  const common: Common = {
    name,
    label: labelOf(name),
    help: capital(rule.description.replace(/ \(in [a-z]+\)$/, "")),
    initial: rule.default,
    refused: refusals[name] ?? null,
  };
  if (types.includes("boolean")) return { ...common, kind: "switch" };
  if (rule.enum) return { ...common, kind: "choice", choices: choicesOf(name, rule.enum, refusals) };
  if (name === "preset") return { ...common, kind: "choice", choices: presetChoices(offer, refusals) };
  if (types.includes("number") || types.includes("integer"))
    return { ...common, kind: "number", optional, ...rangeOf(rule, types.includes("integer")) };
  if (name === "background") return { ...common, kind: "backdrop" };
  if (name === "match") return { ...common, kind: "file" };
  return { ...common, kind: isColour(name) ? "colour" : "text", optional };
}

const isColour = (name: string): boolean => name === "despill" || name.endsWith("_colour");

function choicesOf(name: string, values: readonly (string | number | null)[], refusals: Refusals): Choice[] {
  return values.map((value) => ({
    value,
    label: value === null ? strings.controls.byItself : wordOf(name, String(value)),
    refused: refusals[`${name}=${value}`] ?? null,
  }));
}

function presetChoices(offer: Offer, refusals: Refusals): Choice[] {
  const none: Choice = { value: null, label: strings.presets.none, refused: null };
  const of = (name: string) => refusals[`preset=${name}`] ?? null;
  return [none, ...offer.presets.map((p) => ({ value: p.name, label: p.title, refused: of(p.name) }))];
}

/** Steps that a person can tell apart: a whole one where the range is wide, a hundredth where it is narrow. */
function rangeOf(rule: OptionRule, whole: boolean): Range {
  const least = rule.minimum ?? 0;
  const most = rule.maximum ?? 100;
  const span = most - least;
  const step = whole ? 1 : span <= 3 ? 0.01 : span <= 40 ? 0.1 : 1;
  return { least, most, step, unit: rule.unit, log: least > 0 && most / least >= 100 };
}

/** The schema's name as a person reads it: `outline_colour` under "Outline" is a colour of an outline. */
function labelOf(name: string): string {
  const known: Readonly<Record<string, string>> = strings.controls.names;
  return known[name] ?? capital(name.replaceAll("_", " "));
}

function wordOf(name: string, value: string): string {
  const known: Readonly<Record<string, string>> = strings.controls.words;
  return known[`${name}=${value}`] ?? known[value] ?? capital(value);
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A value as a person reads it: shares as percent, numbers without a tail of digits, the unit behind. */
export function shownValue(value: Value, unit: string): string {
  if (typeof value !== "number") return value === null ? strings.controls.byItself : String(value);
  if (unit === "share") return `${+(value * 100).toFixed(1)} %`;
  const number = String(+value.toFixed(2));
  return unit === "degrees" ? `${number}°` : unit ? `${number} ${unit}` : number;
}

/** Where a value lies on a slider from 0 to 1, and back. */
export function toTrack(range: Range, value: number): number {
  const at = range.log
    ? Math.log(value / range.least) / Math.log(range.most / range.least)
    : (value - range.least) / (range.most - range.least);
  return Math.min(1, Math.max(0, at));
}

export function fromTrack(range: Range, at: number): number {
  const value = range.log
    ? range.least * (range.most / range.least) ** at
    : range.least + at * (range.most - range.least);
  const rounded = range.log ? Number(value.toPrecision(3)) : Math.round(value / range.step) * range.step;
  return Number(Math.min(range.most, Math.max(range.least, rounded)).toPrecision(12));
}

/** Whether a value can stand for an option: of its type, among its choices, within its limits. */
export function fits(rule: OptionRule, value: Value): boolean {
  const types = typeof rule.type === "string" ? [rule.type] : rule.type;
  if (value === null) return types.includes("null");
  if (rule.enum && !rule.enum.includes(value as never)) return false;
  if (typeof value === "boolean") return types.includes("boolean");
  if (typeof value === "string") return types.includes("string");
  if (!types.includes("number") && !(types.includes("integer") && Number.isInteger(value))) return false;
  return value >= (rule.minimum ?? -Infinity) && value <= (rule.maximum ?? Infinity);
}
