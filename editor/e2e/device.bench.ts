/**
 * From a photo in hand to its first cutout on this device, beside `@imgly/background-removal` 1.4.5 (its default,
 * isnet_fp16), both in headless Chromium, each time in a new page, with weights cached, one after the other in turn.
 *
 *     alphacut models web isnet -o DIR
 *     npm install --prefix PEER @imgly/background-removal@1.4.5 @imgly/background-removal-data@1.4.5
 *     WEIGHTS=DIR PEER=PEER PHOTO=photo.jpg npx playwright test -c e2e/device.bench.config.ts
 */
import { chromium, expect, test, type BrowserContext } from "@playwright/test";
import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { serveSite } from "./device.site";
import type { Device } from "./harness/device";

const ROUNDS = Number(process.env["ROUNDS"] ?? 3);
const BAR = 0.6;
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

test("the first cutout on this device takes at most 0.6 of the peer's time", async () => {
  test.setTimeout(30 * 60_000);
  const [weights, peer, photo] = ["WEIGHTS", "PEER", "PHOTO"].map((name) => process.env[name] ?? "");
  if (!weights || !peer || !photo)
    throw new Error("WEIGHTS, PEER and PHOTO are needed; see the head of this file");
  const folder = await mkdtemp(join(tmpdir(), "alphacut-bench-"));
  await buildPages(folder, peer!);
  await cp(weights!, folder, { recursive: true });
  await copyFile(photo!, join(folder, "photo"));
  const site = await serveSite(folder, {}, (_, response) => {
    response.setHeader("Cache-Control", "public, max-age=31536000, immutable");
    response.removeHeader("Content-Security-Policy"); // the peer starts its threads from blobs
    return false;
  });
  const context = await chromium.launchPersistentContext(
    join(folder, "profile"),
    test.info().project.use.launchOptions,
  );
  try {
    const times = { ours: [] as number[], peer: [] as number[] };
    for (let round = 0; round <= ROUNDS; round++) {
      const [ours, theirs] = [await timeOurs(context, site.url), await timePeer(context, site.url)];
      console.log(
        `${round === 0 ? "weights fetched" : `round ${round}`}: ours ${ours} ms, the peer's ${theirs} ms`,
      );
      if (round === 0) continue;
      times.ours.push(ours);
      times.peer.push(theirs);
    }
    const ratio = median(times.ours) / median(times.peer);
    console.log(
      `from drop to first cutout: ours ${median(times.ours)} ms, the peer's ${median(times.peer)} ms, ratio ${ratio.toFixed(3)} (bar ${BAR})`,
    );
    expect(ratio).toBeLessThanOrEqual(BAR);
  } finally {
    await context.close();
    await site.close();
    await rm(folder, { recursive: true, force: true });
  }
});

async function buildPages(folder: string, peer: string): Promise<void> {
  const silent = { logLevel: "error" } as const;
  await build({
    ...silent,
    configFile: here("vite.device.config.ts"),
    build: { outDir: folder, emptyOutDir: false },
  });
  const root = join(folder, "peer-source");
  await mkdir(root);
  await writeFile(join(root, "peer.html"), '<!doctype html><script type="module" src="./peer.js"></script>');
  const entry = JSON.stringify(join(peer, "node_modules/@imgly/background-removal/dist/index.mjs"));
  await writeFile(join(root, "peer.js"), `import cut from ${entry};\nwindow.cut = cut;\n`);
  await build({
    ...silent,
    configFile: false,
    root,
    base: "./",
    build: { outDir: folder, emptyOutDir: false, rolldownOptions: { input: join(root, "peer.html") } },
  });
  await cp(join(peer, "node_modules/@imgly/background-removal-data/dist"), join(folder, "peer-data"), {
    recursive: true,
  });
}

async function timeOurs(context: BrowserContext, url: string): Promise<number> {
  const page = await context.newPage();
  await page.goto(`${url}device.html`);
  await page.waitForFunction("window.device");
  const result = await page.evaluate(async () => {
    const photo = await (await fetch("photo")).blob();
    const { device } = window as unknown as { device: Device };
    const start = performance.now();
    const { ask } = device.openMatte();
    const { matte } = await ask(new AbortController().signal, "matte", { photo });
    const bitmap = await createImageBitmap(photo);
    const small = new OffscreenCanvas(matte.width, matte.height);
    const picture = new ImageData(matte.width, matte.height);
    matte.alpha.forEach((value, i) => (picture.data[4 * i + 3] = value));
    small.getContext("2d")!.putImageData(picture, 0, 0);
    const large = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = large.getContext("2d")!;
    context.drawImage(small, 0, 0, large.width, large.height);
    context.globalCompositeOperation = "source-in";
    context.drawImage(bitmap, 0, 0);
    const made = await large.convertToBlob({ type: "image/png" });
    return { time: Math.round(performance.now() - start), bytes: made.size };
  });
  expect(result.bytes).toBeGreaterThan(10_000);
  await page.close();
  return result.time;
}

async function timePeer(context: BrowserContext, url: string): Promise<number> {
  const page = await context.newPage();
  await page.goto(`${url}peer.html`);
  await page.waitForFunction("window.cut");
  const result = await page.evaluate(async (publicPath) => {
    const photo = await (await fetch("photo")).blob();
    const { cut } = window as unknown as { cut(photo: Blob, config: object): Promise<Blob> };
    const start = performance.now();
    const made = await cut(photo, { publicPath });
    return { time: Math.round(performance.now() - start), bytes: made.size };
  }, `${url}peer-data/`);
  expect(result.bytes).toBeGreaterThan(10_000);
  await page.close();
  return result.time;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
