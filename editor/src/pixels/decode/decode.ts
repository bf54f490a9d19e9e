/** File → upright sRGB pixels at full size. */
import type { Photo } from "../../document/types";
import { PixelError } from "../errors";
import { ENOUGH, readHeader, type Kind } from "./header";

/** The largest photo that is opened, as Python's `max_pixels`. */
export const MOST_PIXELS = 120_000_000;
/** Rows that pass through a canvas at a time: a canvas of the whole photo would double its memory. */
const BAND = 512;

/** Decodes a photo; every error is a sentence for people. */
export async function decode(signal: AbortSignal, file: File): Promise<Photo> {
  const kind = await checked(file);
  signal.throwIfAborted();
  const bitmap = await opened(file, kind);
  try {
    signal.throwIfAborted();
    checkSize(file.name, bitmap.width, bitmap.height);
    const pixels = pixelsOf(file.name, bitmap);
    return {
      name: file.name,
      width: bitmap.width,
      height: bitmap.height,
      pixels,
      ownAlpha: takeAlpha(pixels),
    };
  } finally {
    bitmap.close();
  }
}

/** Looks at the first bytes, before memory is taken. */
async function checked(file: File): Promise<Kind> {
  if (file.size === 0) throw new PixelError(file.name, "is empty", "Choose another file.");
  let bytes = new Uint8Array(await file.slice(0, ENOUGH).arrayBuffer());
  let header = readHeader(bytes);
  if (header.kind === "jpeg" && !header.size && file.size > ENOUGH) {
    bytes = new Uint8Array(await file.slice(0, 16 * ENOUGH).arrayBuffer());
    header = readHeader(bytes);
  }
  if (header.size) checkSize(file.name, header.size.width, header.size.height);
  return header.kind;
}

function checkSize(name: string, width: number, height: number): void {
  if (width * height > MOST_PIXELS)
    throw new PixelError(
      name,
      `has ${Math.round((width * height) / 1e6)} megapixels, and at most ${MOST_PIXELS / 1e6} are opened here`,
      "Make it smaller first.",
    );
}

async function opened(file: File, kind: Kind): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image", premultiplyAlpha: "none" });
  } catch {
    throw refusal(file.name, kind);
  }
}

/** Says why a browser may have refused a file of a kind. */
function refusal(name: string, kind: Kind): PixelError {
  if (kind === "heic")
    return new PixelError(name, "is HEIC, which this browser cannot open", "Save it as JPEG first.");
  if (kind === "tiff")
    return new PixelError(name, "is TIFF, which browsers do not open", "Save it as PNG or JPEG first.");
  if (kind === "unknown")
    return new PixelError(
      name,
      "is not a picture that this browser can open",
      "Choose JPEG, PNG, WebP or AVIF.",
    );
  return new PixelError(
    name,
    "is damaged, or a picture of a sort that this browser cannot open",
    "Open it in another program and save it again.",
  );
}

function pixelsOf(name: string, bitmap: ImageBitmap): Uint8ClampedArray<ArrayBuffer> {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, Math.min(BAND, height)).getContext("2d", {
    willReadFrequently: true,
    colorSpace: "srgb",
  });
  if (!context) throw new PixelError(name, "needs more memory than there is", "Make it smaller first.");
  const pixels = allocated(name, 4 * width * height);
  for (let top = 0; top < height; top += BAND) {
    const rows = Math.min(BAND, height - top);
    context.clearRect(0, 0, width, BAND);
    context.drawImage(bitmap, 0, top, width, rows, 0, 0, width, rows);
    pixels.set(context.getImageData(0, 0, width, rows).data, 4 * top * width);
  }
  return pixels;
}

function allocated(name: string, bytes: number): Uint8ClampedArray<ArrayBuffer> {
  try {
    return new Uint8ClampedArray(bytes);
  } catch {
    throw new PixelError(
      name,
      "needs more memory than there is",
      "Close other tabs, or make it smaller first.",
    );
  }
}

/** Takes the alpha out of RGBA, whose fourth byte becomes 255; null where all is opaque. */
export function takeAlpha(pixels: Uint8ClampedArray): Uint8Array | null {
  let alpha: Uint8Array | null = null;
  for (let i = 3; i < pixels.length; i += 4) {
    if (pixels[i] === 255) continue;
    alpha ??= new Uint8Array(pixels.length / 4).fill(255);
    alpha[(i - 3) / 4] = pixels[i]!;
    pixels[i] = 255;
  }
  return alpha;
}
