import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { build } from "vite";
import { finish } from "./finish.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "finish-"));
  await writeFile(
    join(root, "index.html"),
    '<!doctype html><html><head></head><body><script type="module" src="/main.js"></script></body></html>',
  );
  await writeFile(join(root, "main.js"), `console.log(${JSON.stringify("words ".repeat(200))});`);
});
afterEach(() => rm(root, { recursive: true }));

async function built(mode: string): Promise<string> {
  await build({ root, mode, base: "./", configFile: false, logLevel: "error", plugins: [finish()] });
  return join(root, "dist");
}

test("each file that can be smaller is there compressed too", async () => {
  const folder = await built("production");
  const scripts = (await readdir(join(folder, "assets"))).filter((name) => name.endsWith(".js"));
  expect(scripts).toHaveLength(1);
  const path = join(folder, "assets", scripts[0] ?? "");
  const plain = await readFile(path);
  expect(brotliDecompressSync(await readFile(`${path}.br`))).toEqual(plain);
  expect(gunzipSync(await readFile(`${path}.gz`))).toEqual(plain);
});

test("the service is told the headers, and the page says nothing itself", async () => {
  const folder = await built("production");
  const headers = JSON.parse(await readFile(join(folder, "headers.json"), "utf8"));
  expect(headers["Cross-Origin-Embedder-Policy"]).toBe("require-corp");
  expect(await readFile(join(folder, "index.html"), "utf8")).not.toContain("Content-Security-Policy");
});

test("a page without a service says its policy before it loads anything", async () => {
  const folder = await built("static");
  const page = await readFile(join(folder, "index.html"), "utf8");
  const policy = page.indexOf("Content-Security-Policy");
  expect(policy).toBeGreaterThan(0);
  expect(policy).toBeLessThan(page.indexOf("<script"));
  expect(page).toMatch(/content="default-src (&#39;|')none/);
  expect(page).not.toContain("frame-ancestors"); // which browsers heed in a header only
  const hosted = await readFile(join(folder, "_headers"), "utf8");
  expect(hosted).toContain("/*\n  Content-Security-Policy: default-src 'none'");
  expect(hosted).toContain("/assets/*\n  Cache-Control: public, max-age=31536000, immutable");
});
