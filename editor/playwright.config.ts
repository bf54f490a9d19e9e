import { existsSync } from "node:fs";
import { defineConfig, devices } from "@playwright/test";

const usual = "/usr/bin/chromium";
const chromium = process.env["CHROMIUM"] ?? (existsSync(usual) ? usual : undefined);

/** Chromium's own calls home would stand beside the page's; here nothing but this machine has an address. */
const QUIET = [
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
];

/** Titles of tests that run the networks which everybody gets. */
const REAL = /everybody gets/;

export default defineConfig({
  testDir: "e2e",
  // Minutes with the real networks: `make test-slow`.
  ...(process.env["SLOW"] ? { grep: REAL } : { grepInvert: REAL }),
  outputDir: "../.cache/e2e",
  workers: 2, // of two cores: while one waits for its page, the other works
  timeout: 120_000,
  expect: { timeout: 20_000 },
  forbidOnly: Boolean(process.env["CI"]),
  reporter: "line",
  use: {
    ...devices["Desktop Chrome"],
    actionTimeout: 30_000, // what cannot be pressed is told while it is still known why
    // Pictures of every frame would have to be read back from graphics that are drawn in software.
    trace: { mode: "retain-on-failure", screenshots: false },
    screenshot: "only-on-failure",
    launchOptions: { args: QUIET, ...(chromium ? { executablePath: chromium } : {}) },
  },
});
