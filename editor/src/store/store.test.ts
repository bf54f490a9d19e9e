import "fake-indexeddb/auto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PLAIN_EDGES, type Matte } from "../document/types";
import { autosave, type Draft, type Trouble } from "./autosave";
import { changedTiles, restMatte, wakeMatte } from "./tiles";
import { openStore, type Work, type WorkStore } from "./work";

/** As `toEqual` has it, without looking at every byte by itself, which takes seconds. */
const same = (a: Matte, b: Matte) =>
  a.width === b.width && a.height === b.height && Buffer.from(a.alpha).equals(b.alpha);

const never = new AbortController().signal;

function matteOf(width: number, height: number, paint: (x: number, y: number) => number) {
  const alpha = Uint8Array.from({ length: width * height }, (_, at) =>
    paint(at % width, Math.floor(at / width)),
  );
  return { width, height, alpha };
}

const work = (id: string, order = 0): Omit<Work, "size"> => ({
  id,
  order,
  name: `${id}.png`,
  file: new Blob(["photo"]),
  edges: { ...PLAIN_EDGES, feather: 2 },
  look: { background: "white" },
  files: {},
  doubt: null,
});

let base = 0;
const fresh = () => openStore(`test-${base++}`);

describe("a matte at rest", () => {
  test("comes back as it was, whatever its size", () => {
    const size = fc.integer({ min: 1, max: 600 });
    const property = fc.property(size, size, fc.integer({ min: 1, max: 9999 }), (width, height, seed) => {
      const matte = matteOf(width, height, (x, y) => (x < 256 ? 255 : (x * y * seed) % 256));
      expect(same(wakeMatte(restMatte(matte)), matte)).toBe(true);
    });
    fc.assert(property, { numRuns: 15 });
  });

  test("takes no room where it is even", () => {
    const rest = restMatte(matteOf(600, 300, (x) => (x < 256 ? 255 : x < 512 ? 0 : x % 2)));
    expect(rest.tiles.map((tile) => typeof tile)).toEqual([
      ...["number", "number", "object"],
      ...["number", "number", "object"],
    ]);
  });

  test("only the tiles that were touched have changed", () => {
    const marks = new Map<number, string>();
    const matte = matteOf(600, 600, (x, y) => (x + y) % 256);
    expect(changedTiles(restMatte(matte), marks)).toHaveLength(9);
    expect(changedTiles(restMatte(matte), marks)).toEqual([]);
    matte.alpha[300 * 600 + 300]! ^= 1;
    expect(changedTiles(restMatte(matte), marks)).toEqual([4]);
  });
});

describe("the store", () => {
  test("gives back what was kept, in the tray's order, and nothing of what was removed", async () => {
    const store = fresh();
    const rest = restMatte(matteOf(300, 10, (x) => x % 256));
    const size = { width: 300, height: 10 };
    await store.save(never, { ...work("b", 1), size }, rest, [0, 1]);
    await store.save(never, { ...work("a", 0), size: null }, null, []);
    await store.save(never, { ...work("c", 2), size }, rest, [0, 1]);
    await store.remove(never, "c");
    const kept = await store.load(never);
    expect(kept.map(({ work }) => work.id)).toEqual(["a", "b"]);
    expect(kept[0]!.matte).toBeNull();
    expect(kept[1]!.matte).toEqual(rest);
    expect(kept[1]!.work).toMatchObject({ look: { background: "white" }, edges: { feather: 2 } });
  });

  test("forgets everything: the database itself is gone", async () => {
    const store = openStore("forgotten");
    await store.save(never, { ...work("a"), size: null }, null, []);
    await store.forget(never);
    expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain("forgotten");
    expect(await store.load(never)).toEqual([]);
  });

  test("keeps a matte whole though another tab had everything forgotten meanwhile", async () => {
    const store = openStore("two-tabs");
    const rest = restMatte(matteOf(300, 10, (x) => x % 256));
    const now = { ...work("a"), size: { width: 300, height: 10 } };
    await store.save(never, now, rest, [0, 1]);
    await openStore("two-tabs").forget(never);
    await store.save(never, now, rest, [1]);
    expect((await store.load(never))[0]!.matte).toEqual(rest);
  });

  test("does nothing once aborted", async () => {
    const signal = AbortSignal.abort();
    await expect(fresh().load(signal)).rejects.toThrow();
  });
});

describe("autosave", () => {
  const draftOf = (matte: Draft["matte"]) => () => ({ ...work("a"), matte });

  function saving(store: WorkStore, allowed = () => true) {
    const troubles: Trouble[] = [];
    const written: number[] = [];
    const ontrouble = (trouble: Trouble) => troubles.push(trouble);
    const onsaved = (_: string, tiles: number) => written.push(tiles);
    const saver = autosave(never, { store, pause: 5, allowed, ontrouble, onsaved });
    return { saver, troubles, written };
  }

  test("writes only the tiles that changed since", async () => {
    const store = fresh();
    const { saver, written } = saving(store);
    const matte = matteOf(600, 600, (x, y) => (x + y) % 256);
    saver.touch("a", draftOf(matte));
    await saver.flush();
    matte.alpha[0]! ^= 255;
    saver.touch("a", draftOf(matte));
    await saver.flush();
    expect(written).toEqual([9, 1]);
    expect(same(wakeMatte((await store.load(never))[0]!.matte!), matte)).toBe(true);
  });

  test("many changes in a row are one writing, and a steady stream is not put off", async () => {
    const { saver, written } = saving(fresh());
    const matte = matteOf(10, 10, () => 7);
    for (let change = 0; change < 20; change++) {
      saver.touch("a", draftOf(matte));
      await new Promise((wait) => setTimeout(wait, 1));
    }
    await saver.flush();
    expect(written.length).toBeGreaterThan(1);
    expect(written.length).toBeLessThan(20);
  });

  test("writes nothing where another tab has the turn", async () => {
    const store = fresh();
    const { saver, written } = saving(store, () => false);
    saver.touch("a", draftOf(null));
    await saver.flush();
    expect(written).toEqual([]);
    expect(await store.load(never)).toEqual([]);
  });

  test("says that the storage is full, writes the same again later, and says when it works", async () => {
    const store = fresh();
    let full = true;
    const failing: WorkStore = {
      ...store,
      save: async (...all) => {
        if (full) throw new DOMException("no room", "QuotaExceededError");
        return store.save(...all);
      },
    };
    const { saver, troubles, written } = saving(failing);
    const matte = matteOf(300, 300, (x) => x % 256);
    saver.touch("a", draftOf(matte));
    await saver.flush();
    expect(troubles).toEqual(["full"]);
    full = false;
    saver.touch("a", draftOf(matte));
    await saver.flush();
    expect(troubles).toEqual(["full", null]);
    expect(written).toEqual([4]);
  });

  test("what it knows to be kept is not written again", async () => {
    const { saver, written } = saving(fresh());
    const matte = matteOf(300, 300, (x) => x % 256);
    saver.know("a", restMatte(matte));
    saver.touch("a", draftOf(matte));
    await saver.flush();
    expect(written).toEqual([0]);
  });
});
