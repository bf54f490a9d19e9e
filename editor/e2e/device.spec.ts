import { expect, test as base, type Page } from "@playwright/test";
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { drawNetwork } from "./device.onnx";
import { serveSite, type Own, type Site } from "./device.site";
import type { Device } from "./harness/device";

const FILE = "/v1/weights/tiny.onnx";
const config = fileURLToPath(new URL("vite.device.config.ts", import.meta.url));

interface Served {
  readonly data?: Buffer;
  /** What the list promises, where that is something else. */
  readonly promised?: Buffer;
  /** The file of a second network, whose answer is joined. */
  readonly second?: Buffer;
  readonly cutAt?: (time: number) => number | null;
  readonly own?: Own;
}

const test = base.extend<{ serve: (served?: Served) => Promise<Site> }, { folder: string }>({
  folder: [
    async ({}, use) => {
      const folder = await mkdtemp(join(tmpdir(), "alphacut-device-"));
      await build({ configFile: config, logLevel: "error", build: { outDir: folder } });
      await use(folder);
      await rm(folder, { recursive: true, force: true });
    },
    { scope: "worker", timeout: 120_000 },
  ],
  serve: async ({ folder }, use) => {
    const sites: Site[] = [];
    await use(async (served = {}) => {
      const { data = drawNetwork(), promised = data, cutAt } = served;
      const { second } = served;
      const others = second ? [{ ...listed(second), name: "other", file: "weights/other.onnx" }] : [];
      const list = Buffer.from(JSON.stringify({ models: [listed(promised), ...others] }));
      const files = {
        "/v1/weights": { data: list },
        [FILE]: cutAt ? { data, cutAt } : { data },
        ...(second ? { "/v1/weights/other.onnx": { data: second } } : {}),
      };
      const site = await serveSite(folder, files, served.own);
      sites.push(site);
      return site;
    });
    await Promise.all(sites.map((site) => site.close()));
  },
});

const listed = (data: Buffer) => ({
  name: "tiny",
  precision: "f16",
  file: "weights/tiny.onnx",
  bytes: data.length,
  sha256: createHash("sha256").update(data).digest("hex"),
  size: [64, 64],
  fit: "aspect",
  multiple: 8,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  kind: "probability",
});

async function open(page: Page, site: Site): Promise<void> {
  await page.goto(`${site.url}device.html`);
  await page.waitForFunction("window.device");
}

/** Cuts out a picture whose left third is (255, 0, 0) and the rest (30, 60, 90); tells some of its matte. */
async function cut(page: Page, workers = 1, software = false) {
  return page.evaluate(
    async ({ workers, software }) => {
      const { device } = window as unknown as { device: Device };
      const canvas = new OffscreenCanvas(60, 40);
      const context = canvas.getContext("2d")!;
      context.fillStyle = "rgb(30 60 90)";
      context.fillRect(0, 0, 60, 40);
      context.fillStyle = "rgb(255 0 0)";
      context.fillRect(0, 0, 20, 40);
      const photo = await canvas.convertToBlob();
      const bytes: number[] = [];
      const one = async () => {
        const { ask, close } = device.openMatte(document.baseURI, software);
        const signal = new AbortController().signal;
        const progress = (at: { done: number; all: number | null }) => at.all && bytes.push(at.done);
        try {
          const { engine, notes } = await ask(signal, "prepare", {}, { progress });
          const { matte, doubt } = await ask(signal, "matte", { photo });
          const row = matte.width * (matte.height >> 1);
          const [left, right] = [matte.alpha[row + 4], matte.alpha[row + matte.width - 5]];
          return { size: [matte.width, matte.height], left, right, engine, notes, doubt, error: "" };
        } catch (error) {
          return { error: `${(error as Error).name}: ${(error as Error).message}` };
        } finally {
          close();
        }
      };
      const results = await Promise.all(Array.from({ length: workers }, one));
      return { ...results[0]!, results, bytes, isolated: crossOriginIsolated };
    },
    { workers, software },
  );
}

const fetches = (site: Site) => site.asked.filter((line) => line.includes(FILE));

test("cuts out with the mean of the channels, in a page of its own policy", async ({ page, serve }) => {
  const words: string[] = [];
  page.on("console", (message) => words.push(message.text()));
  const site = await serve();
  await open(page, site);
  const made = await cut(page);
  expect(made).toMatchObject({
    error: "",
    size: [64, 40],
    left: 85,
    right: 60,
    engine: "wasm",
    isolated: true,
  });
  expect(made.notes).toEqual([]);
  expect(made.doubt?.uncertainty).toBeGreaterThan(0.5);
  expect(words.filter((line) => /policy|refused/i.test(line))).toEqual([]);
});

