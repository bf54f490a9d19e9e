import { ServerError } from "../api/client";
import { pause } from "../worker/pause";
import type { Photo } from "../document/types";
import type { Progress } from "../worker/jobs";
import type { Cut, Engine } from "./engine";
import type { Entry } from "./entry.svelte";
import { strings } from "./strings";

/** Where the matte is made. */
export type Mode = "device" | "server";

/** Seconds that are waited for a busy service without asking the person, and how often. */
const MOST_WAIT = 60;
const ATTEMPTS = 5;
/** Pixels of the longest side that a network sees. */
const SIDE = 1024;

/** Cuts one photo out, from its file to a matte of its size. */
export async function cutOut(
  signal: AbortSignal,
  entry: Entry,
  engine: Engine,
  mode: Mode,
  progress: (at: Progress) => void,
): Promise<{ photo: Photo; cut: Cut }> {
  const say = (what: string) => progress({ what, done: 0, all: null });
  say(strings.work.reading);
  const photo = await engine.pixels(signal, "decode", { file: asFile(entry) }, { progress });
  signal.throwIfAborted();
  say(strings.work.looking);
  const copy = await engine.pixels(signal, "shrink", { photo, side: SIDE }, { progress });
  const small = await cutSmall(signal, engine, mode, copy, progress);
  signal.throwIfAborted();
  say(strings.work.edges);
  const matte = await engine.pixels(signal, "enlarge", { photo, matte: small.matte }, { progress });
  return { photo, cut: { matte, doubt: small.doubt } };
}

async function cutSmall(
  signal: AbortSignal,
  engine: Engine,
  mode: Mode,
  copy: Blob,
  progress: (at: Progress) => void,
): Promise<Cut> {
  const { server } = engine;
  if (mode === "server" && server)
    return patiently(signal, progress, () => server.matte(signal, copy, progress));
  if (engine.device) return engine.device(signal, "matte", { photo: copy }, { progress });
  throw Object.assign(new Error(strings.problems.noNetwork), { name: "MatteError" });
}

/** Waits where the service only has too much to do, as long as it says; a whole tray may be more than it allows at once. */
async function patiently<T>(
  signal: AbortSignal,
  progress: (at: Progress) => void,
  ask: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const wait = error instanceof ServerError ? error.retryAfter : null;
      if (wait === null || wait > MOST_WAIT || attempt === ATTEMPTS) throw error;
      progress({ what: strings.work.later(wait), done: 0, all: null });
      await pause(signal, 1000 * wait);
    }
  }
}

export const asFile = (entry: Pick<Entry, "file" | "name">): File =>
  entry.file instanceof File ? entry.file : new File([entry.file], entry.name, { type: entry.file.type });

/** A small copy for the tray: the subject over nothing, the nearest pixels. */
export function thumbnailOf(photo: Photo, alpha: Uint8Array | null, side: number): ImageData {
  const scale = Math.min(1, side / Math.max(photo.width, photo.height));
  const width = Math.max(1, Math.round(photo.width * scale));
  const height = Math.max(1, Math.round(photo.height * scale));
  const image = new ImageData(width, height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * photo.height) / height) * photo.width;
    for (let x = 0; x < width; x++) {
      const from = row + Math.floor(((x + 0.5) * photo.width) / width);
      const to = 4 * (y * width + x);
      image.data.set(photo.pixels.subarray(4 * from, 4 * from + 3), to);
      image.data[to + 3] = alpha ? alpha[from]! : 255;
    }
  }
  return image;
}
