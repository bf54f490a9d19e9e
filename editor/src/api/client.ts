import type { Doubt, Matte } from "../document/types";
import { ENOUGH, readHeader } from "../pixels/decode/header";
import { deviceStrings } from "../ui/strings.device";
import type { List } from "../worker/weights/list";

/** What the service says in plain words; `retryAfter` in seconds where it is only busy. */
export class ServerError extends Error {
  override readonly name = "ServerError";

  constructor(
    message: string,
    readonly status: number | null = null,
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

/** Longest side, in pixels, of the copy that is sent: the network sees no more. */
export const LARGEST_COPY = 1024;

export interface Client {
  /** Whether the service answers. */
  reach(signal: AbortSignal): Promise<boolean>;
  /** The matte of a small copy; a larger picture is refused here, before a byte of it leaves the page. */
  matte(signal: AbortSignal, copy: Blob): Promise<{ matte: Matte; doubt: Doubt }>;
  presets(signal: AbortSignal): Promise<unknown>;
  schema(signal: AbortSignal): Promise<unknown>;
  models(signal: AbortSignal): Promise<unknown>;
  weights(signal: AbortSignal): Promise<Pick<List, "models">>;
}

/** Returns the client of the service that the page at `base` belongs to; `key` is what a service with keys wants. */
export function connectServer(base: string = document.baseURI, key: () => string = () => ""): Client {
  const ask = (signal: AbortSignal, path: string, init: RequestInit = {}) =>
    fetchJson(signal, new URL(path, base).href, init);
  return {
    reach: async (signal) => {
      const answer = await reached(signal, new URL("v1/models", base).href, {}).catch((error: unknown) => {
        if (error instanceof ServerError) return null;
        throw error;
      });
      await answer?.body?.cancel();
      return answer?.ok ?? false;
    },
    matte: async (signal, copy) => {
      await checkSize(copy);
      signal.throwIfAborted();
      const body = new FormData();
      body.append("image", copy, "photo");
      body.append("edges", "hard"); // they are drawn in the page, from the photo itself, and only once
      const answer = await ask(signal, "v1/mattes", { method: "POST", body, headers: headersOf(key()) });
      return { matte: await readMatte(answer), doubt: readDoubt(answer) };
    },
    presets: (signal) => ask(signal, "v1/presets"),
    schema: (signal) => ask(signal, "v1/recipes/schema"),
    models: (signal) => ask(signal, "v1/models"),
    weights: async (signal) => (await ask(signal, "v1/weights")) as Pick<List, "models">,
  };
}

function headersOf(key: string): Record<string, string> {
  // Headers hold nothing else, and no key does.
  if (!/^[\x21-\x7e]*$/.test(key)) throw new ServerError(deviceStrings.server.wrongKey, 401);
  return key ? { "X-API-Key": key } : {};
}

async function checkSize(copy: Blob): Promise<void> {
  const { size } = readHeader(new Uint8Array(await copy.slice(0, ENOUGH).arrayBuffer()));
  const side = size ? Math.max(size.width, size.height) : NaN;
  if (!(side <= LARGEST_COPY))
    throw new RangeError(`copy: expected at most ${LARGEST_COPY} pixels a side, got ${side}`);
}

async function fetchJson(signal: AbortSignal, address: string, init: RequestInit): Promise<unknown> {
  const answer = await reached(signal, address, init);
  const body: unknown = await answer.json().catch(() => {
    signal.throwIfAborted();
    return null;
  });
  if (!answer.ok) throw refusal(answer, body, "X-API-Key" in { ...init.headers });
  if (body === null) throw new ServerError(deviceStrings.server.nonsense, answer.status);
  return body;
}

async function reached(signal: AbortSignal, address: string, init: RequestInit): Promise<Response> {
  try {
    const headers = { Accept: "application/json", ...init.headers };
    return await fetch(address, { ...init, headers, signal, credentials: "same-origin" });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TypeError) throw new ServerError(deviceStrings.server.gone);
    throw error;
  }
}

function refusal(answer: Response, body: unknown, withKey: boolean): ServerError {
  const { status } = answer;
  const { server } = deviceStrings;
  if (status === 401) return new ServerError(withKey ? server.wrongKey : server.noKey, status);
  if (status === 402) return new ServerError(server.noCredit, status);
  const words = (body as { error?: Partial<Record<"subject" | "problem" | "remedy", string>> } | null)?.error;
  if (status === 429 || (status === 503 && answer.headers.has("Retry-After"))) {
    const wait = Number(answer.headers.get("Retry-After") ?? NaN);
    const seconds = Number.isFinite(wait) ? wait : null;
    return new ServerError((status === 429 ? server.slower : server.busy)(seconds), status, seconds);
  }
  if (words?.subject && words.problem)
    return new ServerError(server.refused(words.subject, words.problem, words.remedy ?? ""), status);
  return new ServerError(server.failed(status), status);
}

async function readMatte(body: unknown): Promise<Matte> {
  const { result } = body as { result?: unknown };
  if (typeof result !== "string") throw new ServerError(deviceStrings.server.nonsense);
  const bytes = bytesOf(result);
  // The file says its own grey values: without "none" a browser may bend them to the screen's colours.
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }), {
    colorSpaceConversion: "none",
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  if (!context) throw new ServerError(deviceStrings.server.nonsense);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const alpha = new Uint8Array(width * height);
  for (let i = 0; i < alpha.length; i++) alpha[i] = data[4 * i]!;
  return { width, height, alpha };
}

/** By a loop: `Uint8Array.from` goes by an iterator, which takes a tenth of a second here. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const letters = atob(base64);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

function readDoubt(body: unknown): Doubt {
  const said = body as {
    uncertainty?: number | null;
    needs_look?: boolean | null;
    warnings?: readonly { code: string; sentence: string }[];
  };
  return {
    uncertainty: said.uncertainty ?? null,
    needsLook: said.needs_look ?? false,
    reasons: said.warnings ?? [],
  };
}
