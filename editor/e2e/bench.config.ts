import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const usual = "/usr/bin/chromium";
const chromium = process.env["CHROMIUM"] ?? (existsSync(usual) ? usual : undefined);

/** Measurements are run by hand, never with the tests. */
export default defineConfig({
  testDir: ".",
  testMatch: "*.bench.ts",
  outputDir: "../../.cache/bench",
  workers: 1,
  reporter: "line",
  use: {
    launchOptions: {
      args: [
        "--no-sandbox",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-sync",
      ],
      ...(chromium ? { executablePath: chromium } : {}),
    },
  },
});
