import fc from "fast-check";
import { expect, test } from "vitest";
import type { Rect } from "../geometry/points";
import { around } from "../geometry/rects";
import { writePatch } from "../history/tiles";
import { changedRect, discAlpha, drawn, holds, settingsOf, signal, touchAt } from "../testing/drawn";
import { strings } from "../ui/strings";
import type { Solve } from "./smart/smart";
import { FIRST_SETTINGS, labelOf, makeTools, PICKS, settingsAfter, SIZES, type ToolName } from "./table";

const [width, height] = [290, 270];
const document = drawn(width, height, discAlpha(150, 130, 80), (x, y) => [x % 256, y % 256, (x + y) % 256]);

/** Subject where red is strong: enough to have something solved. */
const byRed: Solve = async (_, { photo }) => ({
  alpha: Uint8Array.from({ length: photo.width * photo.height }, (_, at) =>
    photo.pixels[4 * at]! > 120 ? 255 : 0,
  ),
  within: { left: 0, top: 0, right: photo.width, bottom: photo.height },
});
const tools = makeTools(byRed);
const names = Object.keys(tools) as ToolName[];

const touches = fc.array(
  fc
    .record({
      x: fc.integer({ min: -80, max: 370 }),
      y: fc.integer({ min: -80, max: 350 }),
      pressure: fc.constantFrom(0, 0.3, 1),
      shift: fc.boolean(),
    })
    .map(({ x, y, pressure, shift }) => touchAt(x, y, { pressure, shift })),
  { minLength: 1, maxLength: 6 },
);
const settings = fc.record({
  size: fc.integer({ min: 1, max: 120 }),
  hardness: fc.constantFrom(0, 0.5, 1),
  opacity: fc.constantFrom(0.3, 1),
  mode: fc.constantFrom("restore" as const, "erase" as const),
  pressure: fc.constantFrom("none" as const, "size" as const, "opacity" as const, "both" as const),
  tolerance: fc.constantFrom(0, 0.3, 1),
});

test.each(names)(
  "%s: rectangles hold all changes, undo and redo are exact, cancel leaves nothing",
  async (name) => {
    await fc.assert(
      fc.asyncProperty(touches, settings, async (path, set) => {
        const before = document.matte.alpha;
        const working = before.slice();
        const gesture = tools[name].begin(document, working, set, path[0]!);
        let told: Rect | null = null;
        for (const touch of path) told = around(told, gesture.move(touch));
        expect(holds(told, changedRect(before, working, width))).toBe(true);
        const patch = await gesture.end(signal());
        const after = working.slice();
        expect(patch?.bounds ?? null).toEqual(changedRect(before, after, width));
        if (patch) {
          writePatch(working, document.matte, patch, "before");
          expect(Buffer.compare(working, before)).toBe(0);
          writePatch(working, document.matte, patch, "after");
          expect(Buffer.compare(working, after)).toBe(0);
        }
        gesture.cancel();
        expect(Buffer.compare(working, before)).toBe(0);
      }),
      { numRuns: 15 },
    );
  },
  60_000,
);

test.each(names)("%s: paints in the document's own array as in a copy of it", async (name) => {
  const results = [];
  for (const own of [true, false]) {
    const mine = { ...document, matte: { ...document.matte, alpha: document.matte.alpha.slice() } };
    const working = own ? mine.matte.alpha : mine.matte.alpha.slice();
    const gesture = tools[name].begin(mine, working, settingsOf({ size: 50 }), touchAt(80, 130));
    for (const x of [90, 120, 100]) gesture.move(touchAt(x, 60 + x));
    await gesture.end(signal());
    results.push(working);
  }
  expect(Buffer.compare(results[0]!, results[1]!)).toBe(0);
  expect(Buffer.compare(results[0]!, document.matte.alpha)).not.toBe(0);
});

test("every key picks one tool, every tool has a key and words", () => {
  expect(new Set(PICKS.map((pick) => pick.key)).size).toBe(PICKS.length);
  expect(new Set(PICKS.map((pick) => pick.tool))).toEqual(new Set(names));
  for (const name of names) {
    expect(tools[name].name).toBe(name);
    expect(PICKS.find((pick) => pick.tool === name)!.key).toBe(tools[name].key);
    for (const mode of ["restore", "erase"] as const) {
      const label = labelOf(name, settingsOf({ mode }), touchAt(0, 0));
      expect(strings.history.step(label)).toMatch(/^[A-Z]/);
      expect(labelOf(name, settingsOf({ mode }), touchAt(0, 0, { alt: true }))).not.toEqual(label);
    }
  }
});

test("keys change the settings within their limits; others mean nothing", () => {
  const after = (keys: string) =>
    [...keys].reduce((set, key) => settingsAfter(key, set) ?? set, settingsOf({ size: 60, hardness: 0.7 }));
  expect(after("x").mode).toBe("erase");
  expect(after("xX").mode).toBe("restore");
  expect([after("]").size, after("[").size]).toEqual([66, 54]);
  expect([after("{").hardness, after("}}").hardness]).toEqual([0.6, 0.9]);
  expect([after("[".repeat(99)).size, after("]".repeat(99)).size]).toEqual([SIZES.least, SIZES.most]);
  expect([after("{".repeat(20)).hardness, after("}".repeat(20)).hardness]).toEqual([0, 1]);
  expect(settingsAfter("q", FIRST_SETTINGS)).toBeNull();
});
