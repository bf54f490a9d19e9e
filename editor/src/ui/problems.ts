import { ServerError } from "../api/client";
import { strings } from "./strings";

/** Something said to the person, until it is closed. */
export interface Notice {
  readonly id: number;
  readonly kind: "tell" | "warn" | "wrong";
  readonly sentence: string;
  readonly action?: { readonly label: string; readonly run: () => unknown };
}

/** Errors whose message is already a sentence for people: they come from our own code. */
const SENTENCES = new Set([
  "PixelError",
  "RecipeError",
  "ServerError",
  "WeightsError",
  "MatteError",
  "StorageError",
]);

/** What to say of an error; what it says of itself where that is for people, else what most likely happened. */
export function sentenceOf(error: unknown, name: string): string {
  if (!(error instanceof Error)) return strings.problems.unknown(name, String(error));
  if (SENTENCES.has(error.name)) return error.message;
  if (/memory|allocation|array length/i.test(error.message)) return strings.problems.memory(name);
  if (error.name === "WorkerError") return strings.problems.worker(name);
  if (error.name === "TypeError" && /fetch|network|load/i.test(error.message))
    return strings.problems.network;
  return strings.problems.unknown(name, error.message);
}

/** What kept a photo from being cut out, as far as it decides what a person can do. */
export type Why = "key" | "server" | "device" | "photo" | "other";

export function whyOf(error: unknown): Why {
  if (error instanceof ServerError) return error.status === 401 || error.status === 402 ? "key" : "server";
  const { name } = error instanceof Error ? error : { name: "" };
  if (name === "MatteError" || name === "WeightsError") return "device";
  return name === "PixelError" ? "photo" : "other";
}

/** Whether the next photo would fail just so. */
export const failsAll = (error: unknown): boolean =>
  error instanceof ServerError && (whyOf(error) === "key" || error.status === null);

export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === "AbortError";
