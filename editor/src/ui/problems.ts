import { strings } from "./strings";

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

export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === "AbortError";
