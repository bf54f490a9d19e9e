import fc from "fast-check";
import { expect, test } from "vitest";
import { cropped } from "../geometry/rects";
import { changedRect } from "../testing/drawn";
import { difference, recordTiles, writePatch } from "./tiles";

const size = { width: 530, height: 300 };
const noise = (): Uint8Array =>
  Uint8Array.from({ length: size.width * size.height }, (_, k) => (k * 2654435761) >>> 24);
const rects = fc
  .tuple(fc.nat(size.width - 1), fc.nat(size.height - 1), fc.nat(size.width - 1), fc.nat(size.height - 1))
  .map(([a, b, c, d]) => ({
    left: Math.min(a, c),
    top: Math.min(b, d),
    right: Math.max(a, c) + 1,
    bottom: Math.max(b, d) + 1,
  }));

test("a patch takes back and does again exactly what was painted, and its bounds are tight", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(rects, fc.nat(255)), { minLength: 1, maxLength: 4 }), (fills) => {
      const before = noise();
      const now = before.slice();
      const recorder = recordTiles(now, size);
      for (const [rect, value] of fills) {
        recorder.touch(rect);
        for (let y = rect.top; y < rect.bottom; y++)
          now.fill(value, y * size.width + rect.left, y * size.width + rect.right);
      }
      const after = now.slice();
      const patch = recorder.finish();
      expect(patch?.bounds ?? null).toEqual(changedRect(before, after, size.width));
      if (!patch) return;
      const kept = patch.tiles.flatMap((t) => [t.before.buffer.byteLength, t.after.buffer.byteLength]);
      expect(patch.bytes).toBe(kept.reduce((a, b) => a + b, 0));
      writePatch(now, size, patch, "before");
      expect(Buffer.compare(now, before)).toBe(0);
      writePatch(now, size, patch, "after");
      expect(Buffer.compare(now, after)).toBe(0);
      const compared = difference(before, after, size)!;
      expect([compared.bounds, compared.bytes]).toEqual([patch.bounds, patch.bytes]);
      recorder.restore();
      expect(Buffer.compare(now, before)).toBe(0);
    }),
    { numRuns: 20 },
  );
}, 60_000);

test("what was there before stays readable while it is painted over", () => {
  const before = noise();
  const now = before.slice();
  const recorder = recordTiles(now, size);
  recorder.touch({ left: 100, top: 20, right: 300, bottom: 40 });
  for (let y = 0; y < 256; y++) now.fill(7, y * size.width, y * size.width + 512);
  const rect = { left: 90, top: 10, right: 525, bottom: 290 };
  expect(Buffer.compare(recorder.was(rect), cropped(before, size.width, rect))).toBe(0);
});

test("painting what is already there is no change", () => {
  const now = noise();
  const recorder = recordTiles(now, size);
  recorder.touch({ left: 0, top: 0, right: size.width, bottom: size.height });
  expect(recorder.finish()).toBeNull();
});
