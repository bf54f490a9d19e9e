import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { imagePoint, screenPoint } from "./points";
import { aligned, fit, kept, panned, rectOnScreen, toImage, toScreen, zoomed, type View } from "./view";

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const views = fc
  .record({ scale: number(0.01, 64), x: number(-1e4, 1e4), y: number(-1e4, 1e4) })
  .map(({ scale, x, y }): View => ({ scale, offset: screenPoint(x, y) }));
const places = fc.record({ x: number(-2e4, 2e4), y: number(-2e4, 2e4) });
const sizes = fc.record({
  width: fc.integer({ min: 1, max: 12000 }),
  height: fc.integer({ min: 1, max: 12000 }),
});
const canvases = fc.record({ width: number(60, 4000), height: number(60, 4000) });

describe("a view", () => {
  test("goes to the screen and back", () => {
    fc.assert(
      fc.property(views, places, (view, { x, y }) => {
        const back = toImage(view, toScreen(view, imagePoint(x, y)));
        expect(back.x).toBeCloseTo(x, 4);
        expect(back.y).toBeCloseTo(y, 4);
      }),
    );
  });

  test("keeps what is under the pointer when it zooms", () => {
    fc.assert(
      fc.property(views, places, number(0.05, 20), (view, { x, y }, factor) => {
        const at = screenPoint(x, y);
        const still = toScreen(zoomed(view, at, factor), toImage(view, at));
        expect(still.x).toBeCloseTo(x, 4);
        expect(still.y).toBeCloseTo(y, 4);
      }),
    );
  });

  test("zooms between 1 % and 64 times", () => {
    fc.assert(
      fc.property(views, number(1e-6, 1e6), (view, factor) => {
        const { scale } = zoomed(view, screenPoint(0, 0), factor);
        expect(scale).toBeGreaterThanOrEqual(0.01);
        expect(scale).toBeLessThanOrEqual(64);
      }),
    );
  });

  test("fits the photo into the canvas, in its middle, and never larger than it is", () => {
    fc.assert(
      fc.property(sizes, canvases, (photo, canvas) => {
        const view = fit(photo, canvas);
        const on = rectOnScreen(view, { left: 0, top: 0, right: photo.width, bottom: photo.height });
        expect(on.left + on.right).toBeCloseTo(canvas.width, 6);
        expect(on.top + on.bottom).toBeCloseTo(canvas.height, 6);
        expect(view.scale).toBeLessThanOrEqual(1);
        if (view.scale > 1e-3) expect(on.left).toBeGreaterThanOrEqual(24 - 1e-6);
      }),
    );
  });

  test("always leaves some of the photo on the canvas, and leaves alone what does", () => {
    fc.assert(
      fc.property(views, sizes, canvases, (view, photo, canvas) => {
        const near = kept(view, photo, canvas);
        const on = rectOnScreen(near, { left: 0, top: 0, right: photo.width, bottom: photo.height });
        const least = Math.min(48, canvas.width / 2, photo.width * view.scale) - 1e-6;
        expect(Math.min(on.right, canvas.width) - Math.max(on.left, 0)).toBeGreaterThanOrEqual(least);
        const again = kept(near, photo, canvas);
        expect(again.offset.x).toBeCloseTo(near.offset.x, 6);
        expect(again.offset.y).toBeCloseTo(near.offset.y, 6);
      }),
    );
  });

  test("is aligned by less than a device pixel, at whole zooms only", () => {
    fc.assert(
      fc.property(
        views,
        fc.constantFrom(1, 1.5, 2, 3),
        fc.integer({ min: 1, max: 8 }),
        (view, density, whole) => {
          const at = { ...view, scale: whole / density };
          const { offset } = aligned(at, density);
          expect(offset.x * density).toBeCloseTo(Math.round(offset.x * density), 6);
          expect(Math.abs(offset.x - at.offset.x) * density).toBeLessThanOrEqual(0.5 + 1e-6);
          const between = { ...view, scale: (whole + 0.5) / density };
          expect(aligned(between, density)).toBe(between);
        },
      ),
    );
  });

  test("is moved by what it is panned by", () => {
    const view = panned({ scale: 2, offset: screenPoint(1, 2) }, 3, 4);
    expect(toScreen(view, imagePoint(5, 6))).toEqual(screenPoint(14, 18));
  });
});
