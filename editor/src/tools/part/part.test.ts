import fc from "fast-check";
import { expect, test } from "vitest";
import { drawn, settingsOf, signal, touchAt } from "../../testing/drawn";
import { atOnce } from "../../document/paced";
import { fits, flood } from "./flood";
import { softReach } from "./grow";
import { colourIndex, likeness, oklab } from "./likeness";
import { part } from "./part";

type Rgb = readonly [number, number, number];
const [red, green, grey]: readonly Rgb[] = [
  [200, 40, 40],
  [40, 160, 60],
  [128, 128, 128],
] as const;

test("Oklab is Ottosson's: white, red and blue as he lists them", () => {
  const round = (colour: Rgb) => oklab(colour).map((value) => Math.round(value * 1000) / 1000 + 0);
  expect(round([255, 255, 255])).toEqual([1, 0, 0]);
  expect(round([255, 0, 0])).toEqual([0.628, 0.225, 0.126]);
  expect(round([0, 0, 255])).toEqual([0.452, -0.032, -0.312]);
});

test("likeness falls with the distance in Oklab, and takes in everything at 1", () => {
  const channel = fc.nat(255);
  fc.assert(
    fc.property(fc.tuple(channel, channel, channel), fc.tuple(channel, channel, channel), (a, b) => {
      const value = likeness(a, 0.25)[colourIndex(...b)]!;
      const [p, q] = [oklab(a), oklab(b)];
      const wanted = 2 - Math.hypot(p[0] - q[0], 2 * (p[1] - q[1]), 2 * (p[2] - q[2])) / 0.1;
      // A cell of the table is 4 levels wide, which is most in Oklab where it is dark.
      if (Math.min(...a, ...b) > 24)
        expect(Math.abs(value / 255 - Math.min(1, Math.max(0, wanted)))).toBeLessThan(0.25);
    }),
    { numRuns: 12 },
  );
  expect(likeness(red!, 1).every((value) => value === 255)).toBe(true);
});

test("the flood finds what a plain walk from pixel to pixel finds", () => {
  const alike = likeness(red!, 0.2);
  const cells = fc.array(fc.boolean(), { minLength: 12 * 9, maxLength: 12 * 9 });
  fc.assert(
    fc.property(cells, fc.nat(11), fc.nat(8), (colours, x, y) => {
      const { photo, matte } = drawn(
        12,
        9,
        () => 255,
        (u, v) => (colours[v * 12 + u] ? red! : green!),
      );
      const scene = { photo, alpha: matte.alpha, seedAlpha: 255, alike };
      const { mask, bounds } = atOnce(flood(scene, x, y));
      const walked = new Set([y * 12 + x]);
      for (const at of walked)
        for (const [next, stays] of [
          [at - 1, at % 12 > 0],
          [at + 1, at % 12 < 11],
          [at - 12, at >= 12],
          [at + 12, at < 96],
        ] as const)
          if (stays && fits(scene, next) >= 128) walked.add(next);
      expect([...mask.keys()].filter((at) => mask[at] === 255)).toEqual([...walked].sort((a, b) => a - b));
      expect([bounds.left, bounds.right - 1]).toEqual([
        Math.min(...[...walked].map((at) => at % 12)),
        Math.max(...[...walked].map((at) => at % 12)),
      ]);
    }),
    { numRuns: 100 },
  );
}, 60_000);

/** Two discs of subject: a red one at the left, a green one at the right, with soft rims. */
function discs(apart: number) {
  const far = (x: number, y: number, x0: number) => Math.hypot(x + 0.5 - x0, y + 0.5 - 60) - 30;
  return drawn(
    240,
    120,
    (x, y) => Math.max(0, Math.min(255, 128 - 64 * Math.min(far(x, y, 60), far(x, y, 60 + apart)))),
    (x, y) => (far(x, y, 60) < 0 ? red! : far(x, y, 60 + apart) < 0 ? green! : grey!),
  );
}

async function clicked(
  x: number,
  y: number,
  mode: "restore" | "erase",
  document = discs(100),
  tolerance = 0.25,
) {
  const working = document.matte.alpha.slice();
  const gesture = part().begin(document, working, settingsOf({ mode, tolerance }), touchAt(x, y));
  expect(gesture.move(touchAt(x + 50, y))).toBeNull();
  return { patch: await gesture.end(signal()), at: (u: number, v: number) => working[v * 240 + u]!, working };
}

test("dropping a part takes all of it, its soft rim too, and nothing else", async () => {
  const { at, working } = await clicked(50, 60, "erase");
  for (let y = 0; y < 120; y++)
    for (let x = 0; x < 110; x++) if (at(x, y) !== 0) expect.fail(`${at(x, y)} at ${x}, ${y}`);
  const before = discs(100).matte.alpha;
  for (let y = 0; y < 120; y++)
    for (let x = 125; x < 240; x++) if (working[y * 240 + x] !== before[y * 240 + x]) expect.fail();
});

test("of two parts that touch only the one of that colour goes", async () => {
  const { at } = await clicked(50, 60, "erase", discs(50));
  expect([at(40, 60), at(60, 60), at(120, 60), at(110, 60)]).toEqual([0, 0, 255, 255]);
  const both = await clicked(50, 60, "erase", discs(50), 1);
  expect([both.at(40, 60), both.at(120, 60)]).toEqual([0, 0]);
});

test("keeping a part of the background fills it up to the subject's rim", async () => {
  const { at } = await clicked(5, 5, "restore");
  expect([at(0, 0), at(120, 10), at(29, 60), at(30, 60), at(31, 60), at(60, 60)]).toEqual([
    255, 255, 255, 255, 255, 255,
  ]);
});

test("a click beside the photo does nothing", async () => {
  for (const [x, y] of [
    [-1, 5],
    [5, 120],
    [NaN, 5],
  ] as const)
    expect((await clicked(x, y, "erase")).patch).toBeNull();
});

test("an abort stops it before anything is painted", async () => {
  const document = discs(100);
  const gesture = part().begin(document, document.matte.alpha, settingsOf(), touchAt(5, 5));
  await expect(gesture.end(AbortSignal.abort())).rejects.toThrow(/abort/i);
});

test("a soft edge may be some pixels wide, more in a bigger photo", () => {
  expect([640, 6000, 20000].map((width) => softReach({ width, height: 10 }))).toEqual([6, 24, 32]);
});
