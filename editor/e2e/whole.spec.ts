/** A person's whole way through, and Python's word on what comes out of it. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Download, Page } from "@playwright/test";
import { unzipSync } from "fflate";
import { LARGEST_COPY } from "../src/api/client";
import { readHeader } from "../src/pixels/decode/header";
import { expect, test as base } from "./fixtures";
import { readPng, type Png } from "./png";
import { startProxy, type Sent } from "./proxy";
import { need, run, startOwn } from "./server";

/** Largest mean difference between the page's file and Python's, of 255. */
const FAR = 2;
/** Bytes that a copy may have which is sent. */
const COPY_BYTES = 700_000;

interface Network {
  readonly title: string;
  /** Weights that have to be in the user's home; none: the network of one layer, which every machine has. */
  readonly needs: readonly string[];
  /** How far the matte made on the device may be from the server's, in the mean, of 255. */
  readonly apart: number;
}
const NETWORKS: readonly Network[] = [
  { title: "the network of one layer", needs: [], apart: 2.5 },
  { title: "the networks that everybody gets", needs: ["isnet", "u2net"], apart: 2.55 },
];

const test = base.extend<{ network: Network; folder: string }>({
  network: [NETWORKS[0]!, { option: true }],
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "alphacut-whole-"));
    run("whole.py", "photos", folder);
    await use(folder);
    await rm(folder, { recursive: true });
  },
  site: async ({ network, server, prefix }, use, info) => {
    need(info, network.needs);
    const own = network.needs.length ? await startOwn() : null;
    const proxy = await startProxy((own ?? server).url, prefix);
    await use(proxy);
    await proxy.stop();
    await own?.stop();
  },
});

for (const network of NETWORKS)
  test.describe(`with ${network.title}`, () => {
    test.use({ network });
    test("two photos are cut out, mended, placed and saved, with the pixels that Python writes", whole);
  });

interface Given {
  readonly page: Page;
  readonly site: { readonly sent: Sent[] };
  readonly folder: string;
  readonly network: Network;
}

async function whole({ page, site, folder, network }: Given) {
  test.setTimeout(600_000);
  await page.goto("./");
  const rig = new Rig(page, folder);

  await page.getByRole("radio", { name: /By the server/ }).check();
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("main").getByRole("button", { name: "Choose photos" }).click(),
  ]);
  await chooser.setFiles(join(folder, "astronaut.jpg"));
  await rig.done(1);
  onlyACopy(site.sent);

  const before = site.sent.length;
  await rig.mode(/On this device/);
  await rig.drop("cat.png");
  await rig.done(2);
  await rig.pick("cat.png");
  const own = await rig.matte("cat-device.png");
  expect(site.sent.slice(before).filter(({ body }) => body.length > 0)).toEqual([]);
  await rig.mode(/By the server/, "Cut this photo out again");
  await expect(page.getByRole("button", { name: "Undo: New cutout" })).toBeEnabled({ timeout: 60_000 });
  const theirs = await rig.matte("cat.matte.png");
  note("matte of the cat, on the device and by the server, mean of 255", mean(own, theirs).toFixed(2));
  expect(mean(own, theirs)).toBeLessThan(network.apart);

  await rig.pick("astronaut.jpg");
  await mended(page, rig);
  await rig.compareClear();
  await rig.comparePlaced();
}

