import type { Page } from "@playwright/test";
import { readFile } from "node:fs/promises";

/** Opens the editor with a way to the matte chosen, no work of an earlier run, and nothing under way. */
export async function openEditor(page: Page, url: string, mode: "device" | "server"): Promise<void> {
  await page.addInitScript(
    (choices) => localStorage.setItem("alphacut.choices", choices),
    JSON.stringify({ mode, theme: "light" }),
  );
  await page.goto(url);
  await page.getByRole("main").waitFor();
  await page.waitForLoadState("networkidle");
}

/** Milliseconds from the drop of a photo to the frame that shows it cut out. */
export async function drop(page: Page, file: string): Promise<number> {
  const bytes = (await readFile(file)).toString("base64");
  return page.evaluate(
    async ([name, bytes]) => {
      const data = new DataTransfer();
      const raw = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
      data.items.add(new File([raw], name, { type: "image/jpeg" }));
      const frame = () => new Promise(requestAnimationFrame);
      const started = performance.now();
      dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
      for (;;) {
        await frame();
        const told = document.querySelector("aside .state")?.textContent;
        if (document.querySelector("[role=alert]")) throw new Error(document.body.innerText.slice(0, 400));
        if (told === "Done") break;
      }
      // One more for what that frame asked to be drawn, and one whose beginning says that it was shown.
      await frame();
      await frame();
      return Math.round(performance.now() - started);
    },
    [file.split("/").at(-1)!, bytes] as const,
  );
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** The value that a share of the others does not exceed. */
export const most = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
