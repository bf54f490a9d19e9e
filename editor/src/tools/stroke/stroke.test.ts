import fc from "fast-check";
import { expect, test } from "vitest";
import { changedRect, discAlpha, drawn, holds, settingsOf, signal, touchAt } from "../../testing/drawn";
import { around } from "../../geometry/rects";
import type { Rect } from "../../geometry/points";
import { brush } from "../brush/brush";
import type { ToolSettings, Touch } from "../tool";
import { falloff } from "./dab";

const [width, height] = [300, 280]; // four tiles, three of them narrow

/** Paints one stroke; returns what it left, and the union of the rectangles it told. */
function painted(
  touches: readonly Touch[],
  settings: ToolSettings,
  alphaAt: (x: number, y: number) => number = () => 0,
) {
  const document = drawn(width, height, alphaAt);
  const working = document.matte.alpha.slice();
  const gesture = brush().begin(document, working, settings, touches[0]!);
  let told: Rect | null = null;
  for (const touch of touches) told = around(told, gesture.move(touch));
  return { document, working, told, gesture };
}

const range = (least: number, most: number) =>
  fc.integer({ min: least * 8, max: most * 8 }).map((eighths) => eighths / 8);
const places = fc.array(fc.tuple(range(-60, 360), range(-60, 340)), { minLength: 1, maxLength: 5 });
const settings = fc.record({
  size: range(1, 90),
  hardness: fc.constantFrom(0, 0.3, 0.5, 0.9, 1),
  opacity: fc.constantFrom(0, 0.25, 0.6, 1),
  mode: fc.constantFrom("restore" as const, "erase" as const),
});

function distance(x: number, y: number, points: readonly (readonly [number, number])[]): number {
  let least = Infinity;
  for (const [k, [ax, ay]] of points.entries()) {
    const [bx, by] = points[k + 1] ?? [ax, ay];
    const long = (bx - ax) ** 2 + (by - ay) ** 2;
    const t = long === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / long));
    least = Math.min(least, Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)));
  }
  return least;
}

test("a stroke is what the distance to its path says, at every pixel", () => {
  fc.assert(
    fc.property(places, settings, (points, set) => {
      const alphaAt = discAlpha(150, 140, 60);
      const stroke = painted(
        points.map(([x, y]) => touchAt(x, y)),
        set,
        alphaAt,
      );
      const radius = Math.max(4, Math.round(4 * set.size)) / 8;
      const inner = Math.max(0, Math.min(set.hardness * radius, radius - 0.5));
      const outer = Math.max(radius, inner + 1);
      const goal = set.mode === "restore" ? 255 : 0;
      // The nearest dab lies within half a step along the path from the nearest point of it.
      const half = Math.max(0.25, 0.05 * set.size) / 2;
      for (let y = 0, at = 0; y < height; y++)
        for (let x = 0; x < width; x++, at++) {
          const far = distance(x + 0.5, y + 0.5, points);
          const old = stroke.document.matte.alpha[at]!;
          const wanted = (d: number) => old + (goal - old) * set.opacity * falloff(d, inner, outer);
          const [a, b] = [wanted(far), wanted(Math.hypot(far, half))];
          const now = stroke.working[at]!;
          if (now < Math.min(a, b) - 2 || now > Math.max(a, b) + 2)
            expect.fail(`at ${x}, ${y}: ${now}, expected ${a}`);
        }
    }),
    { numRuns: 25 },
  );
}, 60_000);

test("the rectangles that were told hold every change, and undo takes all of it back", async () => {
  await fc.assert(
    fc.asyncProperty(places, settings, async (points, set) => {
      const stroke = painted(
        points.map(([x, y]) => touchAt(x, y)),
        set,
        discAlpha(150, 140, 60),
      );
      const before = stroke.document.matte.alpha;
      const changed = changedRect(before, stroke.working, width);
      expect(holds(stroke.told, changed)).toBe(true);
      const patch = await stroke.gesture.end(signal());
      expect(patch?.bounds ?? null).toEqual(changed);
      stroke.gesture.cancel();
      expect(Buffer.compare(stroke.working, before)).toBe(0);
    }),
    { numRuns: 40 },
  );
}, 60_000);

test("mirrored strokes give mirrored mattes", () => {
  fc.assert(
    fc.property(places, settings, fc.boolean(), (points, set, sideways) => {
      const mirror = ([x, y]: readonly [number, number]) =>
        sideways ? touchAt(width - x, y) : touchAt(x, height - y);
      const one = painted(
        points.map(([x, y]) => touchAt(x, y)),
        set,
        () => 100,
      ).working;
      const other = painted(points.map(mirror), set, () => 100).working;
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const [u, v] = sideways ? [width - 1 - x, y] : [x, height - 1 - y];
          if (Math.abs(one[y * width + x]! - other[v * width + u]!) > 1) expect.fail(`at ${x}, ${y}`);
        }
    }),
    { numRuns: 25 },
  );
}, 60_000);