test("joins two networks: the one that is decided is believed", async ({ page, serve }) => {
  const data = drawNetwork();
  const second = drawNetwork(3);
  const site = await serve({ data, second });
  await open(page, site);
  const made = await cut(page);
  // Alone the first says 85 and 60 of 255; the second, three times as much at most 255, is sure at the left.
  expect(made).toMatchObject({ error: "", size: [64, 40], left: 255 });
  expect(made.doubt?.reasons.map(({ code }) => code)).toContain("networks-disagree");
  expect(made.bytes.at(-1)).toBe(data.length + second.length);
  expect(site.asked.filter((line) => line.endsWith(".onnx"))).toHaveLength(2);
});

test("takes up a download that was cut where it stood", async ({ page, serve }) => {
  const data = drawNetwork(1, 3_000_000);
  const site = await serve({ data, cutAt: (time) => (time === 1 ? 1_000_000 : null) });
  await open(page, site);
  const made = await cut(page);
  expect(made).toMatchObject({ error: "", left: 85 });
  expect(fetches(site)).toHaveLength(2);
  expect(Number(/bytes=(\d+)-/.exec(fetches(site)[1]!)?.[1])).toBeGreaterThan(0);
  expect(made.bytes.toSorted((a, b) => a - b)).toEqual(made.bytes);
  expect(made.bytes.at(-1)).toBe(data.length);
});

test("says that a download was cut, and goes on from there after a reload", async ({ page, serve }) => {
  test.slow();
  let broken = true;
  const data = drawNetwork(1, 3_000_000);
  const site = await serve({ data, cutAt: (time) => (broken ? (time === 1 ? 2_000_000 : 0) : null) });
  await open(page, site);
  expect((await cut(page)).error).toMatch(/^WeightsError: The download was cut at \d+ MB of \d+ MB/);
  broken = false;
  await page.reload();
  await page.waitForFunction("window.device");
  expect(await cut(page)).toMatchObject({ error: "", left: 85 });
  expect(Number(/bytes=(\d+)-/.exec(fetches(site).at(-1)!)?.[1])).toBeGreaterThan(1_000_000);
});

test("refuses what is not the file that was promised, and keeps nothing of it", async ({ page, serve }) => {
  const good = drawNetwork(1, 500_000);
  const served = { data: drawNetwork(0.5, 500_000) };
  const site = await serve({
    ...served,
    promised: good,
    own: (request, response) => mend(request.url) && !!response.end(good),
  });
  let mended = false;
  const mend = (url = "") => mended && url.includes(FILE);
  await open(page, site);
  expect((await cut(page)).error).toMatch(/^WeightsError: The network that came is not the one/);
  mended = true;
  expect(await cut(page)).toMatchObject({ error: "", left: 85 });
  expect(fetches(site).at(-1)).not.toContain("bytes=");
});

test("works without the server once the network is kept", async ({ page, serve }) => {
  let gone = false;
  const own: Own = (request, response) =>
    gone && /weights/.test(request.url ?? "") && Boolean(response.destroy());
  const site = await serve({ own });
  await open(page, site);
  expect(await cut(page)).toMatchObject({ error: "", left: 85 });
  gone = true;
  expect(await cut(page)).toMatchObject({ error: "", left: 85 });
  expect(fetches(site)).toHaveLength(1);
});

test("two tabs fetch once", async ({ context, serve }) => {
  const site = await serve({ data: drawNetwork(1, 3_000_000) });
  const pages = [await context.newPage(), await context.newPage()];
  await Promise.all(pages.map((page) => open(page, site)));
  const made = await Promise.all(pages.map((page) => cut(page, 2)));
  for (const { results } of made)
    for (const result of results) expect(result).toMatchObject({ error: "", left: 85 });
  expect(fetches(site)).toHaveLength(1);
});

test("goes on in memory where there is no room to keep it, and says so", async ({ page, serve }) => {
  const site = await serve({ data: drawNetwork(1, 3_000_000) });
  await open(page, site);
  const session = await page.context().newCDPSession(page);
  const origin = new URL(site.url).origin;
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1_000_000 });
  const made = await cut(page);
  expect(made).toMatchObject({ error: "", left: 85 });
  expect(made.notes).toEqual([expect.stringContaining("no room")]);
});

test("says that there is no network here, and that nobody answers", async ({ page, serve }) => {
  let mode: "none" | "gone" = "none";
  const own: Own = (request, response) => {
    if (!/weights/.test(request.url ?? "")) return false;
    if (mode === "gone") response.destroy();
    else response.writeHead(404).end();
    return true;
  };
  const site = await serve({ own });
  await open(page, site);
  expect((await cut(page)).error).toContain("There is no network for this device here");
  mode = "gone";
  expect((await cut(page)).error).toContain("the server does not answer");
});

