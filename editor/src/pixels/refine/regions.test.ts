import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { plane, type Plane } from "../planes/plane";
import { keepLargest, removeSpecks } from "./regions";

vi.setConfig({ testTimeout: 60_000 });

/** Squares of one alpha: left, top, side. */
function squares(width: number, height: number, ...all: [number, number, number, number?][]): Plane {
  const result = plane(width, height);
  for (const [left, top, side, alpha = 1] of all)
    for (let y = top; y < top + side; y++) result.data.fill(alpha, y * width + left, y * width + left + side);
  return result;
}

describe("subjects", () => {
  const two = () => squares(60, 40, [4, 4, 20], [40, 10, 8], [50, 30, 2]);

  it("keeps the largest with its own alpha exactly, and nothing else", () => {
    expect(keepLargest(two())).toEqual(squares(60, 40, [4, 4, 20]));
  });

  it("removes what is smaller than a share of the largest", () => {
    // 20² = 400 pixels, 8² = 64 and 2² = 4
    expect(removeSpecks(two(), 0.01)).toEqual(two());
    expect(removeSpecks(two(), 0.0101)).toEqual(squares(60, 40, [4, 4, 20], [40, 10, 8]));
    expect(removeSpecks(two(), 0.17)).toEqual(squares(60, 40, [4, 4, 20]));
  });

  it("takes no haze for a subject, however large, and keeps what hangs together at a corner", () => {
    const haze = squares(60, 40, [0, 0, 30, 0.4], [40, 4, 6], [46, 10, 6]);
    expect(keepLargest(haze)).toEqual(squares(60, 40, [40, 4, 6], [46, 10, 6]));
    expect(keepLargest(squares(20, 20, [2, 2, 9, 0.4], [14, 14, 3, 0.3])).data).toContain(Math.fround(0.3));
  });

  it("gives each subject the haze that is nearest to it, with no seam", () => {
    const veil = squares(80, 20, [0, 0, 20, 0.05], [20, 0, 20, 0.05], [40, 0, 20, 0.05], [60, 0, 20, 0.05]);
    for (const [left, side] of [
      [2, 12],
      [66, 10],
    ] as const)
      for (let y = 4; y < 4 + side; y++) veil.data.fill(1, y * 80 + left, y * 80 + left + side);
    const row = keepLargest(veil).data.subarray(10 * 80 + 14, 11 * 80);
    expect(row[0]).toBeCloseTo(0.05);
    expect(row.at(-1)).toBe(0);
    for (let x = 1; x < row.length; x++) expect(row[x - 1]! - row[x]!).toBeLessThan(0.02); // at once it would be 0.05
  });

  it("never makes anything more opaque, at any size", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 23 }),
        fc.integer({ min: 1, max: 23 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.infiniteStream(fc.constantFrom(0, 0, 0, 0.05, 0.3, 1)),
        (width, height, share, values) => {
          const alpha = plane(width, height);
          for (let i = 0; i < alpha.data.length; i++) alpha.data[i] = values.next().value;
          for (const made of [keepLargest(alpha), removeSpecks(alpha, share)])
            expect(made.data.every((v, i) => v >= 0 && v <= alpha.data[i]!)).toBe(true);
        },
      ),
    );
  });
});
