import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import type { Lab } from "./harness/canvas";
import { servePage } from "./harness/serve";

declare global {
  interface Window {
    lab: Lab;
  }
}

/** Pictures to look at, beside the other results of a run. */
const shot = (name: string) => test.info().outputPath(`${name}.png`);

let site: Awaited<ReturnType<typeof servePage>>;
test.beforeAll(async () => {
  site = await servePage("canvas.html");
});
test.afterAll(() => site.close());
test.beforeEach(async ({ page }) => {
  const errors: Error[] = [];
  page.on("pageerror", (error) => errors.push(error));
  await page.goto(site.url);
  await page.waitForFunction(() => "lab" in window);
  expect(errors).toEqual([]);
});

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

/** Frame times in milliseconds while a stroke of a 300 px brush crosses a photo. */
function strokeFrames(page: Page, [width, height]: [number, number], scale: number | null) {
  return page.evaluate(
    async ([width, height, scale]) => {
      const { lab } = window;
      const renderer = lab.bare(1280, 800, 1);
      const photo = lab.drawnPhoto(width, height);
      const alpha = lab.drawnAlpha(width, height, 30);
      const started = performance.now();
      renderer.setPhoto(photo);
      renderer.setAlpha(alpha);
      const fitted = scale ?? Math.min(1280 / width, 800 / height);
      renderer.setScene({ view: lab.view(fitted, 0, 0) });
      await lab.settled();
      const ready = performance.now() - started;
      renderer.frames.clear();
      for (let i = 0; i < 90; i++) {
        await new Promise(requestAnimationFrame);
        const x = Math.round(100 + ((Math.min(width, 1280 / fitted) - 500) * i) / 90);
        const y = Math.round(300 + 100 * Math.sin(i / 9));
        const rect = { left: x, top: y, right: x + 300, bottom: y + 300 };
        for (let v = rect.top; v < rect.bottom; v++)
          alpha.fill(i & 1 ? 255 : 0, v * width + rect.left, v * width + rect.right);
        renderer.setAlpha(alpha, rect);
      }
      await lab.settled();
      const frames = renderer.frames.all;
      const order = (values: number[]) => values.sort((a, b) => a - b);
      const gaps = order(frames.flatMap((frame) => frame.since ?? []));
      const work = order(frames.map((frame) => frame.work));
      const at = (values: number[], share: number) => +values[Math.floor(values.length * share)]!.toFixed(1);
      return {
        ready: Math.round(ready),
        reduced: renderer.reduced,
        frames: frames.length,
        gap: [at(gaps, 0.5), at(gaps, 0.95)],
        work: [at(work, 0.5), at(work, 0.95)],
      };
    },
    [width, height, scale] as const,
  );
}

// How fast it is depends on the machine, which here has no graphics device: these print and do not judge.
test("paints a stroke on 24 megapixels", async ({ page }) => {
  test.setTimeout(180_000);
  for (const [size, scale] of [
    [[1732, 1155], null],
    [[6000, 4000], null],
    [[6000, 4000], 0.7],
    [[6000, 4000], 1],
  ] as [[number, number], number | null][]) {
    const seen = await strokeFrames(page, size, scale);
    console.log(`${size.join("×")}, ${scale ?? "fit"}: ${JSON.stringify(seen)} (median and 95 % in ms)`);
    expect(seen.reduced).toBe(1);
    expect(seen.frames).toBeGreaterThan(30);
  }
});

test("undoes a stroke on 24 megapixels", async ({ page }) => {
  test.setTimeout(180_000);
  const undo = await page.evaluate(async () => {
    const { lab } = window;
    const shown = lab.mount(6000, 4000);
    await lab.settled();
    const room = document.querySelector("[role=application]")!;
    const fire = (type: string, clientX: number) =>
      room.dispatchEvent(
        new PointerEvent(type, { clientX, clientY: 300, button: 0, pointerId: 1, bubbles: true }),
      );
    fire("pointerdown", 300);
    for (let x = 300; x < 400; x += 20) fire("pointermove", x);
    fire("pointerup", 400);
    await lab.settled();
    const { patches } = shown.sees();
    const started = performance.now();
    shown.undo();
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return { patches, ms: Math.round(performance.now() - started) };
  });
  console.log(`24 MP, undo until it is drawn: ${undo.ms} ms`);
  expect(undo.patches).toBe(1);
});

