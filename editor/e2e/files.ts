import type { Page } from "@playwright/test";

export interface Sent {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** A photo drawn in the page: a disc on a gradient, so that the cutout can be told from what is behind it. */
export async function photo(page: Page, name: string, width = 600, height = 400): Promise<Sent> {
  const data = await page.evaluate(
    async ([width, height]) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d")!;
      const sky = context.createLinearGradient(0, 0, width, height);
      sky.addColorStop(0, "#7aa0c8");
      sky.addColorStop(1, "#e8c9a0");
      context.fillStyle = sky;
      context.fillRect(0, 0, width, height);
      context.fillStyle = "#b5402a";
      context.ellipse(width / 2, height / 2, width * 0.33, height * 0.4, 0, 0, 7);
      context.fill();
      const blob = await canvas.convertToBlob({ type: "image/png" });
      // As text: numbers one by one take seconds on their way out of the page.
      return new Promise<string>((tell) => {
        const reader = new FileReader();
        reader.onload = () => tell(String(reader.result).split(",")[1]!);
        reader.readAsDataURL(blob);
      });
    },
    [width, height] as const,
  );
  return { name, mimeType: "image/png", buffer: Buffer.from(data, "base64") };
}

/** The head of a PNG that says its size; the rest is not there. */
export function headOfPng(name: string, width: number, height: number): Sent {
  const buffer = Buffer.alloc(64);
  buffer.write("\x89PNG\r\n\x1a\n", 0, "latin1");
  buffer.writeUInt32BE(13, 8);
  buffer.write("IHDR", 12, "latin1");
  buffer.writeUInt32BE(width, 16);
  buffer.writeUInt32BE(height, 20);
  return { name, mimeType: "image/png", buffer };
}

type Input = Parameters<ReturnType<Page["locator"]>["setInputFiles"]>[0];

/** Gives files to the page as its button does. */
export const add = (page: Page, files: Input): Promise<void> =>
  page.locator("input[type=file][accept='image/*']").first().setInputFiles(files);

/** Brings files as a drop or a paste does. */
export const bring = (page: Page, kind: "drop" | "paste", files: readonly Sent[]): Promise<void> =>
  page.evaluate(
    ([kind, files]) => {
      const data = new DataTransfer();
      for (const { name, type, text } of files) {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        data.items.add(new File([bytes], name, { type, lastModified: 1 }));
      }
      const how = { bubbles: true, cancelable: true };
      const event =
        kind === "drop"
          ? new DragEvent("drop", { ...how, dataTransfer: data })
          : new ClipboardEvent("paste", { ...how, clipboardData: data });
      document.body.dispatchEvent(event);
    },
    [
      kind,
      files.map(({ name, mimeType, buffer }) => ({ name, type: mimeType, text: buffer.toString("base64") })),
    ] as const,
  );
