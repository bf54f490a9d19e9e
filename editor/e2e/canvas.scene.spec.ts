import { expect, test } from "./canvas";

test("shows the matte, the original, a gradient and the uncertain edge", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const renderer = lab.bare(256, 64, 1);
    const photo = lab.drawnPhoto(256, 64);
    const alpha = Uint8Array.from({ length: 256 * 64 }, (_, at) => at % 256);
    renderer.setPhoto(photo);
    renderer.setAlpha(alpha);
    const row = async () => {
      await lab.settled();
      return lab.read(0, 32, 256, 1);
    };
    renderer.setScene({ show: "matte", still: true });
    const matte = await row();
    renderer.setScene({ show: "original" });
    const original = await row();
    renderer.setScene({ show: "matte", highlight: true });
    const soft = await row();
    renderer.setAlpha(new Uint8Array(256 * 64));
    const ramp = new Uint8Array([255, 0, 0, 255, 0, 0, 255, 255]);
    renderer.setScene({
      show: "cutout",
      highlight: false,
      backdrop: { kind: "gradient", ramp, angle: 90, centre: [0.5, 0.5] },
    });
    const gradient = await row();
    const at = (pixels: number[], x: number) => pixels.slice(x * 4, x * 4 + 3);
    return {
      matte: Array.from({ length: 256 }, (_, x) => Math.abs(matte[x * 4]! - x)).reduce((a, b) =>
        Math.max(a, b),
      ),
      original: original.filter((value, i) => value !== photo.pixels[32 * 256 * 4 + i]).length,
      coloured: Array.from({ length: 256 }, (_, x) => soft[x * 4]! - soft[x * 4 + 2]! > 20),
      gradient: [at(gradient, 2), at(gradient, 253)],
    };
  });
  expect(seen.matte).toBeLessThanOrEqual(1);
  expect(seen.original).toBe(0);
  // 0.02 and 0.98 of 255 are 5.1 and 249.9.
  expect(seen.coloured.indexOf(true)).toBe(6);
  expect(seen.coloured.lastIndexOf(true)).toBe(249);
  const [left, right] = seen.gradient as [number[], number[]];
  expect(left[0]! - left[2]!).toBeGreaterThan(200);
  expect(right[2]! - right[0]!).toBeGreaterThan(200);
});

test("follows the sliders: shift, feather and contrast", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const [width, height] = [400, 300];
    const renderer = lab.bare(width, height, 1);
    renderer.setPhoto(lab.drawnPhoto(width, height));
    renderer.setAlpha(lab.drawnAlpha(width, height, 2));
    renderer.setScene({ show: "matte", view: lab.view(1, 0, 0) });
    const plain = { shift: 0, feather: 0, contrast: 1 };
    /** Where the disc's right edge passes a half, and how many pixels it is soft. */
    const edge = async (edges: Partial<typeof plain>) => {
      renderer.setScene({ edges: { ...plain, ...edges } });
      await lab.settled();
      const row = lab.read(width / 2, height / 2, width / 2, 1).filter((_, i) => i % 4 === 0);
      return {
        half: row.findIndex((value) => value < 128),
        soft: row.filter((value) => value > 10 && value < 245).length,
      };
    };
    return {
      plain: await edge({}),
      out: await edge({ shift: 6 }),
      in: await edge({ shift: -6 }),
      soft: await edge({ feather: 12 }),
      hard: await edge({ contrast: 4 }),
    };
  });
  expect(Math.abs(seen.out.half - seen.plain.half - 6)).toBeLessThanOrEqual(1);
  expect(Math.abs(seen.plain.half - seen.in.half - 6)).toBeLessThanOrEqual(1);
  expect(Math.abs(seen.soft.half - seen.plain.half)).toBeLessThanOrEqual(1);
  // A hard edge fades over 12 pixels on each side (two standard deviations, of which 4 to 96 % are counted).
  expect(seen.soft.soft).toBeGreaterThan(14);
  expect(seen.soft.soft).toBeLessThan(30);
  expect(seen.hard.soft).toBeLessThan(seen.plain.soft);
});

test("shows the exact picture until the matte changes, and its own frame as the result", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const renderer = lab.bare(120, 90, 1);
    const alpha = new Uint8Array(100 * 80);
    renderer.setPhoto(lab.drawnPhoto(100, 80));
    renderer.setAlpha(alpha);
    renderer.setScene({ backdrop: { kind: "colour", colour: [0, 0, 255] }, view: lab.view(1, 0, 0) });
    const picture = (width: number, height: number, rgba: number[]) => {
      const pixels = new Uint8ClampedArray(width * height * 4);
      for (let at = 0; at < pixels.length; at += 4) pixels.set(rgba, at);
      return { width, height, pixels, notes: [] };
    };
    const at = async (x: number, y: number) => {
      await lab.settled();
      return lab.read(x, y, 1, 1);
    };
    renderer.setExact(picture(100, 80, [255, 0, 0, 128]));
    const exact = await at(50, 40);
    renderer.setAlpha(alpha, { left: 0, top: 0, right: 1, bottom: 1 });
    const live = await at(50, 40);
    renderer.setExact(picture(110, 60, [0, 255, 0, 255]));
    const framed = await at(50, 40);
    renderer.setScene({ show: "result" });
    const result = [await at(109, 59), await at(50, 70)];
    const content = renderer.content!;
    return { exact, live, framed, result, content: [content.width, content.height] };
  });
  expect(seen.exact).toEqual([128, 0, 127, 255]);
  expect(seen.live).toEqual([0, 0, 255, 255]);
  expect(seen.framed).toEqual([0, 0, 255, 255]);
  expect(seen.result).toEqual([
    [0, 255, 0, 255],
    [0, 0, 0, 0],
  ]);
  expect(seen.content).toEqual([110, 60]);
});