/** The canvas as the page has it, filling the window. */
async function openPage(page: Page, [width, height]: [number, number], density = 1): Promise<void> {
  await page.evaluate(
    async ([width, height]) => {
      window.lab.mount(width, height);
      await window.lab.settled();
    },
    [width, height] as const,
  );
  expect(await page.evaluate(() => devicePixelRatio)).toBe(density);
}

const settled = (page: Page) => page.evaluate(() => window.lab.settled());
const zoom = (page: Page) => page.locator("output").textContent();
const alphaAt = (page: Page, x: number, y: number, width: number) =>
  page.evaluate(([x, y, width]) => window.lab.page!.sees().alpha[y * width + x]!, [x, y, width] as const);

test.describe("the canvas of the page", () => {
  test.use({ viewport: { width: 1000, height: 760 } });

  test("fits, zooms to the pointer, and by keys", async ({ page }) => {
    await openPage(page, [800, 600]);
    expect(await zoom(page)).toBe("100 %");
    const before = await page.evaluate(() => window.lab.read(300, 200, 1, 1));
    await page.mouse.move(300, 200);
    await page.mouse.wheel(0, -300);
    await settled(page);
    expect(await zoom(page)).toBe("182 %");
    const after = await page.evaluate(() => window.lab.read(300, 200, 1, 1));
    for (const [i, value] of before.entries()) expect(Math.abs(value - after[i]!)).toBeLessThanOrEqual(24);
    await page.keyboard.press("1");
    expect(await zoom(page)).toBe("100 %");
    await page.keyboard.press("+");
    expect(await zoom(page)).toBe("125 %");
    await page.keyboard.press("-");
    await page.keyboard.press("-");
    expect(await zoom(page)).toBe("80 %");
    await page.keyboard.press("0");
    expect(await zoom(page)).toBe("100 %");
    await page.setViewportSize({ width: 600, height: 500 });
    await expect.poll(() => zoom(page)).toBe("65 %");
  });

  test("paints, undoes, and takes a stroke back with Escape", async ({ page }) => {
    await openPage(page, [800, 600]);
    await page.mouse.move(450, 350);
    await page.mouse.down();
    await page.mouse.move(520, 350, { steps: 6 });
    await settled(page);
    await page.screenshot({ path: shot("stroke") });
    await page.mouse.up();
    expect(await page.evaluate(() => window.lab.page!.sees().patches)).toBe(1);
    expect(await alphaAt(page, 400, 300, 800)).toBe(0);
    expect(await alphaAt(page, 400, 200, 800)).toBe(255);
    await page.evaluate(() => window.lab.page!.undo());
    expect(await alphaAt(page, 400, 300, 800)).toBe(255);
    await settled(page);
    const before = await page.evaluate(() => window.lab.read(400, 300, 200, 100));
    await page.mouse.move(450, 350);
    await page.mouse.down();
    await page.mouse.move(520, 350, { steps: 3 });
    await page.keyboard.press("Escape");
    await page.mouse.up();
    await settled(page);
    expect(await page.evaluate(() => window.lab.read(400, 300, 200, 100))).toEqual(before);
    expect(await page.evaluate(() => window.lab.page!.sees().patches)).toBe(0);
  });

  test("pans with the space bar and the middle button", async ({ page }) => {
    await openPage(page, [800, 600]);
    const corner = () => page.evaluate(() => window.lab.read(100 + 60, 50 + 40, 1, 1)[3]);
    await page.mouse.move(500, 300);
    await page.keyboard.down(" ");
    await page.mouse.down();
    await page.mouse.move(600, 360);
    await page.mouse.up();
    await page.keyboard.up(" ");
    await settled(page);
    expect(await corner()).toBe(0);
    await page.mouse.down({ button: "middle" });
    await page.mouse.move(500, 300);
    await page.mouse.up({ button: "middle" });
    await settled(page);
    expect(await corner()).toBe(255);
    expect(await page.evaluate(() => window.lab.page!.sees().patches)).toBe(0);
  });

  test("paints by keys alone", async ({ page }) => {
    await openPage(page, [800, 600]);
    await page.keyboard.press("Tab");
    await expect(page.getByRole("application", { name: "Photo" })).toBeFocused();
    await page.keyboard.press("Enter");
    for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowRight");
    await settled(page);
    await page.screenshot({ path: shot("keys") });
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => window.lab.page!.sees().patches)).toBe(1);
    expect(await alphaAt(page, 400 + 60 + 20, 300, 800)).toBe(0);
    expect(await alphaAt(page, 400 + 60 + 40, 300, 800)).toBe(255);
  });

  test("compares: a border moved by keys and by the pointer, and the original while held", async ({
    page,
  }) => {
    await openPage(page, [800, 600]);
    await page.evaluate(() => window.lab.page!.look({ split: 0.5, backdrop: "#ffffff" }));
    const slider = page.getByRole("slider", { name: "Border between original and cutout" });
    await slider.focus();
    await page.keyboard.press("ArrowLeft");
    await expect(slider).toHaveAttribute("aria-valuenow", "49");
    await page.keyboard.press("Shift+ArrowRight");
    await expect(slider).toHaveAttribute("aria-valuenow", "59");
    await page.mouse.move(590, 350);
    await page.mouse.down();
    await page.mouse.move(300, 380, { steps: 4 });
    await page.mouse.up();
    await expect(slider).toHaveAttribute("aria-valuenow", "30");
    await settled(page);
    await page.screenshot({ path: shot("split") });
    const [left, right] = await page.evaluate(() => [
      window.lab.read(110, 60, 1, 1),
      window.lab.read(890, 60, 1, 1),
    ]);
    expect(left).not.toEqual([255, 255, 255, 255]);
    expect(right).toEqual([255, 255, 255, 255]);
    await page.keyboard.down("\\");
    await settled(page);
    expect(await page.evaluate(() => window.lab.read(890, 60, 1, 1))).not.toEqual(right);
    await page.keyboard.up("\\");
    await settled(page);
    expect(await page.evaluate(() => window.lab.read(890, 60, 1, 1))).toEqual(right);
    const held = page.getByRole("button", { name: "Hold to see the original" });
    await held.focus();
    await page.keyboard.down(" ");
    await expect(held).toHaveAttribute("aria-pressed", "true");
    await page.keyboard.up(" ");
    await expect(held).toHaveAttribute("aria-pressed", "false");
  });

  test("has no violations that axe finds, in any view", async ({ page }) => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await openPage(page, [800, 600]);
    for (const change of [{}, { split: 0.5 }, { show: "matte", split: null, highlight: true }] as const) {
      await page.evaluate((change) => window.lab.page!.look(change), change);
      await settled(page);
      await page.screenshot({ path: shot(`view-${Object.keys(change).join("-") || "plain"}`) });
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    }
  });
});

