import { test as base } from "@playwright/test";
import type { Lab } from "./harness/canvas";
import { servePage } from "./harness/serve";

declare global {
  interface Window {
    lab: Lab;
  }
}

/** Tests of the canvas alone: `page` has it open, and fails the test on an error that nobody caught. */
export const test = base.extend<object, { address: string }>({
  address: [
    async ({}, use) => {
      const site = await servePage("canvas.html");
      await use(site.url);
      await site.close();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  page: async ({ page, address }, use) => {
    const errors: Error[] = [];
    page.on("pageerror", (error) => errors.push(error));
    await page.goto(address);
    await page.waitForFunction(() => "lab" in window);
    await use(page);
    expect(errors).toEqual([]);
  },
});

export const { expect } = test;

/** Pictures to look at, beside the other results of a run. */
export const shot = (name: string) => test.info().outputPath(`${name}.png`);
