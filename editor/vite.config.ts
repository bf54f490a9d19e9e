import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defaultClientConditions } from "vite";
import { defineConfig } from "vitest/config";
import { finish } from "./build/finish.ts";

export default defineConfig({
  plugins: [svelte(), finish()],
  base: "./", // the page works behind any path prefix
  build: {
    outDir: "../src/alphacut/server/static",
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    license: { fileName: "licences.md" }, // of the packages that are in it
  },
  // ONNX Runtime's own way to keep its WASM beside the page, not inside a script that its threads would run again.
  resolve: { conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions] },
  worker: { format: "es" },
  server: {
    proxy: { "/v1": "http://127.0.0.1:7000" },
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
  // Tests share nothing that they change, and to load every file anew for each takes longer than to run them.
  test: { include: ["{src,build}/**/*.test.ts"], pool: "threads", isolate: false },
});