test.describe("the canvas on a phone", () => {
  test.use({ viewport: { width: 390, height: 640 }, deviceScaleFactor: 2, hasTouch: true });

  test("shows photo pixels one to one on device pixels, pinches and paints by touch", async ({ page }) => {
    await openPage(page, [1200, 900], 2);
    expect(await zoom(page)).toBe("62 %");
    await page.getByRole("button", { name: "1:1" }).click();
    expect(await zoom(page)).toBe("100 %");
    await settled(page);
    const wrong = await page.evaluate(() => {
      const photo = window.lab.drawnPhoto(1200, 900);
      const seen = window.lab.read(340, 600, 60, 60);
      // The photo's middle is the canvas': 390, 640 in device pixels.
      let wrong = 0;
      for (let y = 0; y < 60; y++)
        for (let x = 0; x < 60; x++)
          for (let c = 0; c < 3; c++) {
            const at = (600 + y - 640 + 450) * 1200 + 340 + x - 390 + 600;
            if (seen[(y * 60 + x) * 4 + c] !== photo.pixels[at * 4 + c]) wrong++;
          }
      return wrong;
    });
    expect(wrong).toBe(0);
    const touch = await fingers(page);
    await touch("touchStart", [[150, 300]]);
    await touch("touchMove", [[180, 300]]);
    await touch("touchEnd", []);
    await settled(page);
    expect(await page.evaluate(() => window.lab.page!.sees().patches)).toBe(1);
    await touch("touchStart", [[150, 300]]);
    await touch("touchStart", [
      [150, 300],
      [250, 300],
    ]);
    await touch("touchMove", [
      [100, 300],
      [300, 300],
    ]);
    await touch("touchEnd", []);
    await settled(page);
    expect(await page.evaluate(() => window.lab.page!.sees().patches)).toBe(1);
    expect(await zoom(page)).toBe("200 %");
    await page.screenshot({ path: shot("phone") });
  });
});

/** Touches as the browser gets them from a screen. */
async function fingers(page: Page) {
  const session = await page.context().newCDPSession(page);
  return (type: "touchStart" | "touchMove" | "touchEnd", places: [number, number][]) =>
    session.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: places.map(([x, y], id) => ({ x, y, id, radiusX: 8, radiusY: 8 })),
    });
}
