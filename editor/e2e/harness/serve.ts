import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { build, preview } from "vite";

const here = dirname(fileURLToPath(import.meta.url));

/** Builds one page of this folder as the editor is built and serves it on a free port. */
export async function servePage(name: string): Promise<{ url: string; close: () => Promise<void> }> {
  const outDir = await mkdtemp(join(tmpdir(), "alphacut-harness-"));
  const shared = { configFile: false, root: here, base: "./", logLevel: "warn" } as const;
  await build({
    ...shared,
    plugins: [svelte({ configFile: false, compilerOptions: { runes: true } })],
    worker: { format: "es" },
    build: { outDir, emptyOutDir: true, target: "es2023", rollupOptions: { input: join(here, name) } },
  });
  const server = await preview({
    ...shared,
    build: { outDir },
    preview: { host: "127.0.0.1", port: 0, strictPort: false },
  });
  const address = server.httpServer.address();
  if (address === null || typeof address === "string") throw new Error("the harness has no port");
  return {
    url: `http://127.0.0.1:${address.port}/${name}`,
    close: async () => {
      await server.close();
      await rm(outDir, { recursive: true, force: true });
    },
  };
}
