import { paced } from "../document/paced";
import type { Document, Matte } from "../document/types";
import { changedTiles, resting, restMatte, type RestingMatte } from "./tiles";
import type { Work, WorkStore } from "./work";

/** What is to be kept of one photo now. */
export interface Draft extends Omit<Work, "size"> {
  readonly matte: Document["matte"] | RestingMatte | null;
}

/** Why nothing is written. */
export type Trouble = "full" | "denied" | null;

/** Writes drafts a while after the last change, one after the other. */
export interface Autosave {
  /** Something of this photo has changed; `draft` is called when it is time. */
  touch(id: string, draft: () => Draft | null): void;
  /** This is how a photo already stands in the store. */
  know(id: string, matte: RestingMatte | null): void;
  remove(id: string): Promise<void>;
  /** Writes what waits, now. */
  flush(): Promise<void>;
  /** Lets go of what waits and deletes everything. */
  forget(): Promise<void>;
}

export interface AutosaveOptions {
  readonly store: WorkStore;
  /** Milliseconds from a change to its writing. */
  readonly pause?: number;
  /** Whether this tab may write. */
  readonly allowed: () => boolean;
  readonly ontrouble: (trouble: Trouble) => void;
  readonly onsaved?: (id: string, tiles: number) => void;
}

const PAUSE = 1500;

export function autosave(signal: AbortSignal, options: AutosaveOptions): Autosave {
  const { store, pause = PAUSE, allowed, ontrouble } = options;
  const waiting = new Map<string, () => Draft | null>();
  const marks = new Map<string, Map<number, string>>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = async (id: string, draft: Draft | null, hurried: boolean) => {
    if (!draft || !allowed() || signal.aborted) return;
    const seen = new Map(marks.get(id));
    const { matte: now, ...told } = draft;
    const rest = (matte: Matte) => (hurried ? restMatte(matte) : paced(signal, resting(matte)));
    const matte = now && "alpha" in now ? await rest(now) : now;
    const changed = matte ? changedTiles(matte, seen) : [];
    const size = matte && { width: matte.width, height: matte.height };
    await store.save(signal, { ...told, size }, matte, changed);
    marks.set(id, seen); // only now: what failed is written again with the next change
    options.onsaved?.(id, changed.length);
  };

  /** A page that is left gets no more turns: then nothing waits for the next slice. */
  const flush = (hurried = true) => {
    clearTimeout(timer);
    timer = undefined;
    const now = [...waiting];
    waiting.clear();
    writing = now.reduce(
      (before, [id, draft]) =>
        before.then(() => write(id, draft(), hurried).then(() => ontrouble(null), tell)),
      writing,
    );
    return writing;
  };
  const tell = (error: unknown) => {
    if (!signal.aborted) ontrouble(troubleOf(error));
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  return {
    touch(id, draft) {
      waiting.set(id, draft);
      timer ??= setTimeout(() => flush(false), pause); // not put off by the next change: a long stroke is saved too
    },
    know(id, matte) {
      const seen = new Map<number, string>();
      if (matte) changedTiles(matte, seen);
      marks.set(id, seen);
    },
    async remove(id) {
      waiting.delete(id);
      marks.delete(id);
      await writing;
      if (allowed()) await store.remove(signal, id).catch(tell);
    },
    flush,
    async forget() {
      clearTimeout(timer);
      waiting.clear();
      marks.clear();
      await writing;
      await store.forget(signal);
    },
  };
}

const troubleOf = (error: unknown): Trouble =>
  error instanceof Error && error.name === "QuotaExceededError" ? "full" : "denied";
