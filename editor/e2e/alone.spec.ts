import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { expect, test as base } from "./fixtures";
import { env, need, python, run, startFiles, type Server } from "./server";

const editor = fileURLToPath(new URL("..", import.meta.url));

/** The page of `make static`, with the network of one layer, on a plain server of files. */
const test = base.extend<object, { outDir: string; server: Server }>({
  outDir: [
    async ({}, use) => {
      const outDir = await mkdtemp(join(tmpdir(), "alphacut-alone-"));
      await use(outDir);
      await rm(outDir, { recursive: true });
    },
    { scope: "worker" },
  ],
  server: [
    async ({ outDir }, use) => {
      await build({ root: editor, mode: "static", logLevel: "error", build: { outDir } });
      execFileSync(python, [join(editor, "alone.py"), outDir], { stdio: "inherit" });
      run("tiny_web.py", outDir);
      const server = await startFiles(outDir);
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

test.use({ prefix: "/pages/cutouts/" });

test("the page opens without a service", async ({ page, site }) => {
  await page.goto("./");
  await expect(page.getByRole("main")).toBeVisible();
  await page.waitForLoadState("networkidle");
  expect(site.sent.filter(({ body }) => body.length > 0)).toEqual([]);
});

test("its policy holds though no header says it", async ({ page, troubles, asked }) => {
  troubles.allow(/outside\.example/);
  await page.goto("./");
  const failed = await page.evaluate(() => fetch("https://outside.example/").then(String, () => "refused"));
  expect(failed).toBe("refused");
  await expect.poll(() => troubles.seen.join()).toContain("policy: connect-src https://outside.example/");
  expect(asked.filter((address) => address.includes("outside"))).toEqual([]);
});

test("what it would ask of a service lies beside it", async ({ page }) => {
  await page.goto("./");
  const presets = await page.evaluate(() => fetch("v1/presets").then((answer) => answer.json()));
  expect(presets.presets.length).toBeGreaterThan(3);
  const schema = await page.evaluate(() => fetch("v1/recipes/schema").then((answer) => answer.json()));
  expect(schema.properties).toBeTruthy();
});

for (const [title, needs] of [
  ["the network of one layer", []],
  ["the networks that everybody gets", ["isnet", "u2net"]],
] as const)
  test(`cuts a photo out with ${title}`, async ({ page, site, outDir }) => {
    need(test.info(), needs);
    if (needs.length)
      execFileSync(python, ["-m", "alphacut", "models", "web", "auto", "-o", outDir], { env });
    run("whole.py", "photos", outDir);
    await page.goto("./");
    await page.locator("input[type=file]").first().setInputFiles(join(outDir, "cat.png"));
    await expect(page.getByText("1 of 1 done")).toBeVisible({ timeout: 90_000 });
    expect(site.sent.filter(({ body }) => body.length > 0)).toEqual([]);
  });
