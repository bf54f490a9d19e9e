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

/** Where the list is, relative to the page: beside a static one, else the service has it. */
const PLACE = import.meta.env.MODE === "static" ? "weights.json" : "v1/weights";

export class WeightsError extends Error {
  override readonly name = "WeightsError";
}

/** Fetches the list; null where nobody answers, so that one that was kept may do. */
export async function fetchList(signal: AbortSignal, base: string): Promise<List | null> {
  const address = new URL(PLACE, base).href;
  const answer = await fetch(address, { signal, cache: "no-cache" }).catch((error: unknown) => {
    signal.throwIfAborted();
    if (error instanceof TypeError) return null; // nobody answered
    throw error;
  });
  if (!answer) return null;
  const models = answer.ok ? modelsOf(await answer.json().catch(() => null)) : null;
  if (models) return { models, address };
  const refused = !answer.ok && answer.status !== 404;
  throw new WeightsError(refused ? deviceStrings.weights.refused(answer.status) : deviceStrings.weights.none);
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
