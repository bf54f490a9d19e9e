import { expect, it, vi } from "vitest";
import type { Matte, Photo } from "../../document/types";
import { solveWithin } from "./solve";

vi.setConfig({ testTimeout: 60_000 });

/** A subject of one material with an edge of some pixels, before a background of another. */
function scene(): { photo: Photo; truth: Matte } {
  const [width, height] = [400, 300];
  const pixels = new Uint8ClampedArray(4 * width * height).fill(255);
  const alpha = new Uint8ClampedArray(width * height);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const share = Math.min(1, Math.max(0, (85 - Math.hypot(x - 200, y - 150)) / 6 + 0.5));
      const grain = (x * 7 + y * 13) % 17;
      alpha[i] = share * 255;
      const mix = (front: number, back: number) => share * front + (1 - share) * back + grain;
      pixels.set([mix(190, 60), mix(100, 110 + y / 10), mix(60, 170), 255], 4 * i);
    }
  return {
    photo: { name: "scene", width, height, pixels, ownAlpha: null },
    truth: { width, height, alpha: new Uint8Array(alpha) },
  };
}

const { photo, truth } = scene();
const within = { left: 120, top: 60, right: 290, bottom: 220 };

/** The true matte with a rectangle of it lost or added, and a stroke through it. */
function broken(level: number, hole: typeof within, mark: number): { matte: Matte; marks: Matte } {
  const alpha = truth.alpha.slice();
  for (let y = hole.top; y < hole.bottom; y++) alpha.fill(level, y * 400 + hole.left, y * 400 + hole.right);
  const marks = new Uint8Array(alpha.length);
  const row = Math.round((hole.top + hole.bottom) / 2);
  for (let y = row - 3; y < row + 3; y++) marks.fill(mark, y * 400 + hole.left + 6, y * 400 + hole.right - 6);
  return { matte: { ...truth, alpha }, marks: { ...truth, alpha: marks } };
}

function error(alpha: Uint8Array, part: typeof within): number {
  let sum = 0;
  for (let y = part.top, i = 0; y < part.bottom; y++)
    for (let x = part.left; x < part.right; x++, i++) sum += Math.abs(alpha[i]! - truth.alpha[y * 400 + x]!);
  return sum / alpha.length;
}

const cut = ({ alpha }: Matte, part: typeof within) =>
  Uint8Array.from({ length: (part.right - part.left) * (part.bottom - part.top) }, (_, i) => {
    const wide = part.right - part.left;
    return alpha[(part.top + Math.floor(i / wide)) * 400 + part.left + (i % wide)]!;
  });

it.each([
  ["gives back a piece that was lost", 0, { left: 160, top: 90, right: 240, bottom: 160 }, 255],
  ["takes away a piece of the background", 255, { left: 126, top: 64, right: 150, bottom: 84 }, 1],
] as const)("%s from one stroke", (_name, level, hole, mark) => {
  const { matte, marks } = broken(level, hole, mark);
  const solved = solveWithin(photo, matte, marks, within);
  expect(solved.within).toEqual(within);
  if (process.env.SHOW) console.log(error(cut(matte, within), within), error(solved.alpha, within));
  expect(error(solved.alpha, within)).toBeLessThan(error(cut(matte, within), within) / 3);
  cut(marks, within).forEach((mark, i) => mark && expect(solved.alpha[i]).toBe(mark === 255 ? 255 : 0));
});

it("meets the old matte at its rim, and changes nothing without a mark", () => {
  const { matte, marks } = broken(0, { left: 160, top: 110, right: 240, bottom: 160 }, 255);
  const { alpha } = solveWithin(photo, matte, marks, within);
  const old = cut(matte, within);
  for (let x = 0; x < 170; x++) expect(Math.abs(alpha[x]! - old[x]!)).toBeLessThanOrEqual(1);
  const nothing = { ...truth, alpha: new Uint8Array(truth.alpha.length) };
  expect(solveWithin(photo, matte, nothing, within).alpha).toEqual(old);
});

it("cuts the rectangle at the photo's borders", () => {
  const { matte, marks } = broken(0, { left: 160, top: 110, right: 240, bottom: 160 }, 255);
  const { alpha, within } = solveWithin(photo, matte, marks, {
    left: -50,
    top: -9,
    right: 900,
    bottom: 290.5,
  });
  expect(within).toEqual({ left: 0, top: 0, right: 400, bottom: 291 });
  expect(alpha.length).toBe(400 * 291);
});
