import { expect, test } from "vitest";
import { discAlpha, drawn, settingsOf, signal, touchAt } from "../../testing/drawn";
import { smart, type Solve } from "./smart";

const [width, height] = [400, 300];
const disc = discAlpha(200, 150, 70);
const dark = (x: number, y: number) => Math.hypot(x + 0.5 - 200, y + 0.5 - 150) < 90;
const document = drawn(width, height, disc, (x, y) => (dark(x, y) ? [20, 30, 40] : [220, 210, 200]));

/** A small solver: what is as dark as the mean of the marks of subject is subject. */
const byColour: Solve = async (_, { photo, matte, marks, within }) => {
  expect([matte.width, marks.width, photo.pixels.length]).toEqual([
    photo.width,
    photo.width,
    4 * photo.width * photo.height,
  ]);
  const across = within.right - within.left;
  const alpha = new Uint8Array(across * (within.bottom - within.top));
  const subject = [...marks.alpha.keys()].filter((at) => marks.alpha[at] === 255);
  const mean = subject.reduce((sum, at) => sum + photo.pixels[4 * at]!, 0) / subject.length;
  for (const at of alpha.keys()) {
    const from = (within.top + Math.floor(at / across)) * photo.width + within.left + (at % across);
    alpha[at] = Math.abs(photo.pixels[4 * from]! - mean) < 60 ? 255 : 0;
  }
  return { alpha, within };
};

const stroke = [touchAt(200, 60), touchAt(240, 75)];

function begun(solve: Solve, mode: "restore" | "erase" = "restore") {
  const working = document.matte.alpha.slice();
  const gesture = smart(solve).begin(document, working, settingsOf({ size: 16, mode }), stroke[0]!);
  for (const touch of stroke) gesture.move(touch);
  return { working, gesture, at: (x: number, y: number) => working[y * width + x]! };
}

test("the stroke is seen while it is drawn; then the edge near it is where the solver finds it", async () => {
  const { working, gesture, at } = begun(byColour);
  expect(at(200, 60)).toBe(255);
  expect(at(225, 66)).toBe(255);
  const patch = (await gesture.end(signal()))!;
  expect([at(200, 70), at(200, 62), at(200, 45)]).toEqual([255, 255, disc(200, 45)]);
  expect(at(200, 240)).toBe(disc(200, 240));
  gesture.cancel();
  expect(Buffer.compare(working, document.matte.alpha)).toBe(0);
  expect(patch.bounds.bottom).toBeLessThan(150);
});

test("marks hold, whatever the solver says", async () => {
  for (const mode of ["restore", "erase"] as const) {
    const wrong: Solve = async (_, { within }) => ({
      alpha: new Uint8Array((within.right - within.left) * (within.bottom - within.top)).fill(
        mode === "restore" ? 0 : 255,
      ),
      within,
    });
    const { gesture, at } = begun(wrong, mode);
    await gesture.end(signal());
    expect(at(200, 60)).toBe(mode === "restore" ? 255 : 0);
  }
});

test("background is marked 1, and only a piece of the photo is sent", async () => {
  let taken: Parameters<Solve>[1] | null = null;
  const { gesture } = begun(async (_, takes) => {
    taken = takes;
    const { width: across, height: down, alpha } = takes.matte;
    return { alpha, within: { left: 0, top: 0, right: across, bottom: down } };
  }, "erase");
  await gesture.end(signal());
  const { marks, photo, matte, within } = taken!;
  expect(new Set(marks.alpha)).toEqual(new Set([0, 1]));
  expect(photo.width).toBe(200); // of 400
  const [left, top] = [192 - 64 - 8, 0]; // the stroke's end less the room around it and what is sent beyond
  expect(within).toEqual({ left: 8, top: 0, right: photo.width - 8, bottom: photo.height - 8 });
  expect(matte.alpha[10 * matte.width + 20]).toBe(disc(left + 20, top + 10)); // as it was before the stroke
  expect(photo.pixels[4 * (10 * photo.width + 20)]).toBe(dark(left + 20, top + 10) ? 20 : 220);
});

test("a solver that fails, is aborted or answers nonsense leaves everything as it was", async () => {
  const failing: [Solve, AbortSignal][] = [
    [() => Promise.reject(new Error("no memory")), signal()],
    [async (_, { within }) => ({ alpha: new Uint8Array(3), within }), signal()],
    [byColour, AbortSignal.abort()],
    [
      (asked) =>
        new Promise((_, reject) => asked.addEventListener("abort", () => reject(asked.reason as Error))),
      AbortSignal.timeout(20),
    ],
  ];
  for (const [solve, stop] of failing) {
    const { gesture, working } = begun(solve);
    await expect(gesture.end(stop)).rejects.toThrow();
    expect(Buffer.compare(working, document.matte.alpha)).toBe(0);
  }
});

test("a stroke outside the photo asks nothing", async () => {
  const never: Solve = () => Promise.reject(new Error("asked"));
  const gesture = smart(never).begin(document, document.matte.alpha, settingsOf(), touchAt(-500, -500));
  expect(await gesture.end(signal())).toBeNull();
});