test("uses graphics that pass the self-test", async ({ playwright, serve }) => {
  const { launchOptions } = test.info().project.use;
  const software = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];
  const args = [...(launchOptions?.args ?? []), ...software];
  const browser = await playwright.chromium.launch({ ...launchOptions, args });
  try {
    const page = await browser.newPage();
    const site = await serve();
    await open(page, site);
    const adapter = await page.evaluate(async () => {
      const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
      return Boolean(await gpu?.requestAdapter());
    });
    test.skip(!adapter, "this Chromium has no WebGPU, not even in software");
    expect(await cut(page, 1, true)).toMatchObject({
      error: "",
      left: 85,
      right: 60,
      engine: "webgpu",
      notes: [],
    });
    // Where they are only drawn in software, the processor is faster, and nobody has to be told.
    expect(await cut(page)).toMatchObject({ error: "", left: 85, engine: "wasm", notes: [] });
  } finally {
    await browser.close();
  }
});

test("says why over plain HTTP it cannot", async ({ playwright, serve }) => {
  const { launchOptions } = test.info().project.use;
  const args = [...(launchOptions?.args ?? []), "--host-resolver-rules=MAP plain.test 127.0.0.1"];
  const browser = await playwright.chromium.launch({ ...launchOptions, args });
  try {
    const page = await browser.newPage();
    const site = await serve();
    await open(page, { ...site, url: site.url.replace("127.0.0.1", "plain.test") });
    expect((await cut(page)).error).toMatch(/^WeightsError: This page came over plain HTTP/);
  } finally {
    await browser.close();
  }
});

test("stops when it is told to, and does the next photo", async ({ page, serve }) => {
  const site = await serve({ data: drawNetwork(1, 3_000_000) });
  await open(page, site);
  const name = await page.evaluate(async () => {
    const { device } = window as unknown as { device: Device };
    const { ask } = device.openMatte();
    const controller = new AbortController();
    const progress = () => controller.abort();
    return ask(controller.signal, "prepare", {}, { progress }).catch((error: Error) => error.name);
  });
  expect(name).toBe("AbortError");
  expect(await cut(page)).toMatchObject({ error: "", left: 85 });
});

test.describe("the service's client", () => {
  const json = (response: ServerResponse, status: number, body: unknown, headers = {}) =>
    Boolean(
      response
        .writeHead(status, { "Content-Type": "application/json", ...headers })
        .end(JSON.stringify(body)),
    );

  const answers: Record<string, (response: ServerResponse) => boolean> = {
    busy: (response) => json(response, 503, { error: { subject: "the service" } }, { "Retry-After": "7" }),
    refused: (response) =>
      json(response, 422, { error: { subject: "the photo", problem: "is torn", remedy: "Send another." } }),
    failed: (response) => Boolean(response.writeHead(500).end("<html>")),
    gone: (response) => Boolean(response.destroy()),
    nonsense: (response) => Boolean(response.writeHead(200).end("<html>")),
  };

  const wanted: Record<string, string> = {
    busy: "ServerError: The server is busy. Try again in 7 seconds.",
    refused: "ServerError: The server refused: the photo is torn. Send another.",
    failed: "ServerError: The server failed (it answered 500). Try again, or use this device.",
    gone: "ServerError: The server does not answer. Check that it runs and that you are connected, then try again.",
    nonsense: "ServerError: The server gave an answer that this page does not understand.",
  };

  const ask = (page: Page, side: number) =>
    page.evaluate(async (side) => {
      const { device } = window as unknown as { device: Device };
      const canvas = new OffscreenCanvas(side, 8);
      canvas.getContext("2d")!.fillRect(0, 0, side, 8);
      const client = device.connectServer();
      try {
        const { matte, doubt } = await client.matte(
          new AbortController().signal,
          await canvas.convertToBlob(),
        );
        return { size: [matte.width, matte.height], alpha: Array.from(matte.alpha), doubt, error: "" };
      } catch (error) {
        return { error: `${(error as Error).name}: ${(error as Error).message}` };
      }
    }, side);

  for (const [name, answer] of Object.entries(answers))
    test(`says it plainly: ${name}`, async ({ page, serve }) => {
      const site = await serve({
        own: (request, response) => request.url === "/v1/mattes" && answer(response),
      });
      await open(page, site);
      expect((await ask(page, 8)).error).toBe(wanted[name]);
    });

  test("reads the matte and the doubt, and sends no large picture", async ({ page, serve }) => {
    // A grey PNG of 2 by 1 pixels, 0 and 200.
    const result =
      "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAAC0lEQVR4nGNgOAEAAMsAyWnIw2wAAAAASUVORK5CYII=";
    const warnings = [{ code: "blurred", sentence: "The photo is blurred." }];
    const body = { result, uncertainty: 0.25, needs_look: true, warnings };
    const site = await serve({
      own: (request, response) => request.url === "/v1/mattes" && json(response, 200, body),
    });
    await open(page, site);
    expect(await ask(page, 8)).toEqual({
      size: [2, 1],
      alpha: [0, 200],
      doubt: { uncertainty: 0.25, needsLook: true, reasons: warnings },
      error: "",
    });
    const before = site.asked.length;
    expect((await ask(page, 1025)).error).toContain("RangeError");
    expect(site.asked).toHaveLength(before);
  });
});
