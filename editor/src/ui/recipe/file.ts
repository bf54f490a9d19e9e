import { PLAIN_EDGES, type Document, type Edges, type Recipe } from "../../document/types";
import { fits } from "../controls/controls";
import { strings } from "../strings";
import type { Offer } from "./options";

/** What a recipe file says, as the page keeps it. */
export interface Looks {
  readonly look: Recipe;
  readonly edges: Edges;
}

const EDGE_NAMES = Object.keys(PLAIN_EDGES) as (keyof Edges)[];
export const SUFFIXES = ["toml", "json"] as const;

/** The options of a document that are not at their default: a recipe that every way into alphacut takes. */
export function recipeOf(document: Pick<Document, "look" | "edges">, offer: Offer): Recipe {
  const all: Recipe = { ...document.look, ...document.edges };
  const kept = Object.entries(all).filter(([name, value]) => value !== offer.options[name]?.default);
  return Object.fromEntries(kept);
}

/** A recipe as a file: TOML in tables named as the options' groups, or flat JSON. */
export async function writeRecipe(
  recipe: Recipe,
  offer: Offer,
  suffix: (typeof SUFFIXES)[number],
): Promise<string> {
  if (suffix === "json") return `${JSON.stringify(recipe, null, 2)}\n`;
  const { stringify } = await import("smol-toml");
  const tables: Record<string, Record<string, unknown>> = {};
  for (const [name, value] of Object.entries(recipe)) {
    const table = (tables[(offer.options[name]?.group ?? "Look").toLowerCase()] ??= {});
    table[name] = value ?? "none"; // TOML has no null
  }
  return `${stringify(tables)}\n`;
}

/** Reads a recipe file; what is wrong is one error that says all of it. */
export async function readRecipe(name: string, text: string, offer: Offer): Promise<Looks> {
  const pairs = flat(await parsed(name, text), offer);
  const problems = pairs.flatMap(([option, value]) => problemOf(offer, option, value));
  const names = pairs.map(([option]) => option);
  for (const option of new Set(names.filter((one, at) => names.indexOf(one) !== at)))
    problems.push(strings.recipe.twice(option));
  if (problems.length) throw new RecipeError(strings.recipe.wrong(name, problems));
  const values = Object.fromEntries(pairs.map(([option, value]) => [option, valueOf(offer, option, value)]));
  const isEdge = (option: string) => (EDGE_NAMES as string[]).includes(option);
  const pick = (edge: boolean) => Object.entries(values).filter(([option]) => isEdge(option) === edge);
  return {
    edges: { ...PLAIN_EDGES, ...(Object.fromEntries(pick(true)) as Partial<Edges>) },
    look: Object.fromEntries(pick(false)),
  };
}

/** A recipe file that cannot be used; its message is a sentence. */
export class RecipeError extends Error {
  override readonly name = "RecipeError";
}

async function parsed(name: string, text: string): Promise<Record<string, unknown>> {
  try {
    const plain = text.replace(/^\uFEFF/, "");
    const found = name.toLowerCase().endsWith(".json")
      ? (JSON.parse(plain) as unknown)
      : (await import("smol-toml")).parse(plain);
    if (found && typeof found === "object" && !Array.isArray(found)) return found as Record<string, unknown>;
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0]! : String(error);
    throw new RecipeError(strings.recipe.unreadable(name, why));
  }
  throw new RecipeError(strings.recipe.unreadable(name, strings.recipe.noTable));
}

function flat(tables: Record<string, unknown>, offer: Offer): [string, unknown][] {
  const groups = new Set(Object.values(offer.options).map((rule) => rule.group.toLowerCase()));
  const plain = (name: string) => name.replaceAll("-", "_");
  return Object.entries(tables).flatMap(([key, value]): [string, unknown][] => {
    if (key === "$schema") return [];
    if (groups.has(key.toLowerCase()) && value && typeof value === "object")
      return Object.entries(value).map(([name, inner]) => [plain(name), inner]);
    return [[plain(key), value]];
  });
}

function valueOf(offer: Offer, option: string, value: unknown): Recipe[string] {
  const rule = offer.options[option];
  const none = typeof value === "string" && value.trim().toLowerCase() === "none";
  if (none && rule?.type.includes("null")) return null;
  return (typeof value === "bigint" ? Number(value) : value) as Recipe[string];
}

function problemOf(offer: Offer, option: string, value: unknown): string[] {
  const rule = offer.options[option];
  if (!rule) return [strings.recipe.unknown(option)];
  if (fits(rule, valueOf(offer, option, value))) return [];
  return [strings.recipe.unfit(option, String(value))];
}
