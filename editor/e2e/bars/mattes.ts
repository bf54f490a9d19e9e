import type { BrowserContext } from "@playwright/test";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { serveSite } from "../device.site";
import type { Device } from "../harness/device";

const config = fileURLToPath(new URL("../vite.device.config.ts", import.meta.url));

/** The mean difference of the mattes of some photos, at their own size: on the device from the server's. */
export async function compareMattes(
  context: BrowserContext,
  service: string,
  folder: string,
  photos: readonly string[],
): Promise<number[]> {
  await build({ configFile: config, logLevel: "error", build: { outDir: folder } });
  const site = await serveSite(folder, {}, (asked, answer) => {
    if (!asked.url?.startsWith("/v1/")) return false;
    const { host } = new URL(service);
    const headers = { ...asked.headers, host };
    const onward = request(new URL(asked.url, service), { method: asked.method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    asked.pipe(onward);
    return true;
  });
  try {
    const page = await context.newPage();
    await page.goto(`${site.url}device.html`);
    await page.waitForFunction("window.device");
    const found: number[] = [];
    for (const photo of photos) {
      const text = (await readFile(photo)).toString("base64");
      found.push(
        await page.evaluate(async (text) => {
          const { device } = window as unknown as { device: Device };
          const file = new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], "photo.jpg");
          const { signal } = new AbortController();
          device.pixels ??= device.openPixels();
          const { pixels } = device;
          const picture = await pixels(signal, "decode", { file });
          const copy = await pixels(signal, "shrink", { photo: picture, side: 1024 });
          device.matte ??= device.openMatte().ask;
          const here = await device.matte(signal, "matte", { photo: copy });
          const there = await device.connectServer().matte(signal, copy);
          const large = async ({ matte }: typeof here) =>
            (await pixels(signal, "enlarge", { photo: picture, matte })).alpha;
          const [own, other] = [await large(here), await large(there)];
          return own.reduce((sum, value, i) => sum + Math.abs(value - other[i]!), 0) / 255 / own.length;
        }, text),
      );
    }
    await page.close();
    return found;
  } finally {
    await site.close();
  }
}
