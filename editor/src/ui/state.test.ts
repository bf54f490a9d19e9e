import { expect, test } from "vitest";
import type { Engine } from "./engine";
import { Entry } from "./entry.svelte";
import { Editor } from "./state.svelte";

const SIDE = 2000;

/** A photo of 4 megapixels that is cut out. */
function cutOut(name: string): Entry {
  const entry = new Entry(name, new Blob(["x"]));
  const size = { width: SIDE, height: SIDE };
  const alpha = new Uint8Array(SIDE * SIDE).fill(7);
  entry.cut(
    { name, ...size, pixels: new Uint8ClampedArray(4), ownAlpha: null },
    { ...size, alpha },
    null,
    {},
  );
  return entry;
}

test("of many photos only as many lie decoded as there is memory for, the one looked at among them", () => {
  const nothing = { tools: [], refusals: {}, server: null, device: null } as unknown as Engine;
  const editor = new Editor(nothing);
  const entries = Array.from({ length: 12 }, (_, n) => cutOut(`${n}.png`));
  editor.entries = entries;
  for (const { id } of entries.slice(0, 3)) void editor.select(id);
  const awake = entries.filter((entry) => entry.awake);
  expect(awake.length * SIDE * SIDE).toBeLessThanOrEqual(30e6 + SIDE * SIDE);
  expect(awake.map(({ name }) => name)).toEqual(expect.arrayContaining(["0.png", "1.png", "2.png"]));
  expect(entries[11]!.document!.matte.alpha).toHaveLength(0);
  entries[11]!.wake(entries[0]!.document!.photo);
  expect(entries[11]!.document!.matte.alpha[SIDE * SIDE - 1]).toBe(7);
});
