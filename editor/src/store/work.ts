import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { Doubt, Edges, Recipe } from "../document/types";
import { tileCount, type Kept, type RestingMatte } from "./tiles";

/** One photo's work as it is kept in the browser; undo is not. */
export interface Work {
  readonly id: string;
  /** Its place in the tray. */
  readonly order: number;
  readonly name: string;
  readonly file: Blob;
  /** The matte's size; null while there is none. */
  readonly size: { readonly width: number; readonly height: number } | null;
  readonly edges: Edges;
  readonly look: Recipe;
  readonly files: Readonly<Record<string, Blob>>;
  readonly doubt: Doubt | null;
}

interface Schema extends DBSchema {
  works: { key: string; value: Work };
  tiles: { key: [string, number]; value: Kept };
}

type Base = IDBPDatabase<Schema>;

/** The browser's storage of the work. Every call opens what it needs; a failure rejects with the browser's error. */
export interface WorkStore {
  /** Writes one photo's work: the record, and of the tiles only the named ones. */
  save(
    signal: AbortSignal,
    work: Work,
    matte: RestingMatte | null,
    changed: readonly number[],
  ): Promise<void>;
  /** Everything that was kept, in the tray's order. */
  load(signal: AbortSignal): Promise<{ work: Work; matte: RestingMatte | null }[]>;
  remove(signal: AbortSignal, id: string): Promise<void>;
  /** Deletes the whole database: nothing of any photo is left. */
  forget(signal: AbortSignal): Promise<void>;
}

export const NAME = "alphacut-work";

export function openStore(name = NAME): WorkStore {
  let base: Promise<Base> | null = null;
  /** The works whose other tiles are in the base: none, once another tab had everything forgotten. */
  const there = new Set<string>();
  const lost = () => {
    base = null;
    there.clear();
  };
  const opened = () => (base ??= open(name, lost));
  return {
    async save(signal, work, matte, changed) {
      signal.throwIfAborted();
      const change = (await opened()).transaction(["works", "tiles"], "readwrite");
      const numbers = there.has(work.id) ? changed : (matte?.tiles.keys() ?? []);
      const writes = Array.from(numbers, (at) =>
        change.objectStore("tiles").put(matte!.tiles[at]!, [work.id, at]),
      );
      await Promise.all([change.objectStore("works").put(work), ...writes, change.done]);
      there.add(work.id);
    },
    async load(signal) {
      signal.throwIfAborted();
      const db = await opened();
      const works = (await db.getAll("works")).sort((a, b) => a.order - b.order);
      for (const { id } of works) there.add(id);
      return Promise.all(works.map(async (work) => ({ work, matte: await matteOf(db, work) })));
    },
    async remove(signal, id) {
      signal.throwIfAborted();
      there.delete(id);
      const change = (await opened()).transaction(["works", "tiles"], "readwrite");
      const gone = [change.objectStore("works").delete(id), change.objectStore("tiles").delete(tilesOf(id))];
      await Promise.all([...gone, change.done]);
    },
    async forget(signal) {
      signal.throwIfAborted();
      (await base)?.close();
      lost();
      await deleteDB(name);
    },
  };
}

async function matteOf(db: Base, work: Work): Promise<RestingMatte | null> {
  if (!work.size) return null;
  const tiles = await db.getAll("tiles", tilesOf(work.id));
  if (tiles.length !== tileCount(work.size)) return null; // not whole: it is cut out anew
  return { ...work.size, tiles };
}

const tilesOf = (id: string): IDBKeyRange => IDBKeyRange.bound([id, 0], [id, Infinity]);

function open(name: string, lost: () => void): Promise<Base> {
  return openDB<Schema>(name, 1, {
    upgrade(db) {
      db.createObjectStore("works", { keyPath: "id" });
      db.createObjectStore("tiles");
    },
    blocking(_, __, event) {
      (event.target as IDBDatabase).close(); // another tab forgets everything: do not hold it up
      lost();
    },
    terminated: lost,
  });
}
