import { readFile } from "node:fs/promises";
import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { add, bring, photo } from "./files";
import type { lab } from "./harness/page";
import { servePage } from "./harness/serve";

declare global {
  interface Window {
    rig: typeof lab;
  }
}

const SHOTS = process.env["SHOTS"];
test.describe.configure({ mode: "parallel" }); // over the workers: it is the longest file
let site: Awaited<ReturnType<typeof servePage>>;
let errors: string[];
test.beforeAll(async () => {
  site = await servePage("page.html");
});
test.afterAll(() => site.close());
test.beforeEach(async ({ page }) => {
  errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(site.url);
});
test.afterEach(() => expect(errors).toEqual([]));

async function withPhoto(page: Page, ...names: string[]) {
  await add(page, await Promise.all((names.length ? names : ["cup.png"]).map((name) => photo(page, name))));
  await expect(page.getByRole("application")).toBeVisible();
}

const shot = async (page: Page, name: string) => {
  await page.waitForTimeout(SHOTS ? 500 : 0);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
};

async function axe(page: Page, within = "html"): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).include(within).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}

test("photos are added, worked on one after the other, stopped, and tried again", async ({ page }) => {
  await page.evaluate(() => (window.rig.slow = 1500));
  await add(page, [await photo(page, "one.png"), await photo(page, "two.png")]);
  const tray = page.getByRole("region", { name: "Photos" });
  await expect(tray.getByText("Fetching the network", { exact: false })).toBeVisible();
  await tray.getByRole("button", { name: "Stop all" }).click();
  await expect(tray.getByText("Stopped")).toHaveCount(2);
  await page.evaluate(() => (window.rig.slow = 20));
  await tray.getByRole("button", { name: "Try one.png again" }).click();
  await tray.getByRole("button", { name: "Try two.png again" }).click();
  await expect(tray.getByText("2 of 2 done")).toBeVisible();
  await tray.getByRole("button", { name: "Remove one.png from the tray" }).click();
  await expect(tray.getByText("1 of 1 done")).toBeVisible();
});

test("what is no picture is said in words, and does not hold up the rest", async ({ page }) => {
  const broken = { name: "notes.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no picture") };
  await add(page, [broken, await photo(page, "cup.png")]);
  await expect(page.getByRole("alert")).toContainText("notes.jpg: is no picture");
  const tray = page.getByRole("region", { name: "Photos" });
  await expect(tray.getByText("1 of 2 done")).toBeVisible();
  await shot(page, "failed");
});

test("a server that is gone is said, with a button to try again", async ({ page }) => {
  await page.getByRole("radio", { name: /By the server/ }).check();
  await page.evaluate(() => (window.rig.gone = true));
  await add(page, await photo(page, "cup.png"));
  await expect(page.getByRole("alert")).toContainText("The server does not answer");
  await page.evaluate(() => (window.rig.gone = false));
  await page.getByRole("main").getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("application")).toBeVisible();
});

test("a server that is only busy is waited for, as long as it says", async ({ page }) => {
  await page.getByRole("radio", { name: /By the server/ }).check();
  await page.evaluate(() => (window.rig.busy = 2));
  await add(page, await photo(page, "cup.png"));
  await expect(page.getByText("The server is busy; goes on in 1 s").first()).toBeVisible();
  await expect(page.getByRole("application")).toBeVisible({ timeout: 20_000 });
});

test("the mode is remembered", async ({ page }) => {
  await page.getByRole("radio", { name: /By the server/ }).check();
  await page.reload();
  await expect(page.getByRole("radio", { name: /By the server/ })).toBeChecked();
});

test("keys pick tools, open the list of keys, undo and redo", async ({ page }) => {
  await withPhoto(page);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await shot(page, "shortcuts");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("e");
  await expect(page.getByRole("radio", { name: /^Brush/ })).toBeChecked();
  await expect(page.getByRole("radio", { name: "Erase" })).toBeChecked();
  const box = (await page.getByRole("application").boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 60, box.y + box.height / 2, { steps: 5 });
  await page.mouse.up();
  const undo = page.getByRole("button", { name: "Undo: Erase" });
  await expect(undo).toBeEnabled();
  await shot(page, "brush");
  await page.keyboard.press("Control+z");
  await expect(page.getByRole("button", { name: "Redo: Erase" })).toBeEnabled();
  await page.keyboard.press("Control+Shift+z");
  await expect(undo).toBeEnabled();
});