test("draws nothing while nothing changes, and moves by itself only where that is wanted", async ({
  page,
}) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const renderer = lab.bare(200, 150, 1);
    renderer.setPhoto(lab.drawnPhoto(200, 150));
    renderer.setAlpha(lab.drawnAlpha(200, 150, 20));
    await lab.settled();
    const during = async (ms: number) => {
      const before = renderer.frames.all.length;
      await new Promise((resolve) => setTimeout(resolve, ms));
      return renderer.frames.all.length - before;
    };
    const idle = await during(300);
    renderer.setScene({ highlight: true });
    const moving = await during(600);
    renderer.setScene({ still: true });
    await during(200);
    return { idle, moving, still: await during(400) };
  });
  expect(seen.idle).toBe(0);
  expect(seen.moving).toBeGreaterThanOrEqual(3);
  expect(seen.still).toBe(0);
});

test("shows a reduced copy beyond its budget and says so", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const [width, height] = [601, 403];
    const renderer = lab.bare(320, 220, 1, { tile: 128, budget: 1.5e6 });
    const photo = lab.drawnPhoto(width, height);
    const alpha = lab.drawnAlpha(width, height, 15);
    renderer.setPhoto(photo);
    renderer.setAlpha(alpha);
    renderer.setScene({ view: lab.view(0.5, 0, 0), backdrop: { kind: "colour", colour: [0, 0, 0] } });
    const rect = { left: 301, top: 151, right: 340, bottom: 190 };
    for (let y = rect.top; y < rect.bottom; y++) alpha.fill(0, y * width + rect.left, y * width + rect.right);
    await lab.settled();
    renderer.setAlpha(alpha, rect);
    await lab.settled();
    let [worst, sum] = [0, 0];
    const seen = lab.read(0, 0, 300, 200);
    for (let y = 0; y < 200; y++)
      for (let x = 0; x < 300; x++) {
        let mean = 0;
        for (const [dx, dy] of [
          [0, 0],
          [1, 0],
          [0, 1],
          [1, 1],
        ] as const) {
          const at = (2 * y + dy) * width + 2 * x + dx;
          mean += (photo.pixels[at * 4]! * alpha[at]!) / 255 / 4;
        }
        const off = Math.abs(seen[(y * 300 + x) * 4]! - mean);
        worst = Math.max(worst, off);
        sum += off;
      }
    return { reduced: renderer.reduced, states: lab.states, worst, mean: sum / 60000 };
  });
  expect(seen.reduced).toBe(2);
  expect(seen.states).toEqual([{ reduced: 2, lost: false }]);
  expect(seen.mean).toBeLessThan(0.6);
  expect(seen.worst).toBeLessThan(12);
});

test("comes back after the graphics device was lost", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const renderer = lab.bare(200, 150, 1);
    renderer.setPhoto(lab.drawnPhoto(200, 150));
    renderer.setAlpha(lab.drawnAlpha(200, 150, 10));
    await lab.settled();
    const before = lab.read(0, 0, 200, 150);
    const context = lab.canvas!.getContext("webgl2")!;
    const lose = context.getExtension("WEBGL_lose_context")!;
    const wait = (name: string) =>
      new Promise((resolve) => lab.canvas!.addEventListener(name, resolve, { once: true }));
    const lost = wait("webglcontextlost");
    lose.loseContext();
    await lost;
    renderer.setScene({ still: true });
    await lab.settled();
    const back = wait("webglcontextrestored");
    setTimeout(() => lose.restoreContext(), 50);
    await back;
    await lab.settled();
    const after = lab.read(0, 0, 200, 150);
    return { same: after.every((value, i) => value === before[i]), states: lab.states };
  });
  expect(seen.same).toBe(true);
  expect(seen.states).toEqual([
    { reduced: 1, lost: true },
    { reduced: 1, lost: false },
  ]);
});

test("works without a graphics device, at a reduced size", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const { lab } = window;
    const [width, height] = [300, 200];
    const renderer = lab.bare(width, height, 1, { plain: true });
    const photo = lab.drawnPhoto(width, height);
    const alpha = lab.drawnAlpha(width, height, 12);
    renderer.setPhoto(photo);
    renderer.setAlpha(alpha);
    renderer.setScene({ backdrop: { kind: "colour", colour: [255, 0, 255] } });
    const rect = { left: 140, top: 80, right: 170, bottom: 110 };
    await lab.settled();
    for (let y = rect.top; y < rect.bottom; y++) alpha.fill(0, y * width + rect.left, y * width + rect.right);
    renderer.setAlpha(alpha, rect);
    await lab.settled();
    const pixels = lab.read(0, 0, width, height);
    let worst = 0;
    for (let at = 0; at < alpha.length; at++)
      for (let c = 0; c < 3; c++) {
        const a = alpha[at]! / 255;
        const right = photo.pixels[at * 4 + c]! * a + [255, 0, 255][c]! * (1 - a);
        worst = Math.max(worst, Math.abs(pixels[at * 4 + c]! - right));
      }
    renderer.setPhoto(lab.drawnPhoto(2400, 1600));
    return { kind: renderer.kind, worst, reduced: renderer.reduced };
  });
  expect(seen.kind).toBe("canvas2d");
  // The 2D canvas keeps premultiplied bytes.
  expect(seen.worst).toBeLessThanOrEqual(3);
  expect(seen.reduced).toBe(2);
});
