import fc from "fast-check";
import { expect, test } from "vitest";
import { differing } from "./differing";

test("the rectangle of what differs is the smallest one", () => {
  const cases = fc
    .record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }) })
    .chain((size) =>
      fc.tuple(
        fc.constant(size),
        fc.array(fc.nat(size.width * size.height - 1), { maxLength: 5 }),
        fc.nat(3),
      ),
    );
  fc.assert(
    fc.property(cases, ([size, places, shift]) => {
      const count = size.width * size.height;
      const a = new Uint8Array(count + shift).subarray(shift).fill(7);
      const b = a.slice();
      for (const at of places) b[at] = 9;
      const [columns, rows] = [
        places.map((at) => at % size.width),
        places.map((at) => Math.floor(at / size.width)),
      ];
      const right = places.length
        ? {
            left: Math.min(...columns),
            top: Math.min(...rows),
            right: Math.max(...columns) + 1,
            bottom: Math.max(...rows) + 1,
          }
        : null;
      expect(differing(a, b, size)).toEqual(right);
    }),
  );
});

test("two mattes of 24 megapixels are compared well before a frame is missed twice", () => {
  const size = { width: 6000, height: 4000 };
  const a = new Uint8Array(24e6);
  const b = a.slice();
  b[1000 * 6000 + 3000] = 1;
  b[1300 * 6000 + 3300] = 1;
  const started = performance.now();
  expect(differing(a, b, size)).toEqual({ left: 3000, top: 1000, right: 3301, bottom: 1301 });
  console.log(`24 MP compared in ${(performance.now() - started).toFixed(1)} ms`);
});