test("with Alt a stroke does the other thing, and undo says which", async ({ page }) => {
  await withPhoto(page);
  await page.keyboard.press("b");
  const box = (await page.getByRole("application").boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.keyboard.down("Alt");
  await page.mouse.down();
  await page.keyboard.up("Alt");
  await page.mouse.move(box.x + box.width / 2 + 40, box.y + box.height / 2, { steps: 3 });
  await page.mouse.up();
  await expect(page.getByRole("button", { name: "Undo: Erase" })).toBeEnabled();
});

test("a drag of a slider is one step, with its value in words", async ({ page }) => {
  await withPhoto(page);
  await page.getByRole("tab", { name: "Edges" }).click();
  const feather = page.getByRole("slider", { name: "Feather" });
  const box = (await feather.boundingBox())!;
  await page.mouse.move(box.x + 8, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 2, box.y + box.height / 2, { steps: 6 });
  await page.mouse.up();
  await expect(page.getByRole("button", { name: "Undo: Feather 8" })).toBeEnabled();
  await page.keyboard.press("Control+z");
  await expect(feather).toHaveValue("0");
  await expect(page.getByRole("button", { name: "Undo", exact: true })).toBeDisabled();
});

test("the panels set the look, and a marketplace is checked live", async ({ page }) => {
  await withPhoto(page);
  await page.getByRole("tab", { name: "Behind" }).click();
  await page.getByRole("radio", { name: "Colour", exact: true }).check();
  await page.getByRole("radio", { name: "Result" }).check();
  await shot(page, "background");
  await page.getByRole("tab", { name: "Shadow" }).click();
  await expect(page.getByRole("option", { name: /Keep the photo's own/ })).toBeDisabled();
  await page.getByLabel("Kind of shadow").selectOption({ label: "Drop shadow" });
  await expect(page.getByText("As usual").first()).toBeVisible();
  await shot(page, "shadow");
  await page.getByRole("tab", { name: "Frame" }).click();
  await page.getByLabel("Ready for").selectOption({ label: "Amazon, main image" });
  await expect(page.getByText("Longest side: 600 px; asked for 500 to 10,000")).toBeVisible();
  await shot(page, "frame");
});

test("a recipe is saved, opened, and applied to the whole tray", async ({ page }) => {
  await withPhoto(page, "one.png", "two.png");
  await expect(page.getByText("2 of 2 done")).toBeVisible();
  await page.getByRole("tab", { name: "Save" }).click();
  const recipe = {
    name: "look.toml",
    mimeType: "text/plain",
    buffer: Buffer.from('[look]\nbackground = "#ff0000"\n'),
  };
  await page.locator("input[accept='.toml,.json']").setInputFiles(recipe);
  await expect(page.getByRole("button", { name: "Undo: Apply recipe" })).toBeEnabled();
  await page.getByRole("button", { name: "Apply to all photos" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save as .toml" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("recipe.toml");
  await page
    .getByRole("button", { name: /two\.png/ })
    .first()
    .click();
  await page.getByRole("tab", { name: "Behind" }).click();
  await expect(page.getByLabel("Colour", { exact: true }).last()).toHaveValue("#ff0000");
  const wrong = { name: "bad.json", mimeType: "text/plain", buffer: Buffer.from('{"shaddow": "drop"}') };
  await page.getByRole("tab", { name: "Save" }).click();
  await page.locator("input[accept='.toml,.json']").setInputFiles(wrong);
  await expect(page.getByRole("alert")).toContainText("there is no option “shaddow”");
});

test("pictures are downloaded, one or all", async ({ page }) => {
  await withPhoto(page, "one.png", "one.png");
  await expect(page.getByText("2 of 2 done")).toBeVisible();
  await page.getByRole("tab", { name: "Save" }).click();
  await shot(page, "save");
  const [one] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download this photo" }).click(),
  ]);
  expect(one.suggestedFilename()).toBe("one-cutout.png");
  const [all] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download all 2 as a zip" }).click(),
  ]);
  expect(all.suggestedFilename()).toBe("cutouts.zip");
});

test("the work comes back after a reload, and is forgotten when asked to", async ({ page }) => {
  await withPhoto(page);
  await page.getByRole("tab", { name: "Edges" }).click();
  await page.getByRole("slider", { name: "Feather" }).fill("10");
  await page.waitForTimeout(2000);
  await page.reload();
  await expect(page.getByText("Your work of last time is back: 1 photo.")).toBeVisible();
  await expect(page.getByRole("application")).toBeVisible();
  await shot(page, "restored");
  await page.getByRole("tab", { name: "Edges" }).click();
  await expect(page.getByRole("slider", { name: "Feather" })).toHaveValue("10");
  await page.getByRole("tab", { name: "Save" }).click();
  await page.getByRole("button", { name: "Forget my work" }).last().click();
  await page.getByRole("button", { name: "Delete it all" }).click();
  await expect(page.getByRole("heading", { name: "Remove the background of a photo" })).toBeVisible();
  const bases = () => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  await expect.poll(bases).not.toContain("alphacut-work");
  await page.reload();
  await expect(page.getByRole("heading", { name: "Remove the background of a photo" })).toBeVisible();
  await expect(page.getByText("Your work of last time is back")).toHaveCount(0);
});

test("a second tab says that the first one keeps the work", async ({ page, context }) => {
  await withPhoto(page);
  const second = await context.newPage();
  await second.goto(site.url);
  await expect(second.getByText("alphacut is open in another tab", { exact: false })).toBeVisible();
});

test("photos can be dropped anywhere and pasted", async ({ page }) => {
  await bring(page, "drop", [await photo(page, "drop.png")]);
  await expect(page.getByRole("application")).toBeVisible();
  await bring(page, "paste", [await photo(page, "paste.png")]);
  await expect(page.getByText("2 of 2 done")).toBeVisible();
});

test("with the real pixel worker: a photo for a marketplace, checked and downloaded", async ({ page }) => {
  await page.goto(`${site.url}?worker`);
  await withPhoto(page);
  await page.getByRole("tab", { name: "Frame" }).click();
  await page.getByLabel("Ready for").selectOption({ label: "Amazon, main image" });
  await expect(page.getByText("Longest side: 1,").first()).toBeVisible({ timeout: 30_000 });
  await shot(page, "amazon");
  await page.getByLabel("Ready for").selectOption({ label: "eBay" });
  await expect(page.getByText(/Size of the file: [\d,]+; asked for at most 12,000,000/)).toBeVisible({
    timeout: 30_000,
  });
  await page.getByRole("button", { name: "Undo: Prepare for eBay" }).click();
  await page.getByRole("tab", { name: "Save" }).click();
  await page.getByRole("radio", { name: "JPEG" }).check();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download this photo" }).click(),
  ]);
  expect(file.suggestedFilename()).toBe("cup-cutout.jpg");
  const bytes = await readFile(await file.path());
  expect([...bytes.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
});

// Each layout and each set of colours once.
for (const [device, colorScheme, size] of [
  ["desktop", "light", { width: 1280, height: 800 }],
  ["phone", "dark", { width: 390, height: 844 }],
] as const)
  test(`nothing stands in the way of assistive technology: ${device}, ${colorScheme}`, async ({ page }) => {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    await shot(page, `welcome-${device}-${colorScheme}`);
    expect(await axe(page)).toEqual([]);
    await withPhoto(page);
    expect(await axe(page)).toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide).toBeLessThanOrEqual(0);
    for (const tab of ["Mend", "Edges", "Behind", "Shadow", "Frame", "Save"]) {
      await page.getByRole("tab", { name: tab }).click();
      await shot(page, `${tab.toLowerCase()}-${device}-${colorScheme}`);
      expect(await axe(page, "[role=tabpanel]")).toEqual([]); // the rest is as it was
    }
  });
