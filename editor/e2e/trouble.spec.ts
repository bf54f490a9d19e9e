import { readFile } from "node:fs/promises";
import { unzipSync } from "fflate";
import type { Page } from "@playwright/test";
import { add, bring, headOfPng, photo, type Sent } from "./files";
import { expect as atOnce, test as base } from "./fixtures";
import { newKey, startServer, type Server } from "./server";

/** The page with a service that wants keys; what goes wrong between them is said, and mended without losing anything. */
const test = base.extend<{ open: () => Promise<void> }, { server: Server; key: string }>({
  server: [
    async ({}, use) => {
      const server = await startServer("--keys");
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  key: [async ({ server }, use) => use(newKey(server, "page")), { scope: "worker" }],
  open: async ({ page, key }, use) => {
    await use(async () => {
      await page.addInitScript((key) => {
        sessionStorage.setItem("alphacut.key", key);
        localStorage.setItem("alphacut.choices", JSON.stringify({ mode: "server" }));
      }, key);
      await page.goto("./");
    });
  },
});

const expect = atOnce.configure({ timeout: 30_000 });
const tray = (page: Page) => page.getByRole("region", { name: "Photos" });
const done = (page: Page, count: string) => expect(tray(page).getByText(`${count} done`)).toBeVisible();
/** How many photos the browser's storage has; runs in the page. */
const keptPhotos = async () => {
  const name = "alphacut-work";
  if (!(await indexedDB.databases()).some((base) => base.name === name)) return 0; // opening would make it
  return new Promise<number>((tell) => {
    const opening = indexedDB.open(name);
    opening.onsuccess = () => {
      const count = opening.result.transaction("works").objectStore("works").count();
      count.onsuccess = () => (opening.result.close(), tell(count.result));
    };
  });
};
const canvas = (page: Page) => page.getByRole("application");
const bytes = (name: string, mimeType: string, text: string): Sent => ({
  name,
  mimeType,
  buffer: Buffer.from(text, "latin1"),
});

test("a service asks for a key: none, a wrong one, the right one, and one that is used up", async ({
  page,
  server,
  troubles,
  axe,
}) => {
  troubles.allow(/40[12]/);
  await page.goto("./");
  await page.getByRole("radio", { name: /By the server/ }).check();
  await add(page, [await photo(page, "one.png"), await photo(page, "two.png")]);
  const alert = page.getByRole("main").getByRole("alert");
  await expect(alert).toContainText("asks for a key");
  expect(await axe()).toEqual([]);
  const field = page.getByLabel("Key", { exact: true });
  await field.fill("ac_no such key é");
  await page.keyboard.press("Enter");
  await expect(alert).toContainText("does not know this key");
  await field.fill(newKey(server, "small", "--quota=2"));
  await page.getByRole("button", { name: "Use this key" }).click();
  await done(page, "2 of 2"); // one answer for both
  await page.reload(); // kept for this tab, and not longer unless it is wanted
  expect(await page.evaluate(() => localStorage.getItem("alphacut.key"))).toBeNull();
  await add(page, await photo(page, "three.png"));
  await tray(page)
    .getByRole("button", { name: /^three\.png/ })
    .click();
  await expect(alert).toContainText("has no photos left");
  await expect(page.getByRole("button", { name: "Cut out on this device" })).toBeVisible();
  await field.fill(newKey(server, "more"));
  await page.getByLabel("Remember it in this browser", { exact: false }).check();
  await page.keyboard.press("Enter");
  await done(page, "3 of 3");
  expect(await page.evaluate(() => localStorage.getItem("alphacut.key"))).toMatch(/^ac_/);
});

test("a worker that dies is started anew: the photo can be tried again, the rest goes on", async ({
  page,
  open,
}) => {
  await open();
  await add(page, await photo(page, "one.png"));
  await expect(canvas(page)).toBeVisible();
  const worker = page.workers().find((one) => one.url().includes("pixels"))!;
  await worker.evaluate(() => {
    // The next photo is more than there is memory for.
    self.createImageBitmap = () => {
      self.close();
      return new Promise(() => undefined);
    };
  });
  await add(page, [await photo(page, "two.png"), await photo(page, "three.png")]);
  await done(page, "2 of 3");
  await tray(page)
    .getByRole("button", { name: /^two\.png/ })
    .click();
  await expect(page.getByRole("main").getByRole("alert")).toContainText("two.png: the part of the page");
  await page.getByRole("main").getByRole("button", { name: "Try again" }).click();
  await done(page, "3 of 3");
});

test("what cannot be opened is said with a remedy, and the others are cut out", async ({ page, open }) => {
  await open();
  const jpeg = "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00 and then nothing";
  const wrong: [Sent, RegExp][] = [
    [bytes("text.pdf", "application/pdf", "%PDF-1.7"), /is not a picture.+Choose JPEG/],
    [bytes("torn.jpg", "image/jpeg", jpeg), /is damaged.+save it again/],
    [bytes("empty.png", "image/png", ""), /is empty.+another file/],
    [bytes("phone.heic", "image/heic", "\0\0\0\x18ftypheic\0\0\0\0mif1heic"), /HEIC.+Save it as JPEG/],
    [headOfPng("huge.png", 20_000, 10_000), /has 200 megapixels.+Make it smaller/],
  ];
  await add(page, [...wrong.map(([file]) => file), await photo(page, "good.png")]);
  await done(page, "1 of 6");
  for (const [{ name }, said] of wrong) {
    await tray(page)
      .getByRole("button", { name: new RegExp(`^${name}`) })
      .click();
    await expect(page.getByRole("main").getByRole("alert")).toHaveText(said);
    await page.getByRole("main").getByRole("button", { name: "Remove from the tray" }).click();
  }
  await done(page, "1 of 1");
  await expect(canvas(page)).toBeVisible();
});

test("a server that goes in mid-way: all wait, and one button goes on", async ({
  page,
  context,
  open,
  troubles,
}) => {
  troubles.allow(/ERR_INTERNET_DISCONNECTED/);
  await open();
  await add(page, await photo(page, "one.png"));
  await expect(canvas(page)).toBeVisible();
  await context.setOffline(true);
  await add(page, [await photo(page, "two.png"), await photo(page, "three.png")]);
  await expect(tray(page).getByText("Failed")).toHaveCount(2);
  await tray(page)
    .getByRole("button", { name: /^two\.png/ })
    .click();
  await expect(page.getByRole("main").getByRole("alert")).toContainText("does not answer");
  await expect(page.getByRole("button", { name: "Cut out on this device" })).toBeVisible();
  await context.setOffline(false);
  await page.getByRole("main").getByRole("button", { name: "Try again" }).click();
  await done(page, "3 of 3");
});

test("two tabs keep the work of both, also when one has everything forgotten", async ({
  page,
  context,
  open,
}) => {
  await open();
  await add(page, await photo(page, "one.png"));
  await expect(canvas(page)).toBeVisible();
  const second = await context.newPage();
  await second.addInitScript(
    (key) => sessionStorage.setItem("alphacut.key", key),
    await page.evaluate(() => sessionStorage.getItem("alphacut.key")!),
  );
  await second.goto(page.url());
  await expect(second.getByText("is open in another tab", { exact: false }).first()).toBeVisible();
  await second.getByRole("radio", { name: /By the server/ }).check();
  await add(second, await photo(second, "two.png"));
  await expect(canvas(second)).toBeVisible();
  await second.getByRole("tab", { name: "Save" }).click();
  await second.getByRole("button", { name: "Forget my work" }).click();
  await second.getByRole("button", { name: "Delete it all" }).click();
  await add(second, await photo(second, "three.png"));
  await expect(canvas(second)).toBeVisible();
  await page.getByRole("tab", { name: "Edges" }).click();
  await page.getByRole("slider", { name: "Feather" }).fill("10");
  await expect.poll(() => page.evaluate(keptPhotos)).toBe(1);
  await page.close();
  await expect(second.getByText("Your work is kept in this browser", { exact: false })).toBeVisible();
  await expect.poll(() => second.evaluate(keptPhotos)).toBe(2);
  await second.reload();
  await expect(second.getByText("Your work of last time is back: 2 photos.")).toBeVisible();
  await second.getByRole("button", { name: /^one\.png/ }).click();
  await expect(canvas(second)).toBeVisible();
});

test("full storage is said, and the work goes on", async ({ page, context, open, baseURL }) => {
  await open();
  const session = await context.newCDPSession(page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(baseURL!).origin, quotaSize: 2000 });
  await add(page, await photo(page, "one.png"));
  await expect(page.getByText("storage is full", { exact: false }).first()).toBeVisible();
  await expect(canvas(page)).toBeVisible();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download as PNG" }).click(),
  ]);
  expect(file.suggestedFilename()).toBe("one-cutout.png");
});

test("thirty photos, some of one name, become one zip; what is here already is not taken twice", async ({
  page,
  open,
}) => {
  test.slow();
  await open();
  const small = await photo(page, "cup.png", 48, 32);
  const many = Array.from({ length: 30 }, (_, n) => ({ ...small, name: n % 3 ? `cup${n}.png` : "cup.png" }));
  await bring(page, "drop", many);
  await expect(tray(page).getByText("30 of 30 done")).toBeVisible({ timeout: 120_000 });
  await bring(page, "drop", many.slice(0, 1));
  await expect(page.getByText("cup.png is here already.")).toBeVisible();
  await expect(tray(page).getByRole("listitem")).toHaveCount(30);
  await page.getByRole("tab", { name: "Save" }).click();
  const [zip] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download all 30 as a zip" }).click(),
  ]);
  const files = unzipSync(await readFile(await zip.path()));
  expect(Object.keys(files)).toHaveLength(30);
  expect(Object.keys(files)).toContain("cup-cutout-10.png");
  for (const file of Object.values(files)) expect([...file.subarray(1, 4)]).toEqual([80, 78, 71]);
});