/** Exactly one copy, small and without what the file says of itself, and no name. */
function onlyACopy(sent: readonly Sent[]): void {
  const filled = sent.filter(({ body }) => body.length > 0);
  expect(filled.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /v1/mattes"]);
  const { body } = filled[0]!;
  const copy = readHeader(new Uint8Array(body.subarray(body.indexOf(Buffer.of(0xff, 0xd8, 0xff)))));
  expect(copy).toEqual({ kind: "jpeg", size: { width: LARGEST_COPY, height: (LARGEST_COPY * 3) / 4 } });
  expect(body.length).toBeLessThan(COPY_BYTES);
  expect(body.includes("Exif")).toBe(false);
  expect(body.includes("astronaut")).toBe(false);
}

/** What strokes do to the matte: where they were, only there, and undo takes it back to the last value. */
async function mended(page: Page, rig: Rig): Promise<void> {
  const first = await rig.matte();
  await rig.stroke("e", 0.5, 0.45);
  const erased = await rig.matte();
  expect(changed(first, erased, (was, is) => is < was)).toBeGreaterThan(500);
  expect(changed(first, erased, (was, is) => is > was)).toBe(0);
  await rig.stroke("b", 0.12, 0.2);
  await page.keyboard.press("Control+z");
  await expect(page.getByRole("button", { name: "Redo: Restore" })).toBeEnabled();
  await page.keyboard.press("Control+Shift+z");
  const restored = await rig.matte();
  expect(changed(erased, restored, (was, is) => is > was && is === 255)).toBeGreaterThan(500);
  expect(changed(erased, restored, (was, is) => is < was)).toBe(0);
  await page.keyboard.press("Control+z");
  const back = await rig.matte("astronaut.matte.png");
  expect(changed(erased, back, (was, is) => was !== is)).toBe(0);
}

const changed = (a: Png, b: Png, how: (was: number, is: number) => boolean): number =>
  a.values.reduce((count, was, i) => count + Number(how(was, b.values[i]!)), 0);
const mean = (a: Png, b: Png): number =>
  a.values.reduce((sum, was, i) => sum + Math.abs(was - b.values[i]!), 0) / a.values.length;

function note(type: string, description: string): void {
  test.info().annotations.push({ type, description });
  console.log(`${type}: ${description}`);
}

interface Row {
  readonly file: string;
  readonly size: readonly [number, number];
  readonly mean: number;
  readonly worst_square: number;
  readonly worst: number;
}

/** The page as a person's hands have it. */
class Rig {
  constructor(
    readonly page: Page,
    readonly folder: string,
  ) {}

  path = (name: string) => join(this.folder, name);
  tab = (name: string) => this.page.getByRole("tab", { name }).click();

  async done(count: number): Promise<void> {
    const tray = this.page.getByRole("region", { name: "Photos" });
    await expect(tray.getByText(`${count} of ${count} done`)).toBeVisible({ timeout: 120_000 });
  }

  pick = (name: string) => this.page.getByRole("button", { name }).first().click();

  /** Chooses where mattes are made, in the dialog, and presses a button there or closes it. */
  async mode(name: RegExp, button = "Close"): Promise<void> {
    await this.page
      .getByRole("banner")
      .getByRole("button", { name: /On this device|By the server/ })
      .click();
    const dialog = this.page.getByRole("dialog");
    await dialog.getByRole("radio", { name }).check();
    await dialog.getByRole("button", { name: button }).click();
  }

  async drop(name: string): Promise<void> {
    const text = await readFile(this.path(name), "base64");
    const data = await this.page.evaluateHandle(
      ([text, name]) => {
        const data = new DataTransfer();
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        data.items.add(new File([bytes], name, { type: "image/png" }));
        return data;
      },
      [text, name] as const,
    );
    await this.page.locator("body").dispatchEvent("drop", { dataTransfer: data });
  }

  /** A short stroke with the mouse, its middle at shares of the photo as it is shown. */
  async stroke(key: "b" | "e", x: number, y: number): Promise<void> {
    const { page } = this;
    await page.getByRole("radio", { name: "Cutout" }).check();
    await page.keyboard.press("0");
    await page.keyboard.press(key);
    const box = (await page.getByRole("application").boundingBox())!;
    const [wide, high] = [
      Math.min(box.width, (box.height * 4) / 3),
      Math.min(box.height, (box.width * 3) / 4),
    ];
    const [left, top] = [box.x + box.width / 2 + (x - 0.5) * wide, box.y + box.height / 2 + (y - 0.5) * high];
    await page.mouse.move(left - 20, top);
    await page.mouse.down();
    await page.mouse.move(left + 20, top + 5, { steps: 6 });
    await page.mouse.up();
    const step = key === "e" ? "Erase" : "Restore";
    await expect(page.getByRole("button", { name: `Undo: ${step}` })).toBeEnabled();
  }

  /** The matte as painted, saved as a recipe asks for it; the recipe is undone. */
  async matte(name = "matte.png"): Promise<Png> {
    const { page } = this;
    await this.tab("Save");
    const buffer = Buffer.from('{"matte": true, "decontaminate": false}');
    const recipe = { name: "matte.json", mimeType: "application/json", buffer };
    await page.locator("input[accept='.toml,.json']").setInputFiles(recipe);
    const undo = page.getByRole("button", { name: "Undo: Apply recipe" });
    await expect(undo).toBeEnabled();
    const path = await this.save("PNG", name);
    await undo.click();
    return readPng(await readFile(path));
  }

  async save(format: "PNG" | "WebP" | "JPEG", name: string): Promise<string> {
    await this.tab("Save");
    await this.page.getByRole("radio", { name: format, exact: true }).check();
    return this.download("Download this photo", name);
  }

  /** Presses a button, and keeps what it downloads. */
  async download(button: string, name: string): Promise<string> {
    await this.tab("Save");
    const [file]: [Download, void] = await Promise.all([
      this.page.waitForEvent("download", { timeout: 60_000 }),
      this.page.getByRole("button", { name: button }).click(),
    ]);
    await file.saveAs(this.path(name));
    return this.path(name);
  }

  compare(photo: string, matte: string, recipe: string, ...files: string[]): void {
    const rows = JSON.parse(
      run("whole.py", "compare", ...[photo, matte, recipe].map(this.path), ...files),
    ) as Row[];
    for (const row of rows) {
      note(row.file, `mean ${row.mean}, worst square ${row.worst_square}, worst ${row.worst} of 255`);
      expect(row.mean, row.file).toBeLessThanOrEqual(FAR);
    }
  }

  /** Sliders and a shadow, on nothing. */
  async compareClear(): Promise<void> {
    const { page } = this;
    await this.tab("Edges");
    await page.getByRole("slider", { name: "Feather" }).fill("3");
    await page.getByRole("slider", { name: "Move the edge" }).fill("-1");
    await this.tab("Shadow");
    await page.getByLabel("Kind of shadow").selectOption({ label: "Drop shadow" });
    const recipe = basename(await this.download("Save as .toml", "clear.toml"));
    const files = [await this.save("PNG", "clear.png"), await this.save("WebP", "clear.webp")];
    this.compare("astronaut.jpg", "astronaut.matte.png", recipe, ...files);
  }

  /** A background and a marketplace's frame, for both photos; alone and in a zip. */
  async comparePlaced(): Promise<void> {
    const { page } = this;
    await this.tab("Shadow");
    await page.getByLabel("Kind of shadow").selectOption({ label: "None" });
    await this.tab("Frame");
    await page.getByLabel("Ready for").selectOption({ label: "Mercado Libre" });
    const findings = page.getByRole("region", { name: "Check" }).getByRole("listitem");
    await expect(findings.filter({ hasText: "Shortest side" }).first()).toBeVisible({ timeout: 60_000 });
    await this.tab("Behind");
    await page.getByRole("radio", { name: "Colour", exact: true }).check();
    const recipe = basename(await this.download("Save as .toml", "placed.toml"));
    await page.getByRole("button", { name: "Apply to all photos" }).click();
    const files = [await this.save("JPEG", "placed.jpg"), await this.save("PNG", "placed.png")];
    this.compare("astronaut.jpg", "astronaut.matte.png", recipe, ...files);
    const zip = unzipSync(await readFile(await this.download("Download all 2 as a zip", "all.zip")));
    expect(Object.keys(zip)).toEqual(["astronaut-cutout.png", "cat-cutout.png"]);
    expect(Buffer.from(zip["astronaut-cutout.png"]!).equals(await readFile(files[1]!))).toBe(true);
    await writeFile(this.path("cat-placed.png"), zip["cat-cutout.png"]!);
    this.compare("cat.png", "cat.matte.png", recipe, this.path("cat-placed.png"));
  }
}
