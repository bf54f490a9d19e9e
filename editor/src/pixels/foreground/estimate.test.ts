import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { difference, drawn, load, matteOf, photoOf, unpack } from "../fixtures";
import { fromBytes, picture, plane } from "../planes/plane";
import { estimateForeground } from "./estimate";

vi.setConfig({ testTimeout: 60_000 });

type Packed = Parameters<typeof unpack>[0];
const recorded = load<{ photo: Packed; matte: Packed; foreground: Packed }>("photo");
const photo = photoOf(unpack(recorded.photo));
const matte = matteOf(unpack(recorded.matte));

it("estimates the colours that Python estimates", () => {
  const made = estimateForeground(photo, fromBytes(matte.alpha, matte.width, matte.height));
  const got = { width: made.width, data: made.pixels, stride: 4 };
  const soft = (i: number) => matte.alpha[i]! > 0 && matte.alpha[i]! < 255;
  expect(difference(got, unpack(recorded.foreground), 1, soft).mean).toBeLessThan(0.05);
  expect(difference(got, unpack(recorded.foreground)).most).toBeLessThanOrEqual(1);
});

it("keeps the photo's own values where the subject is opaque, and no old background at its edge", () => {
  const { photo, matte } = drawn(300, 200);
  const made = estimateForeground(photo, fromBytes(matte.alpha, 300, 200));
  let [sum, count] = [0, 0];
  matte.alpha.forEach((alpha, i) => {
    const truth = 200 - Math.floor(((i % 300) * 60) / 300);
    if (alpha === 255) expect(made.pixels[4 * i]).toBe(photo.pixels[4 * i]);
    if (alpha < 64 || alpha === 255) return;
    sum += Math.abs(made.pixels[4 * i]! - truth);
    count++;
  });
  expect(sum / count).toBeLessThan(3);
});

it("keeps one colour one colour at every alpha", () => {
  const sides = fc.integer({ min: 1, max: 40 });
  const colours = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(
      sides,
      sides,
      colours,
      fc.infiniteStream(fc.integer({ min: 1, max: 255 })),
      (w, h, colour, levels) => {
        const even = picture(w, h);
        for (let i = 0; i < w * h; i++) even.pixels.set([...colour, 255], 4 * i);
        const alpha = plane(
          w,
          h,
          Float32Array.from({ length: w * h }, () => levels.next().value / 255),
        );
        const made = estimateForeground(even, alpha);
        for (let i = 0; i < w * h; i++)
          for (let k = 0; k < 3; k++)
            expect(Math.abs(made.pixels[4 * i + k]! - colour[k]!)).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 40 },
  );
});
