import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, shot, test } from "./canvas";

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