test("a stroke does not build up over itself, however often it goes over a place", () => {
  const there = [touchAt(50, 50), touchAt(200, 50)];
  const set = settingsOf({ opacity: 0.5, size: 40, hardness: 0.2 });
  const once = painted(there, set).working;
  const often = painted([...there, ...there, ...there], set).working;
  expect(Buffer.compare(once, often)).toBe(0);
  expect(once.reduce((a, b) => Math.max(a, b))).toBe(128);
});

test("a second stroke does go on from the first", async () => {
  const document = drawn(60, 60, () => 0);
  const working = document.matte.alpha.slice();
  const tool = brush();
  for (const value of [128, 192]) {
    const gesture = tool.begin(document, working, settingsOf({ opacity: 0.5 }), touchAt(30, 30));
    await gesture.end(signal());
    expect(working[30 * 60 + 30]).toBe(value);
  }
});

test("what a pen presses sets the size, the opacity, both or nothing", () => {
  const sizeAt = (pressure: "none" | "size" | "opacity" | "both") => {
    const set = settingsOf({ pressure, size: 80, hardness: 1 });
    const { working } = painted([touchAt(150, 140, { pressure: 0.5 })], set);
    return [working.reduce((a, b) => Math.max(a, b)), working.filter((value) => value > 0).length];
  };
  const [[full, wide], [faint, same], [also, less]] = [sizeAt("none"), sizeAt("opacity"), sizeAt("both")];
  expect([full, faint, also]).toEqual([255, 128, 128]);
  expect(same).toBe(wide);
  expect(less! / wide!).toBeCloseTo(0.25, 1);
  expect(sizeAt("size")).toEqual([255, less]);
});

test("Shift waits with a straight line until it is let go", async () => {
  const set = settingsOf({ size: 10 });
  const shift = { shift: true };
  const stroke = painted([touchAt(20, 20), touchAt(90, 130, shift), touchAt(120, 20, shift)], set);
  expect(stroke.gesture.guide!()).toEqual([touchAt(20, 20).at, touchAt(120, 20).at]);
  expect(stroke.working[20 * width + 70]).toBe(0);
  await stroke.gesture.end(signal());
  expect(Buffer.compare(stroke.working, painted([touchAt(20, 20), touchAt(120, 20)], set).working)).toBe(0);
});

test("Shift at the beginning goes on from the last stroke of the same photo, not of another", async () => {
  const set = settingsOf({ size: 10 });
  const document = drawn(width, height, () => 0);
  const working = document.matte.alpha.slice();
  const tool = brush();
  await tool.begin(document, working, set, touchAt(20, 20)).end(signal());
  const joined = tool.begin(document, working, set, touchAt(120, 20, { shift: true }));
  joined.move(touchAt(120, 20, { shift: true }));
  expect(working[20 * width + 70]).toBe(255);
  const other = { ...document, id: "other" };
  await tool.begin(other, working, set, touchAt(20, 200)).end(signal());
  await tool.begin(document, working, set, touchAt(220, 200, { shift: true })).end(signal());
  expect(working[200 * width + 120]).toBe(0);
});

test("Alt takes the other mode", () => {
  const set = settingsOf({ size: 10 });
  const stroke = painted([touchAt(50, 50, { alt: true })], set, () => 200);
  expect(stroke.working[50 * width + 50]).toBe(0);
});

test("touches that are nowhere, or very far away, do nothing and take no time", async () => {
  const far = [touchAt(1e12, 3), touchAt(-1e12, -7e11), touchAt(NaN, 2), touchAt(2, Infinity)];
  const stroke = painted(far.slice(0, 1), settingsOf());
  const begun = performance.now();
  for (const touch of [...far, touchAt(1e12, 1e12, { pressure: NaN })]) stroke.gesture.move(touch);
  expect(performance.now() - begun).toBeLessThan(1000);
  expect(await stroke.gesture.end(signal())).toBeNull();
});

test("an aborted end leaves everything as it was, and says so", async () => {
  const stroke = painted([touchAt(50, 50), touchAt(90, 90)], settingsOf());
  await expect(stroke.gesture.end(AbortSignal.abort())).rejects.toThrow(/abort/i);
  expect(Buffer.compare(stroke.working, stroke.document.matte.alpha)).toBe(0);
});
