import { deviceStrings } from "../../ui/strings.device";
import type { Progress } from "../jobs";
import { pause } from "../pause";
import { fetchList, WeightsError, type List, type Listed } from "./list";
import { openShelf, type Shelf, type Slot } from "./shelf";

/** How often a download that was cut is taken up again by itself, and how long is waited before. */
const AGAIN = [250, 1000, 4000];
const LIST = "list.json";

export interface Weights {
  readonly listed: Listed;
  readonly data: Uint8Array<ArrayBuffer>;
  /** What a person should know: sentences. */
  readonly notes: readonly string[];
}

type Report = (at: Progress) => void;

/** Returns the list of networks: the server's, or the one that was kept where nobody answers. */
export async function listWeights(signal: AbortSignal, base: string): Promise<List> {
  // Without one a browser gives neither hashes nor locks nor a place to keep files.
  if (!self.isSecureContext) throw new WeightsError(deviceStrings.weights.insecure);
  const shelf = await openShelf();
  const list = await fetchList(signal, base);
  if (list) {
    await keepList(shelf, list);
    return list;
  }
  const kept = new TextDecoder().decode(await shelf?.read(LIST));
  if (!kept) throw new WeightsError(deviceStrings.weights.unreachable);
  return JSON.parse(kept) as List;
}

/** Whether this browser keeps every network of the list that it was last given, in one precision at least. */
export async function areKept(): Promise<boolean> {
  const shelf = self.isSecureContext ? await openShelf() : null;
  const kept = new TextDecoder().decode(await shelf?.read(LIST));
  if (!shelf || !kept) return false;
  const { models } = JSON.parse(kept) as List;
  const whole = new Set<string>();
  for (const { name, sha256, bytes } of models) if ((await shelf.size(sha256)) === bytes) whole.add(name);
  return models.every(({ name }) => whole.has(name));
}

async function keepList(shelf: Shelf | null, list: List): Promise<void> {
  if (!shelf) return;
  await locked(new AbortController().signal, LIST, async () => {
    await shelf.keepOnly([LIST, ...list.models.map((model) => model.sha256)]);
    const slot = await shelf.open(LIST, 0);
    slot.write(new TextEncoder().encode(JSON.stringify(list)));
    slot.close();
  }).catch(() => undefined); // no room: it only cannot be used offline
}

/**
 * Returns a network's file: from this browser, or fetched, taking up what an earlier fetch left; always checked.
 * Tabs wait for each other, so that one fetches and the others find it.
 */
export async function getWeights(
  signal: AbortSignal,
  list: List,
  listed: Listed,
  progress: Report,
): Promise<Weights> {
  const shelf = await openShelf();
  return locked(signal, listed.sha256, async () => {
    const fetching = new Fetching(listed, shelf, progress);
    await fetching.takeUp();
    await fetching.finish(signal, new URL(listed.file, list.address).href);
    return { listed, data: fetching.data, notes: fetching.notes };
  });
}

/** One file on its way: in memory, and in the shelf as long as that has room. */
class Fetching {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly notes: string[] = [];
  private done = 0;

  constructor(
    private readonly listed: Listed,
    private shelf: Shelf | null,
    private readonly progress: Report,
  ) {
    this.data = new Uint8Array(listed.bytes);
    if (!shelf) this.notes.push(deviceStrings.weights.full);
  }

  async takeUp(): Promise<void> {
    const had = (await this.shelf?.read(this.listed.sha256)) ?? new Uint8Array();
    if (had.length > this.listed.bytes) return;
    this.data.set(had);
    this.done = had.length;
  }

  async finish(signal: AbortSignal, address: string): Promise<void> {
    if (this.done === this.listed.bytes && (await this.isRight())) return;
    if (this.done === this.listed.bytes) await this.forget(); // a damaged copy: fetched anew
    for (let attempt = 0; this.done < this.listed.bytes; attempt++) {
      signal.throwIfAborted();
      const before = this.done;
      await this.fetchRest(signal, address);
      if (this.done === this.listed.bytes) break;
      if (this.done > before) attempt = 0;
      if (attempt >= AGAIN.length)
        throw new WeightsError(deviceStrings.weights.cut(this.done, this.listed.bytes));
      await pause(signal, AGAIN[attempt]!);
    }
    if (await this.isRight()) return;
    await this.forget();
    throw new WeightsError(deviceStrings.weights.damaged);
  }

  /** Fetches from where it stands; returns early where the connection is cut. */
  private async fetchRest(signal: AbortSignal, address: string): Promise<void> {
    const headers: HeadersInit = this.done > 0 ? { Range: `bytes=${this.done}-` } : {};
    // Not through the browser's own cache: it would keep the same bytes a second time.
    const answer = await fetch(address, { signal, headers, cache: "no-store" }).catch(() => null);
    signal.throwIfAborted();
    if (!answer || answer.status >= 500 || !answer.body) return;
    if (!answer.ok) throw new WeightsError(deviceStrings.weights.refused(answer.status));
    if (answer.status !== 206) this.done = 0; // a server without ranges starts over
    const slot = await this.slot();
    try {
      await this.pour(signal, answer.body, slot);
    } finally {
      slot.current?.close();
    }
  }

  private async pour(
    signal: AbortSignal,
    body: ReadableStream<Uint8Array>,
    slot: { current: Slot | null },
  ): Promise<void> {
    const reader = body.getReader();
    for (;;) {
      const part = await reader.read().catch(() => null);
      signal.throwIfAborted();
      if (!part || part.done) return;
      const bytes = part.value;
      if (this.done + bytes.length > this.listed.bytes) {
        await reader.cancel().catch(() => undefined);
        await this.forget(slot);
        throw new WeightsError(deviceStrings.weights.damaged);
      }
      this.data.set(bytes, this.done);
      await this.keep(slot, bytes);
      this.done += bytes.length;
      this.progress({ what: deviceStrings.progress.weights, done: this.done, all: this.listed.bytes });
    }
  }

  private async slot(): Promise<{ current: Slot | null }> {
    try {
      return { current: (await this.shelf?.open(this.listed.sha256, this.done)) ?? null };
    } catch {
      await this.withoutShelf();
      return { current: null };
    }
  }

  private async keep(slot: { current: Slot | null }, bytes: Uint8Array): Promise<void> {
    try {
      slot.current?.write(bytes);
    } catch {
      slot.current?.close();
      slot.current = null;
      await this.withoutShelf();
    }
  }

  /** Goes on in memory only; what was kept is given back, for it fills a full disk. */
  private async withoutShelf(): Promise<void> {
    await this.shelf?.remove(this.listed.sha256).catch(() => undefined);
    this.shelf = null;
    this.notes.push(deviceStrings.weights.full);
  }

  private async forget(slot?: { current: Slot | null }): Promise<void> {
    slot?.current?.close();
    if (slot) slot.current = null;
    this.done = 0;
    await this.shelf?.remove(this.listed.sha256);
  }

  private async isRight(): Promise<boolean> {
    return (await sha256(this.data)) === this.listed.sha256;
  }
}

async function sha256(data: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function locked<T>(signal: AbortSignal, name: string, work: () => Promise<T>): Promise<T> {
  return navigator.locks.request(`alphacut-weights-${name}`, { signal }, work);
}
