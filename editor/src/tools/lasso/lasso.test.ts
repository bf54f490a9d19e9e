import fc from "fast-check";
import { expect, test } from "vitest";
import { atOnce } from "../../document/paced";
import { imagePoint, type ImagePoint } from "../../geometry/points";
import { drawn, settingsOf, signal, touchAt } from "../../testing/drawn";
import type { ToolSettings } from "../tool";
import { lasso } from "./lasso";
import { polygonMask } from "./polygon";

const rect = { left: -3, top: -2, right: 27, bottom: 22 };
const across = rect.right - rect.left;
const range = (least: number, most: number) =>
  fc.integer({ min: least * 8, max: most * 8 }).map((eighths) => eighths / 8);
const polygons = fc.array(fc.tuple(range(-8, 34), range(-8, 30)), { minLength: 3, maxLength: 8 });

/** How often the polygon goes around a place, by the angle it turns through. */
function windings(points: readonly (readonly [number, number])[], x: number, y: number): number {
  let turned = 0;
  for (const [k, [ax, ay]] of points.entries()) {
    const [bx, by] = points[(k + 1) % points.length]!;
    const cross = (ax - x) * (by - y) - (ay - y) * (bx - x);
    turned += Math.atan2(cross, (ax - x) * (bx - x) + (ay - y) * (by - y));
  }
  return Math.round(turned / (2 * Math.PI));
}

const maskOf = (points: readonly (readonly [number, number])[]): Uint8Array =>
  atOnce(
    polygonMask(
      points.map(([x, y]) => imagePoint(x, y)),
      rect,
    ),
  );

test("a polygon covers of each pixel what counting fine points in it gives", () => {
  fc.assert(
    fc.property(polygons, (points) => {
      const mask = maskOf(points);
      const fine = 12;
      for (const [at, value] of mask.entries()) {
        const [x, y] = [rect.left + (at % across), rect.top + Math.floor(at / across)];
        let inside = 0;
        for (let k = 0; k < fine * fine; k++)
          if (
            windings(points, x + ((k % fine) + 0.503) / fine, y + (Math.floor(k / fine) + 0.507) / fine) !== 0
          )
            inside++;
        const wanted = (255 * inside) / (fine * fine);
        if (Math.abs(value - wanted) > 42) expect.fail(`at ${x}, ${y}: ${value}, counted ${wanted}`);
      }
    }),
    { numRuns: 12 },
  );
}, 60_000);

test("a rectangle between pixels covers exactly its share of them", () => {
  const mask = maskOf([
    [2.25, 3.5],
    [10.5, 3.5],
    [10.5, 8],
    [2.25, 8],
  ]);
  const at = (x: number, y: number) => mask[(y - rect.top) * across + x - rect.left];
  expect([at(2, 3), at(2, 5), at(5, 3), at(5, 5), at(10, 5), at(11, 5), at(5, 8)]).toEqual([
    Math.round((255 * 0.75) / 2),
    Math.round(255 * 0.75),
    128,
    255,
    128,
    0,
    0,
  ]);
});

test("polygons that share their edges add up to full coverage", () => {
  fc.assert(
    fc.property(range(1, 24), range(1, 19), (x, y) => {
      const corners = [
        [-10, -10],
        [40, -10],
        [40, 40],
        [-10, 40],
      ] as const;
      const masks = corners.map((corner, k) => maskOf([corner, corners[(k + 1) % 4]!, [x, y]]));
      for (let at = 0; at < masks[0]!.length; at++)
        expect(Math.abs(masks.reduce((sum, mask) => sum + mask[at]!, 0) - 255)).toBeLessThanOrEqual(4);
    }),
    { numRuns: 30 },
  );
}, 60_000);

const square = [
  [10, 10],
  [70, 10],
  [70, 50],
  [10, 50],
] as const;

async function lassoed(
  settings: ToolSettings,
  path: readonly (readonly [number, number])[] = square,
  shift = false,
  alpha = 0,
) {
  const document = drawn(80, 60, () => alpha);
  const working = document.matte.alpha.slice();
  const gesture = lasso().begin(document, working, settings, touchAt(...path[0]!));
  for (const place of path.slice(1)) expect(gesture.move(touchAt(...place, { shift }))).toBeNull();
  const guide: readonly ImagePoint[] = gesture.guide!();
  const patch = await gesture.end(signal());
  return { working, patch, guide, at: (x: number, y: number) => working[y * 80 + x] };
}

test("what the line goes around comes back, or goes, with hard edges", async () => {
  const restored = await lassoed(settingsOf({ hardness: 1 }));
  expect([restored.at(10, 10), restored.at(69, 49), restored.at(9, 10), restored.at(70, 30)]).toEqual([
    255, 255, 0, 0,
  ]);
  expect(restored.patch!.bounds).toEqual({ left: 10, top: 10, right: 70, bottom: 50 });
  const erased = await lassoed(settingsOf({ hardness: 1, mode: "erase", opacity: 0.5 }), square, false, 200);
  expect([erased.at(30, 30), erased.at(5, 5)]).toEqual([100, 200]);
});

test("hardness says how soft the edge is", async () => {
  const soft = await lassoed(settingsOf({ hardness: 0, size: 24 }));
  expect(soft.at(40, 30)).toBe(255);
  expect(soft.at(9, 30)! + soft.at(10, 30)!).toBeGreaterThan(245);
  expect(soft.at(9, 30)! + soft.at(10, 30)!).toBeLessThan(265);
  expect(soft.at(4, 30)).toBeGreaterThan(0);
});

test("what is drawn beyond the photo counts as drawn, also for the softness at its border", async () => {
  const beyond = [
    [-50, -50],
    [200, -50],
    [200, 30],
    [-50, 30],
  ] as const;
  const { at } = await lassoed(settingsOf({ hardness: 0, size: 10 }), beyond);
  expect([at(0, 0), at(79, 0), at(40, 59)]).toEqual([255, 255, 0]);
  expect(at(0, 30)).toBe(at(40, 30));
});

test("with Shift the line waits, shown as a guide, and goes straight", async () => {
  const { guide, patch } = await lassoed(settingsOf({ hardness: 1 }), square, true);
  expect(guide.map(({ x, y }) => [x, y])).toEqual([square[0], square[3]]);
  expect(patch).toBeNull(); // two points go around nothing
});

test("a click, or a line back and forth, goes around nothing", async () => {
  expect((await lassoed(settingsOf(), [[10, 10]])).patch).toBeNull();
  const line = [
    [10, 10],
    [30, 30],
    [10, 10],
  ] as const;
  expect((await lassoed(settingsOf({ hardness: 1 }), line)).patch).toBeNull();
});
