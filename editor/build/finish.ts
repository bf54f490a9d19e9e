import { readFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { HtmlTagDescriptor, Plugin } from "vite";

const PACKED = /\.(css|html|js|json|mjs|svg|wasm)$/;
/** Brotli's best takes minutes for WebAssembly of this size, and saves a sixth. */
const LARGE = 2 ** 20;

const headers: Record<string, string> = JSON.parse(
  readFileSync(new URL("../headers.json", import.meta.url), "utf8"),
);

/**
 * What the build adds to vite's: the answer headers that the page needs, and each file compressed.
 * The service reads `headers.json`. A page without a service (`--mode static`) says its policy itself,
 * and hosts that read a file `_headers` find the rest there.
 */
export function finish(): Plugin {
  let folder = "";
  let alone = false;
  return {
    name: "finish",
    apply: "build",
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir);
      alone = config.mode === "static";
    },
    transformIndexHtml: () => (alone ? [policy()] : []),
    generateBundle() {
      const [fileName, source] = alone ? ["_headers", hosted()] : ["headers.json", JSON.stringify(headers)];
      this.emitFile({ type: "asset", fileName, source });
    },
    async closeBundle() {
      for (const name of await readdir(folder, { recursive: true }))
        if (PACKED.test(name) && name !== "headers.json") await pack(join(folder, name));
    },
  };
}

function policy(): HtmlTagDescriptor {
  // Browsers heed this one in a header only, and complain of it elsewhere.
  const content = headers["Content-Security-Policy"]?.replace(/; frame-ancestors [^;]*/, "") ?? "";
  return {
    tag: "meta",
    attrs: { "http-equiv": "Content-Security-Policy", content },
    injectTo: "head-prepend",
  };
}

function hosted(): string {
  const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`);
  const kept = "  Cache-Control: public, max-age=31536000, immutable";
  return ["/*", ...lines, "/assets/*", kept, ""].join("\n");
}

async function pack(path: string): Promise<void> {
  const data = await readFile(path);
  const quality = data.length > LARGE ? 5 : 11;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
  };
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(data, { params }),
    promisify(gzip)(data, { level: 9 }),
  ]);
  if (br.length < data.length) await writeFile(`${path}.br`, br);
  if (gz.length < data.length) await writeFile(`${path}.gz`, gz);
}
