import type { Page } from "@playwright/test";
import { expect, test } from "./canvas";

/** The largest difference between the canvas and straight alpha "over", mixed in this test, at one to one. */
function worstAtFullSize(page: Page, backdrop: "checker" | [number, number, number], density: number) {
  return page.evaluate(
    async ([backdrop, density]) => {
      const { lab } = window;
      const [width, height] = [300, 220];
      const photo = lab.drawnPhoto(width, height);
      const alpha = lab.drawnAlpha(width, height, 12);
      const renderer = lab.bare(340, 260, density, { tile: 128 });
      renderer.setPhoto(photo);
      renderer.setAlpha(alpha);
      const colour = backdrop === "checker" ? null : backdrop;
      renderer.setScene({
        view: lab.view(1 / density, 20, 20),
        backdrop: colour ? { kind: "colour", colour } : { kind: "checker" },
      });
      await lab.settled();
      const seen = lab.read(20 * density, 20 * density, width, height);
      let worst = 0;
      for (let y = 0, at = 0; y < height; y++)
        for (let x = 0; x < width; x++, at++) {
          const [sx, sy] = [Math.floor(x / density + 20) >> 3, Math.floor(y / density + 20) >> 3];
          const grey = (sx + sy) & 1 ? 214 : 255;
          const a = alpha[at]! / 255;
          for (let c = 0; c < 3; c++) {
            const right = photo.pixels[at * 4 + c]! * a + (colour?.[c] ?? grey) * (1 - a);
            worst = Math.max(worst, Math.abs(seen[at * 4 + c]! - right));
          }
          worst = Math.max(worst, 255 - seen[at * 4 + 3]!);
        }
      return { worst, kind: renderer.kind, errors: lab.canvas!.getContext("webgl2")!.getError() };
    },
    [backdrop, density] as const,
  );
}

for (const density of [1, 2])
  for (const [name, backdrop] of [
    ["black", [0, 0, 0]],
    ["white", [255, 255, 255]],
    ["magenta", [255, 0, 255]],
    ["checker", "checker"],
  ] as const)
    test(`is straight alpha over ${name} to 1/255 at one to one, ${density} device pixels`, async ({
      page,
    }) => {
      const given = typeof backdrop === "string" ? backdrop : ([...backdrop] as [number, number, number]);
      const { worst, kind, errors } = await worstAtFullSize(page, given, density);
      expect(kind).toBe("webgl2");
      expect(errors).toBe(0);
      expect(worst).toBeLessThanOrEqual(1);
    });

test("stays free of halos however small it is shown", async ({ page }) => {
  const least = await page.evaluate(async () => {
    const { lab } = window;
    const [width, height] = [700, 500];
    const photo = lab.drawnPhoto(width, height);
    const alpha = lab.drawnAlpha(width, height, 0.01);
    // A white subject cut out hard from black: over white there is nothing to see, at any scale.
    for (let at = 0; at < alpha.length; at++) photo.pixels.fill(alpha[at]! > 0 ? 255 : 0, at * 4, at * 4 + 3);
    alpha.forEach((value, at) => (alpha[at] = value > 0 ? 255 : 0));
    const renderer = lab.bare(700, 500, 1, { tile: 256 });
    renderer.setPhoto(photo);
    renderer.setAlpha(alpha);
    const found: number[] = [];
    for (const scale of [1, 0.8, 0.5, 0.37, 0.21, 0.1, 0.04]) {
      renderer.setScene({
        view: lab.view(scale, 0, 0),
        backdrop: { kind: "colour", colour: [255, 255, 255] },
      });
      await lab.settled();
      const seen = lab.read(0, 0, Math.floor(width * scale) - 1, Math.floor(height * scale) - 1);
      found.push(seen.reduce((least, value) => Math.min(least, value), 255));
    }
    return found;
  });
  for (const value of least) expect(value).toBeGreaterThanOrEqual(253);
});

test("is the mean of what it shows where it is made smaller", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const [width, height, by] = [640, 480, 4];
    const photo = lab.drawnPhoto(width, height);
    const alpha = lab.drawnAlpha(width, height, 15);
    const renderer = lab.bare(200, 150, 1, { tile: 256 });
    renderer.setPhoto(photo);
    renderer.setAlpha(alpha);
    const backdrop = { kind: "colour", colour: [255, 0, 255] } as const;
    renderer.setScene({ view: lab.view(1 / by, 0, 0), backdrop });
    await lab.settled();
    const pixels = lab.read(0, 0, width / by, height / by);
    let worst = 0;
    for (let y = 0; y < height / by; y++)
      for (let x = 0; x < width / by; x++)
        for (let c = 0; c < 3; c++) {
          let sum = 0;
          for (let i = 0; i < by * by; i++) {
            const at = (y * by + Math.floor(i / by)) * width + x * by + (i % by);
            const a = alpha[at]! / 255;
            sum += photo.pixels[at * 4 + c]! * a + backdrop.colour[c]! * (1 - a);
          }
          const there = pixels[(y * (width / by) + x) * 4 + c]!;
          worst = Math.max(worst, Math.abs(there - sum / by ** 2));
        }
    return worst;
  });
  expect(seen).toBeLessThanOrEqual(3);
});

