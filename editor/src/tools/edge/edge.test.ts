import { expect, test } from "vitest";
import { shares } from "../../document/selectors";
import { discAlpha, drawn, settingsOf, signal, touchAt } from "../../testing/drawn";
import { edge } from "./edge";

const document = drawn(300, 280, discAlpha(150, 140, 90));
const path = Array.from({ length: 60 }, (_, k) =>
  touchAt(150 + 90 * Math.cos(k / 9.5), 140 + 90 * Math.sin(k / 9.5)),
);

async function brushed(mode: "restore" | "erase", opacity = 1) {
  const working = document.matte.alpha.slice();
  const set = settingsOf({ mode, size: 60, hardness: 1, opacity });
  const gesture = edge().begin(document, working, set, path[0]!);
  for (const touch of path) gesture.move(touch);
  const patch = await gesture.end(signal());
  return { patch, working, between: shares({ ...document.matte, alpha: working }).between };
}

test("it softens the edge in one mode, hardens it in the other, and leaves the inside alone", async () => {
  const before = shares(document.matte).between;
  const [soft, hard] = [await brushed("erase"), await brushed("restore")];
  expect(soft.between).toBeGreaterThan(before);
  expect(hard.between).toBeLessThan(before);
  for (const { working } of [soft, hard]) {
    expect(working[140 * 300 + 150]).toBe(document.matte.alpha[140 * 300 + 150]);
    expect(working[0]).toBe(document.matte.alpha[0]);
  }
});

test("the subject's share stays what it was", async () => {
  const sum = (alpha: Uint8Array) => alpha.reduce((a, b) => a + b, 0);
  const before = sum(document.matte.alpha);
  for (const mode of ["erase", "restore"] as const)
    expect(Math.abs(sum((await brushed(mode)).working) / before - 1)).toBeLessThan(0.01);
});

test("a tile's border does not show in what it softens", async () => {
  // The same edge moved by 40 pixels, so that tiles end elsewhere, softens the same.
  const moved = drawn(340, 280, discAlpha(190, 140, 90));
  const flat = (x: number, y: number) => Math.max(0, Math.min(255, 128 - 20 * (Math.hypot(x, y) - 90)));
  const results = [];
  for (const [base, shift] of [
    [document, 0],
    [moved, 40],
  ] as const) {
    const { width, height } = base.matte;
    const plain = drawn(width, height, (x, y) => flat(x + 0.5 - 150 - shift, y + 0.5 - 140));
    const working = plain.matte.alpha;
    const set = settingsOf({ mode: "erase", size: 60, hardness: 1 });
    const gesture = edge().begin(plain, working, set, path[0]!);
    for (const touch of path) gesture.move(touchAt(touch.at.x + shift, touch.at.y));
    await gesture.end(signal());
    results.push((x: number, y: number) => working[y * width + x + shift]!);
  }
  for (let y = 0; y < 280; y++)
    for (let x = 0; x < 300; x++)
      if (Math.abs(results[0]!(x, y) - results[1]!(x, y)) > 1) expect.fail(`at ${x}, ${y}`);
});
