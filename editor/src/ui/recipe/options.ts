import bundled from "./options.json";

/** One option as the recipe's schema tells it. */
export interface OptionRule {
  readonly type: string | readonly string[];
  readonly description: string;
  readonly default: string | number | boolean | null;
  readonly group: string;
  readonly unit: string;
  readonly enum?: readonly (string | number | null)[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** One thing that a marketplace asks of a picture. */
export interface Rule {
  readonly of: string;
  readonly at_least: number | null;
  readonly at_most: number | null;
  readonly one_of: readonly string[];
  readonly recommended: boolean;
  readonly second_hand: boolean;
  readonly why: string;
}

export interface Preset {
  readonly name: string;
  readonly title: string;
  readonly background: string;
  readonly format: string;
  readonly quality: number;
  readonly source: string;
  readonly checked: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly scale: number | null;
  readonly max_bytes: number | null;
  readonly rules: readonly Rule[];
}

/** Every option and every marketplace, from the service or as the page was built with them. */
export interface Offer {
  readonly options: Readonly<Record<string, OptionRule>>;
  readonly presets: readonly Preset[];
}

/** What the page has without a service. */
export const BUNDLED: Offer = offerOf(bundled.schema, bundled.presets);

/** Reads the service's two answers; what is no single option (tables of a recipe file) is left out. */
export function offerOf(schema: unknown, presets: unknown): Offer {
  const properties = (schema as { properties?: Record<string, unknown> } | null)?.properties ?? {};
  const options: Record<string, OptionRule> = {};
  for (const [name, rule] of Object.entries(properties)) {
    const single = singleOf(rule);
    if (single) options[name] = single;
  }
  return { options, presets: presets as readonly Preset[] };
}

function singleOf(rule: unknown): OptionRule | null {
  const told = rule as { anyOf?: unknown[]; default?: unknown } | null;
  const single = told?.anyOf?.[0] ?? told;
  return single && typeof single === "object" && "default" in single ? (single as OptionRule) : null;
}