test("shows a photo pixel as a square when zoomed in", async ({ page }) => {
  const same = await page.evaluate(async () => {
    const { lab } = window;
    const photo = lab.drawnPhoto(64, 48);
    const renderer = lab.bare(520, 400, 1);
    renderer.setPhoto(photo);
    renderer.setAlpha(new Uint8Array(64 * 48).fill(255));
    renderer.setScene({ view: lab.view(8, 3, 5) });
    await lab.settled();
    const seen = lab.read(3, 5, 512, 384);
    let wrong = 0;
    for (let y = 0; y < 384; y++)
      for (let x = 0; x < 512; x++)
        for (let c = 0; c < 3; c++) {
          const right = photo.pixels[((y >> 3) * 64 + (x >> 3)) * 4 + c]!;
          if (seen[(y * 512 + x) * 4 + c] !== right) wrong++;
        }
    return wrong;
  });
  expect(same).toBe(0);
});

test("shows what a stroke changed, and only that", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const renderer = lab.bare(400, 300, 1, { tile: 128 });
    const photo = lab.drawnPhoto(400, 300);
    const alpha = new Uint8Array(400 * 300).fill(255);
    renderer.setPhoto(photo);
    renderer.setAlpha(alpha);
    const out: Record<string, number> = {};
    for (const scale of [1, 0.5, 0.3]) {
      alpha.fill(255);
      renderer.setAlpha(alpha);
      renderer.setScene({ view: lab.view(scale, 0, 0), backdrop: { kind: "colour", colour: [0, 0, 0] } });
      await lab.settled();
      const [across, down] = [Math.floor(400 * scale), Math.floor(300 * scale)];
      const before = lab.read(0, 0, across, down);
      const rect = { left: 100, top: 90, right: 180, bottom: 150 };
      for (let y = rect.top; y < rect.bottom; y++) alpha.fill(0, y * 400 + rect.left, y * 400 + rect.right);
      renderer.setAlpha(alpha, rect);
      await lab.settled();
      const after = lab.read(0, 0, across, down);
      renderer.setScene({});
      await lab.settled();
      const whole = lab.read(0, 0, across, down);
      let [outside, inside, partial] = [0, 0, 0];
      for (let at = 0; at < after.length; at += 4) {
        const [x, y] = [((at / 4) % across) / scale, Math.floor(at / 4 / across) / scale];
        if (x > 105 && x < 172 && y > 95 && y < 142) inside = Math.max(inside, after[at]!, after[at + 2]!);
        else if (x < 92 || x > 184 || y < 82 || y > 154)
          outside = Math.max(outside, Math.abs(after[at]! - before[at]!));
        partial = Math.max(partial, Math.abs(after[at]! - whole[at]!));
      }
      Object.assign(out, {
        [`${scale} outside`]: outside,
        [`${scale} inside`]: inside,
        [`${scale} partial`]: partial,
      });
    }
    return out;
  });
  for (const [name, value] of Object.entries(seen)) expect(value, name).toBe(0);
});

test("splits at a place: the original left of it, the cutout right of it", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const renderer = lab.bare(200, 100, 2, { tile: 128 });
    const photo = lab.drawnPhoto(400, 200);
    const alpha = new Uint8Array(400 * 200);
    renderer.setPhoto(photo);
    renderer.setAlpha(alpha);
    renderer.setScene({
      view: lab.view(0.5, 0, 0),
      split: 0.25,
      backdrop: { kind: "colour", colour: [9, 8, 7] },
    });
    await lab.settled();
    const row = lab.read(0, 50, 400, 1);
    const wrong = { before: 0, after: 0 };
    for (let x = 0; x < 400; x++)
      for (let c = 0; c < 3; c++) {
        if (x < 100 && row[x * 4 + c] !== photo.pixels[(50 * 400 + x) * 4 + c]) wrong.before++;
        if (x >= 100 && row[x * 4 + c] !== [9, 8, 7][c]) wrong.after++;
      }
    return wrong;
  });
  expect(seen).toEqual({ before: 0, after: 0 });
});
