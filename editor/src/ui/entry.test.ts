import { expect, test } from "vitest";
import { setEdges, setLook } from "../document/actions";
import type { Photo } from "../document/types";
import { Entry } from "./entry.svelte";

const photo = (width = 300, height = 200): Photo => ({
  name: "a.png",
  width,
  height,
  pixels: new Uint8ClampedArray(4 * width * height).fill(9),
  ownAlpha: null,
});
const matte = (value: number) => ({ width: 300, height: 200, alpha: new Uint8Array(60_000).fill(value) });

function cutOut(): Entry {
  const entry = new Entry("a.png", new Blob(["x"]));
  entry.cut(photo(), matte(200), null, {});
  return entry;
}

test("a change can be undone and done again", () => {
  const entry = cutOut();
  entry.change({ what: "feather", value: 2 }, setEdges(entry.document!, { feather: 2 }));
  expect(entry.document!.edges.feather).toBe(2);
  entry.undo();
  expect(entry.document!.edges.feather).toBe(0);
  entry.redo();
  expect(entry.document!.edges.feather).toBe(2);
});

test("a new matte is a step like any other", () => {
  const entry = cutOut();
  entry.cut(photo(), matte(10), null, {});
  expect(entry.document!.matte.alpha[5]).toBe(10);
  entry.undo();
  expect(entry.document!.matte.alpha[5]).toBe(200);
});

test("asleep it keeps the matte and its history, without the pixels", () => {
  const entry = cutOut();
  entry.cut(photo(), matte(10), null, {});
  entry.sleep();
  expect(entry.awake).toBe(false);
  expect(entry.document!.photo.pixels.length).toBe(0);
  entry.change({ what: "recipe" }, setLook(entry.document!, { background: "white" }));
  expect(entry.undo()).toBeNull(); // there is nothing to paint into
  entry.wake(photo());
  expect(Buffer.from(entry.document!.matte.alpha).equals(matte(10).alpha)).toBe(true);
  expect(entry.document!.look).toEqual({ background: "white" });
  entry.undo();
  entry.undo();
  expect(entry.document!.matte.alpha[5]).toBe(200);
});

test("a sleeping photo can be cut out anew, and undo finds the old matte", () => {
  const entry = cutOut();
  entry.sleep();
  entry.cut(photo(), matte(10), null, {});
  entry.undo();
  expect(entry.document!.matte.alpha[5]).toBe(200);
});

test("what the store keeps gives the same photo back, asleep or awake", () => {
  const entry = cutOut();
  entry.change({ what: "look" }, setLook(entry.document!, { background: "white" }));
  for (const sleeps of [false, true]) {
    if (sleeps) entry.sleep();
    const draft = entry.draft(3);
    const { width, height } = draft.matte!;
    const back = Entry.from({ ...draft, size: { width, height } }, restOf(entry));
    back.wake(photo());
    expect(Buffer.from(back.document!.matte.alpha).equals(matte(200).alpha)).toBe(true);
    expect(back.document!.look).toEqual({ background: "white" });
    expect(back.stage).toEqual({ is: "done" });
  }
});

function restOf(entry: Entry) {
  entry.sleep();
  const { matte } = entry.draft(0);
  if (!matte || !("tiles" in matte)) throw new Error("it is awake");
  return matte;
}
