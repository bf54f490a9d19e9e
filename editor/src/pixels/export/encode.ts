/** Picture → file, within a limit of bytes: `fit_bytes.py`. No metadata is written. */
import { PixelError } from "../errors";
import type { Finished } from "../cutout";
import { encodePng } from "./png";

export type Format = "png" | "webp" | "jpeg";

export interface Encoded {
  readonly file: Blob;
  /** The quality used; that of PNG is the one given. */
  readonly quality: number;
}

/** Below it a photo is a mosaic, and a smaller picture is the better answer. */
const LEAST_QUALITY = 10;
const LONGEST: Readonly<Record<Format, number>> = { png: 65535, webp: 16383, jpeg: 65500 };

/** Encodes in at most so many bytes, at the best quality that allows it; never at a better one than asked. */
export async function encodeWithin(
  signal: AbortSignal,
  picture: Finished,
  format: Format,
  quality: number,
  maxBytes: number | null,
): Promise<Encoded> {
  checkFits(picture, format);
  const encode = await encoderOf(picture, format);
  const first = await encode(quality);
  if (maxBytes === null || first.size <= maxBytes) return { file: first, quality };
  if (format === "png")
    throw tooLarge(format, maxBytes, first.size, "Choose JPEG or WebP, or a smaller canvas.");
  let [used, beyond] = [Math.min(LEAST_QUALITY, quality), quality];
  let file = await encode(used);
  if (file.size > maxBytes) throw tooLarge(format, maxBytes, file.size, "Choose a smaller canvas.");
  while (beyond - used > 1) {
    signal.throwIfAborted();
    const middle = Math.floor((used + beyond) / 2);
    const tried = await encode(middle);
    if (tried.size <= maxBytes) [file, used] = [tried, middle];
    else beyond = middle;
  }
  return { file, quality: used };
}

function checkFits(picture: Finished, format: Format): void {
  if (format === "jpeg" && !picture.opaque)
    throw new PixelError("JPEG", "has no transparency", "Choose a background, or PNG or WebP.");
  const longest = Math.max(picture.width, picture.height);
  if (longest > LONGEST[format])
    throw new PixelError(
      format.toUpperCase(),
      `holds at most ${LONGEST[format]} pixels a side, and the picture has ${longest}`,
      "Choose PNG, or a smaller canvas.",
    );
}

async function encoderOf(picture: Finished, format: Format): Promise<(quality: number) => Promise<Blob>> {
  if (format === "png") {
    const file = await encodePng(picture, picture.grey ? 1 : picture.opaque ? 3 : 4);
    return async () => file;
  }
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext("2d", { alpha: !picture.opaque });
  if (!context) throw new PixelError("Memory", "there is not enough for a picture of this size");
  const pixels = picture.pixels as Uint8ClampedArray<ArrayBuffer>;
  context.putImageData(new ImageData(pixels, picture.width, picture.height), 0, 0);
  return async (quality) => {
    const file = await canvas.convertToBlob({ type: `image/${format}`, quality: quality / 100 });
    if (file.type === `image/${format}`) return file;
    throw new PixelError(format.toUpperCase(), "this browser cannot write it", "Choose PNG.");
  };
}

const tooLarge = (format: Format, most: number, reached: number, remedy: string): PixelError =>
  new PixelError(
    "File size",
    `as ${format.toUpperCase()} this picture takes ${reached.toLocaleString("en-US")} bytes at the least, ` +
      `and ${most.toLocaleString("en-US")} are allowed`,
    `${remedy} Or allow more bytes.`,
  );
