/** The files kept in this browser (the origin's private file system), by hash; also one that came only in part. */
export interface Shelf {
  /** What is there of a file; empty where nothing is. */
  read(name: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Its bytes; 0 where nothing is. */
  size(name: string): Promise<number>;
  /** Opens a file for writing from `at` on. */
  open(name: string, at: number): Promise<Slot>;
  remove(name: string): Promise<void>;
  /** Removes all files but these. */
  keepOnly(names: readonly string[]): Promise<void>;
}

export interface Slot {
  write(bytes: Uint8Array): void;
  close(): void;
}

const FOLDER = "weights";

/** Returns the shelf, or null where this browser has none (some do not in private windows). */
export async function openShelf(): Promise<Shelf | null> {
  try {
    const root = await navigator.storage.getDirectory();
    return shelfIn(await root.getDirectoryHandle(FOLDER, { create: true }));
  } catch {
    return null;
  }
}

function shelfIn(folder: FileSystemDirectoryHandle): Shelf {
  const ignoreMissing = (error: unknown) => {
    if (!(error instanceof DOMException && error.name === "NotFoundError")) throw error;
  };
  return {
    async read(name) {
      const handle = await folder.getFileHandle(name).catch(ignoreMissing);
      return handle ? new Uint8Array(await (await handle.getFile()).arrayBuffer()) : new Uint8Array();
    },
    async size(name) {
      const handle = await folder.getFileHandle(name).catch(ignoreMissing);
      return handle ? (await handle.getFile()).size : 0;
    },
    async open(name, at) {
      const file = await folder.getFileHandle(name, { create: true });
      const access = await file.createSyncAccessHandle();
      access.truncate(at);
      return slotOf(access, at);
    },
    async remove(name) {
      await folder.removeEntry(name).catch(ignoreMissing);
    },
    async keepOnly(names) {
      const old: string[] = [];
      for await (const name of namesIn(folder)) if (!names.includes(name)) old.push(name);
      for (const name of old) await folder.removeEntry(name).catch(() => undefined); // open in another tab
    },
  };
}

/** TypeScript's library does not know yet that a folder can be walked through. */
const namesIn = (folder: FileSystemDirectoryHandle): AsyncIterable<string> =>
  (folder as unknown as { keys(): AsyncIterable<string> }).keys();

function slotOf(access: FileSystemSyncAccessHandle, at: number): Slot {
  return {
    write(bytes) {
      // A full disk may write a part and say so only by the count.
      if (access.write(bytes, { at }) !== bytes.length) throw new DOMException("full", "QuotaExceededError");
      at += bytes.length;
    },
    close() {
      access.flush();
      access.close();
    },
  };
}
