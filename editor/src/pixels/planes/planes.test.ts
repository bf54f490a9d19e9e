import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gaussian } from "./blur";
import { chamfer, exact } from "./distance";
import { extreme, near } from "./morph";
import { plane, round, type Plane } from "./plane";
import { linear, resize, shrinkPlane } from "./resize";
import { regions } from "./regions";
import { inverted, warped, type Affine } from "./warp";

const sides = fc.integer({ min: 1, max: 24 });
const planes = fc
  .tuple(sides, sides, fc.integer({ min: 1, max: 2 ** 31 - 1 }))
  .map(([width, height, seed]) => noise(width, height, seed));

/** Numbers in [0, 1], half of them 0. */
function noise(width: number, height: number, seed: number): Plane {
  const result = plane(width, height);
  let state = seed >>> 0;
  for (let i = 0; i < result.data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    result.data[i] = state < 2 ** 31 ? 0 : (state - 2 ** 31) / 2 ** 31;
  }
  return result;
}

const mean = ({ data }: Plane) => data.reduce((sum, v) => sum + v, 0) / data.length;

describe("resizing", () => {
  it("keeps a constant, and by areas the mean", () => {
    fc.assert(
      fc.property(planes, sides, sides, (from, width, height) => {
        const even = plane(
          from.width,
          from.height,
          from.data.map(() => 0.7),
        );
        for (const made of [resize(even, width, height), linear(even, width, height)])
          expect(Math.max(...made.data.map((v) => Math.abs(v - 0.7)))).toBeLessThan(1e-5);
        const [w, h] = [Math.min(width, from.width), Math.min(height, from.height)];
        expect(mean(shrinkPlane(from, w, h))).toBeCloseTo(mean(from), 4);
      }),
    );
  });

  it("never leaves the range of what it is given", () => {
    fc.assert(
      fc.property(planes, sides, sides, (from, width, height) => {
        const made = resize(from, width, height);
        expect(Math.max(...made.data)).toBeLessThanOrEqual(Math.max(...from.data) + 1e-6);
        expect(Math.min(...made.data)).toBeGreaterThanOrEqual(Math.min(...from.data) - 1e-6);
      }),
    );
  });
});

describe("neighbourhoods", () => {
  it("finds the largest value and what is near by looking everywhere", () => {
    fc.assert(
      fc.property(planes, fc.integer({ min: 0, max: 5 }), (from, radius) => {
        const { width, height, data } = from;
        const [most, close] = [extreme(from, radius), near(from, radius)];
        for (let y = 0; y < height; y++)
          for (let x = 0; x < width; x++) {
            let best = 0;
            for (let j = Math.max(0, y - radius); j <= Math.min(height - 1, y + radius); j++)
              for (let i = Math.max(0, x - radius); i <= Math.min(width - 1, x + radius); i++)
                best = Math.max(best, data[j * width + i]!);
            expect(most.data[y * width + x]).toBe(best);
            expect(close[y * width + x]).toBe(best > 0 ? 1 : 0);
          }
      }),
    );
  });

  it("blurs without losing light inside, and loses it only past an edge of zeros", () => {
    const dot = plane(41, 41);
    dot.data[20 * 41 + 20] = 1;
    expect(mean(gaussian(dot, 3, "zero")) * 41 * 41).toBeCloseTo(1, 4);
    const even = plane(9, 5, new Float32Array(45).fill(1));
    expect(Math.min(...gaussian(even, 2, "replicate").data)).toBeCloseTo(1, 5);
    expect(gaussian(even, 2, "zero").data[0]).toBeLessThan(0.5);
  });
});

describe("distances", () => {
  it("is exact, and its chamfers are near it", () => {
    fc.assert(
      fc.property(planes, (from) => {
        const mask = Uint8Array.from(from.data, (v) => (v > 0 ? 1 : 0));
        fc.pre(mask.includes(0));
        const { width, height } = from;
        const true_ = exact(mask, width, height);
        const [three, five] = [chamfer(mask, width, height, 3), chamfer(mask, width, height, 5)];
        const zeros = [...mask.keys()].filter((i) => !mask[i]);
        mask.forEach((_, i) => {
          const far = (o: number) =>
            Math.hypot((o % width) - (i % width), Math.floor(o / width) - Math.floor(i / width));
          const least = Math.min(...zeros.map(far));
          expect(true_.data[i]).toBeCloseTo(least, 4);
          expect(Math.abs(three.data[i]! - least)).toBeLessThanOrEqual(0.1 * least);
          expect(Math.abs(five.data[i]! - least)).toBeLessThanOrEqual(0.03 * least);
        });
      }),
    );
  });
});

it("measures no distance through the end of a row and the start of the next", () => {
  const [width, height] = [40, 9];
  const mask = Uint8Array.from({ length: width * height }, (_, i) => (i % width ? 1 : 0));
  for (const reach of [3, 5] as const) {
    const last = chamfer(mask, width, height, reach).data[5 * width - 1]!;
    expect(Math.abs(last - (width - 1))).toBeLessThan(0.1 * width);
  }
});

it("tells apart what does not hang together", () => {
  const mask = Uint8Array.of(1, 0, 1, 0, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1);
  const { labels, count } = regions(mask, 4, 4);
  expect(count).toBe(2);
  expect(labels[6]).toBe(labels[9]);
  expect(labels[0]).not.toBe(labels[2]);
  expect(labels[1]).toBe(0);
});

it("warps back by the inverse map", () => {
  const map: Affine = [0.9, 0.1, 2, -0.05, 1.1, -1];
  const ramp = plane(
    30,
    30,
    Float32Array.from({ length: 900 }, (_, i) => (i % 30) + Math.floor(i / 30)),
  );
  const back = warped(warped(ramp, map, 30, 30, "replicate"), inverted(map), 30, 30, "replicate");
  for (let y = 10; y < 20; y++)
    for (let x = 10; x < 20; x++) expect(back.data[y * 30 + x]).toBeCloseTo(x + y, 3);
});

it("rounds halves to even, as Python does", () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6].map(round).map((v) => v + 0)).toEqual([0, 2, 2, 0, -2, 2, 3]);
});
