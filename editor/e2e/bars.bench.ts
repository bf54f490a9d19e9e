/**
 * Every bar of the editor, measured on this machine and told as text: `npm run bench`, for which the weights of the
 * default model have to be in the home, and the peer in a folder:
 *
 *     npm install --ignore-scripts --prefix PEER @imgly/background-removal@1.4.5 @imgly/background-removal-data@1.4.5
 *     PEER=PEER npm run bench
 *
 * Without PEER, what needs it is left out. Other work on the machine slows all of it: `load` says how much there was.
 */
import { chromium, test, type BrowserContext, type Page } from "@playwright/test";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { BUDGET } from "../src/history/history";
import { serveSite } from "./device.site";
import { paintLarge } from "./bars/large";
import { compareMattes } from "./bars/mattes";
import { drop, median, openEditor } from "./bars/page";
import { buildPeer, timePeer } from "./bars/peer";
import { run, startOwn } from "./server";

const ROUNDS = Number(process.env["ROUNDS"] ?? 3);
const STROKES = Number(process.env["STROKES"] ?? 50);
/** Milliseconds in which a person chooses a photo: the page wakes what this browser keeps of the network. */
const AWAKE = { device: 8000, server: 2000 } as const;
const only = process.env["ONLY"]?.split(",");

interface Bar {
  readonly name: string;
  readonly bar: string;
  readonly got: string;
  readonly met: boolean;
}

interface Bench {
  readonly context: BrowserContext;
  readonly url: string;
  readonly folder: string;
}

const SECTIONS: Readonly<Record<string, (bench: Bench) => Promise<Bar[]>>> = {
  page: measurePage,
  server: measureServer,
  device: measureDevice,
  mattes: measureMattes,
  large: measureLarge,
};

