import { deviceStrings } from "../../ui/strings.device";
import type { Card } from "../matte/fit";

/** A network's file as the service, or a static page, lists it; see src/alphacut/infer/web_export.py. */
export interface Listed extends Card {
  readonly precision: "f16" | "int8";
  /** Relative to the list. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface List {
  readonly models: readonly Listed[];
  /** Where it came from; `file`s are relative to it. */
  readonly address: string;
}

/** Where lists may be, relative to the page: of the service, and beside a static page. */
const PLACES = ["v1/weights", "weights.json"];

export class WeightsError extends Error {
  override readonly name = "WeightsError";
}

/** Fetches the list; null where no place answers at all, so that one that was kept may do. */
export async function fetchList(signal: AbortSignal, base: string): Promise<List | null> {
  let heard: number | null = null;
  for (const place of PLACES) {
    const address = new URL(place, base).href;
    const answer = await fetch(address, { signal, cache: "no-cache" }).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof TypeError) return null; // nobody answered
      throw error;
    });
    const models = answer?.ok ? modelsOf(await answer.json().catch(() => null)) : null;
    if (models) return { models, address };
    if (answer && answer.status !== 404 && !answer.ok) heard ??= answer.status;
    else if (answer) heard ??= 404;
  }
  if (heard === null) return null;
  throw new WeightsError(heard === 404 ? deviceStrings.weights.none : deviceStrings.weights.refused(heard));
}

function modelsOf(body: unknown): readonly Listed[] | null {
  const models = (body as { models?: unknown } | null)?.models;
  return Array.isArray(models) && models.length > 0 && models.every(isListed) ? models : null;
}

function isListed(value: unknown): value is Listed {
  const it = value as Listed;
  return (
    typeof it === "object" &&
    it !== null &&
    typeof it.file === "string" &&
    Number.isInteger(it.bytes) &&
    /^[0-9a-f]{64}$/.test(it.sha256) &&
    it.size?.length === 2 &&
    it.mean?.length === 3 &&
    it.std?.length === 3
  );
}
