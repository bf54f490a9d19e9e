import type { BrowserContext } from "@playwright/test";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";

/** Builds a page around `@imgly/background-removal`, with its data package beside it. */
export async function buildPeer(folder: string, peer: string): Promise<void> {
  const root = join(folder, "source");
  await mkdir(root, { recursive: true });
  await writeFile(join(root, "peer.html"), '<!doctype html><script type="module" src="./peer.js"></script>');
  const entry = JSON.stringify(join(peer, "node_modules/@imgly/background-removal/dist/index.mjs"));
  await writeFile(join(root, "peer.js"), `import cut from ${entry};\nwindow.cut = cut;\n`);
  const input = join(root, "peer.html");
  await build({
    configFile: false,
    logLevel: "error",
    root,
    base: "./",
    build: { outDir: folder, emptyOutDir: false, rolldownOptions: { input } },
  });
  await cp(join(peer, "node_modules/@imgly/background-removal-data/dist"), join(folder, "data"), {
    recursive: true,
  });
}

/** Milliseconds from a photo in hand to the peer's cutout, in a new page. */
export async function timePeer(context: BrowserContext, url: string): Promise<number> {
  const page = await context.newPage();
  await page.goto(`${url}peer.html`);
  await page.waitForFunction("window.cut");
  const time = await page.evaluate(async (publicPath) => {
    const photo = await (await fetch("photo")).blob();
    const { cut } = window as unknown as { cut(photo: Blob, config: object): Promise<Blob> };
    const start = performance.now();
    const made = await cut(photo, { publicPath });
    if (made.size < 10_000) throw new Error("the peer gave no cutout");
    return Math.round(performance.now() - start);
  }, `${url}data/`);
  await page.close();
  return time;
}