test("the bars", async () => {
  test.setTimeout(60 * 60_000);
  const folder = await mkdtemp(join(tmpdir(), "alphacut-bench-"));
  run("bars/photos.py", folder);
  const service = await startOwn();
  const context = await chromium.launchPersistentContext(join(folder, "profile"), {
    ...test.info().project.use.launchOptions,
    viewport: { width: 1440, height: 900 },
  });
  try {
    for (const [name, measure] of Object.entries(SECTIONS)) {
      if (only && !only.includes(name)) continue;
      const bars = await measure({ context, url: `${service.url}/`, folder }).catch((error: Error) => [
        { name, bar: "", got: error.message.split("\n")[0]!, met: false },
      ]);
      for (const { name, bar, got, met } of bars)
        console.log(`${met ? "met    " : "NOT MET"}  ${name}: ${got}${bar && ` (bar ${bar})`}`);
      console.log(`         load ${loadavg()[0]!.toFixed(1)}`);
    }
  } finally {
    await context.close();
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

async function measurePage({ context, url }: Bench): Promise<Bar[]> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  let bytes = 0;
  session.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await openEditor(page, url, "server");
  const { violations } = await new AxeBuilder({ page }).analyze();
  await page.close();
  return [
    {
      name: "first page, bytes sent",
      bar: "200 kB",
      got: `${(bytes / 1000).toFixed(0)} kB`,
      met: bytes <= 200e3,
    },
    { name: "axe, first page", bar: "0", got: `${violations.length} violations`, met: !violations.length },
  ];
}

/** Times from drop to cutout, each in a new page; the first, which fetches and starts things, does not count. */
async function dropTimes(bench: Bench, mode: "device" | "server", between = async () => {}) {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const page = await bench.context.newPage();
    await openEditor(page, bench.url, mode);
    await page.waitForTimeout(AWAKE[mode]);
    times.push(await drop(page, join(bench.folder, "2mp.jpg")));
    await forget(page);
    await between();
  }
  return times.slice(1);
}

/** Closes a page whose photo shall not be there in the next one. */
async function forget(page: Page): Promise<void> {
  await page.goto(new URL("health", page.url()).href);
  await page.evaluate(() => indexedDB.deleteDatabase("alphacut-work"));
  await page.close();
}

const seconds = (times: readonly number[]) =>
  `median ${(median(times) / 1000).toFixed(2)} s of ${times.map((time) => (time / 1000).toFixed(2)).join(", ")}`;

async function measureServer(bench: Bench): Promise<Bar[]> {
  const times = await dropTimes(bench, "server");
  const name = "drop to first cutout, 2 MP, by the server";
  return [{ name, bar: "2.0 s", got: seconds(times), met: median(times) <= 2000 }];
}

async function measureDevice(bench: Bench): Promise<Bar[]> {
  const name = "drop to first cutout, 2 MP, on the device";
  const peer = process.env["PEER"];
  if (!peer)
    return [{ name, bar: "", got: `${seconds(await dropTimes(bench, "device"))}; no PEER`, met: false }];
  const folder = join(bench.folder, "peer");
  await buildPeer(folder, peer);
  await copyFile(join(bench.folder, "2mp.jpg"), join(folder, "photo"));
  const site = await serveSite(folder, {}, (_, response) => {
    response.setHeader("Cache-Control", "public, max-age=31536000, immutable");
    response.removeHeader("Content-Security-Policy"); // the peer starts its threads from blobs
    return false;
  });
  try {
    const theirs: number[] = [];
    const ours = await dropTimes(bench, "device", async () => {
      theirs.push(await timePeer(bench.context, site.url));
    });
    theirs.shift();
    const ratio = median(ours) / median(theirs);
    const got = `${ratio.toFixed(2)} of the peer's: ours ${seconds(ours)}; the peer's ${seconds(theirs)}`;
    return [{ name, bar: "0.6", got, met: ratio <= 0.6 }];
  } finally {
    await site.close();
  }
}

async function measureMattes({ context, url, folder }: Bench): Promise<Bar[]> {
  const names = ["astronaut", "cat", "coffee", "rocket"];
  const files = names.map((name) => join(folder, `${name}.jpg`));
  const found = await compareMattes(context, url, join(folder, "harness"), files);
  return names.map((name, i) => ({
    name: `matte on the device from the server's, ${name}`,
    bar: "0.01",
    got: found[i]!.toFixed(4),
    met: found[i]! <= 0.01,
  }));
}

async function measureLarge({ context, url, folder }: Bench): Promise<Bar[]> {
  const page = await context.newPage();
  await openEditor(page, url, "server");
  const opened = await drop(page, join(folder, "24mp.jpg"));
  const { frames, undo, redo, memory } = await paintLarge(page, STROKES);
  await forget(page);
  const [middle, slow] = frames.map((gap) => gap.toFixed(0));
  const times = ([middle, worst]: readonly [number, number]) => `median ${middle} ms, worst ${worst} ms`;
  const grown = (memory[1] - memory[0]) / 2 ** 20;
  const budget = BUDGET / 2 ** 20;
  return [
    {
      name: "24 MP, a stroke of the brush",
      bar: "30 frames a second",
      got: `${(1000 / frames[0]).toFixed(0)} a second; between frames median ${middle} ms, 95 % ${slow} ms`,
      met: frames[0] <= 1000 / 30,
    },
    { name: "24 MP, undo, key to frame", bar: "100 ms", got: times(undo), met: undo[0] <= 100 },
    { name: "24 MP, redo, key to frame", bar: "100 ms", got: times(redo), met: redo[0] <= 100 },
    {
      name: `24 MP, memory of ${STROKES} strokes`,
      bar: `${budget} MB`,
      got: `${grown.toFixed(0)} MB more than before; the page and its workers ${(memory[1] / 2 ** 20).toFixed(0)} MB`,
      met: grown <= budget,
    },
    {
      name: "24 MP, drop to cutout by the server",
      bar: "",
      got: `${(opened / 1000).toFixed(1)} s`,
      met: true,
    },
  ];
}
