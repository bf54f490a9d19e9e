import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Rect } from "../geometry/points";
import { common, wholeOf } from "../geometry/rects";
import { atLevel, layOut, levelCount, levelFor, levelSizes, reduction, textureBytes, uploads } from "./plan";

const sizes = fc.record({
  width: fc.integer({ min: 1, max: 300 }),
  height: fc.integer({ min: 1, max: 300 }),
});
const tiles = fc.constantFrom(64, 128, 256);
const reductions = fc.constantFrom(1, 2, 4);
const changes = fc
  .tuple(...Array.from({ length: 4 }, () => fc.integer({ min: -50, max: 350 })))
  .map(([x, y, u, v]): Rect => {
    const [left, right] = [Math.min(x!, u!), Math.max(x!, u!)];
    return { left, top: Math.min(y!, v!), right, bottom: Math.max(y!, v!) };
  });
const area = (r: Rect) => (r.right - r.left) * (r.bottom - r.top);

describe("a plan", () => {
  test("covers every pixel with one tile", () => {
    fc.assert(
      fc.property(sizes, tiles, (size, tile) => {
        const plan = layOut(size, tile, 1);
        expect(plan.tiles.reduce((sum, rect) => sum + area(rect), 0)).toBe(size.width * size.height);
        const overlaps = plan.tiles.some((a, i) => plan.tiles.slice(i + 1).some((b) => common(a, b)));
        expect(overlaps).toBe(false);
      }),
    );
  });

  test("uploads every changed pixel once, in its own tile, and none twice", () => {
    fc.assert(
      fc.property(sizes, tiles, reductions, changes, (size, tile, reduced, changed) => {
        const plan = layOut(size, tile, reduced);
        const found = uploads(plan, changed);
        const inside = common(changed, wholeOf(size));
        const covered = found.reduce((sum, { rect }) => sum + area(common(rect, inside ?? rect) ?? zero), 0);
        expect(covered).toBe(inside ? area(inside) : 0);
        expect(new Set(found.map(({ index }) => index)).size).toBe(found.length);
        for (const { index, rect } of found) {
          const own = plan.tiles[index]!;
          expect(common(rect, own)).toEqual(rect);
          // Whole texels, so that a reduced copy sees every pixel that a texel stands for.
          expect((rect.left - own.left) % reduced).toBe(0);
          expect((rect.top - own.top) % reduced).toBe(0);
          expect(rect.right === own.right || (rect.right - own.left) % reduced === 0).toBe(true);
        }
      }),
    );
  });

  test("touches few tiles for a stroke and all for a new matte", () => {
    const plan = layOut({ width: 6000, height: 4000 }, 2048, 1);
    expect(plan.tiles).toHaveLength(6);
    const dab = { left: 2000, top: 100, right: 2300, bottom: 400 };
    expect(uploads(plan, dab).map(({ index }) => index)).toEqual([0, 1]);
    expect(uploads(plan, wholeOf(plan))).toHaveLength(6);
    expect(uploads(plan, { left: 6000, top: 0, right: 6100, bottom: 10 })).toEqual([]);
  });

  test("has as many levels in every tile, each half the one before", () => {
    fc.assert(
      fc.property(sizes, tiles, reductions, (size, tile, reduced) => {
        const plan = layOut(size, tile, reduced);
        for (const rect of plan.tiles) {
          const levels = levelSizes(plan, rect);
          expect(levels).toHaveLength(levelCount(plan));
          const last = levels.at(-1)!;
          expect(Math.max(last.width, last.height)).toBeLessThanOrEqual(16);
          for (const [i, { width }] of levels.slice(1).entries())
            expect(width).toBe(Math.ceil(levels[i]!.width / 2));
        }
      }),
    );
  });

  test("updates every texel of a level that a change reaches", () => {
    fc.assert(
      fc.property(
        changes.filter((r) => r.left >= 0 && r.top >= 0 && area(r) > 0),
        fc.nat(6),
        (rect, level) => {
          const texels = atLevel(rect, level);
          expect(texels.left << level).toBeLessThanOrEqual(rect.left);
          expect(texels.right << level).toBeGreaterThanOrEqual(rect.right);
          expect((texels.right - 1) << level).toBeLessThan(rect.right);
        },
      ),
    );
  });

  test("shows a level whose texels are between half a device pixel and a whole one", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 64, noNaN: true }), (texel) => {
        const shown = texel * 2 ** levelFor(texel, 20);
        if (texel <= 1) expect(shown).toBeGreaterThan(0.5 - 1e-6);
        if (texel <= 1) expect(shown).toBeLessThanOrEqual(1 + 1e-6);
        else expect(shown).toBe(texel);
      }),
    );
  });

  test("reduces a photo only where memory asks for it", () => {
    const mb = 2 ** 20;
    expect(reduction({ width: 6000, height: 4000 }, 340 * mb)).toBe(1);
    expect(reduction({ width: 12000, height: 8400 }, 340 * mb)).toBe(2);
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1e5, max: 1e8 }), (size, budget) => {
        const by = reduction(size, budget);
        expect(by === 16 || textureBytes(size, by) <= budget).toBe(true);
        expect(by === 1 || textureBytes(size, by / 2) > budget).toBe(true);
      }),
    );
  });
});

const zero: Rect = { left: 0, top: 0, right: 0, bottom: 0 };
