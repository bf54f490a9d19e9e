/** Stand-ins for the workers' answers, small enough to be read at a glance. */
import type { Doubt, Matte, Photo } from "../../src/document/types";
import type { Composed, PixelJobs } from "../../src/worker/jobs";

const problem = (sentence: string) => Object.assign(new Error(sentence), { name: "PixelError" });

export async function decoded(file: File): Promise<Photo> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw problem(`${file.name}: is no picture that this browser can read. Save it as JPEG or PNG.`);
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d")!;
  context.drawImage(bitmap, 0, 0);
  return {
    name: file.name,
    width,
    height,
    pixels: context.getImageData(0, 0, width, height).data,
    ownAlpha: null,
  };
}

export function shrunk(photo: Photo, side: number): Promise<Blob> {
  const scale = Math.min(1, side / Math.max(photo.width, photo.height));
  const full = new OffscreenCanvas(photo.width, photo.height);
  full.getContext("2d")!.putImageData(imageOf(photo.pixels, photo.width, photo.height), 0, 0);
  const small = new OffscreenCanvas(Math.round(photo.width * scale), Math.round(photo.height * scale));
  small.getContext("2d")!.drawImage(full, 0, 0, small.width, small.height);
  return small.convertToBlob({ type: "image/png" });
}

/** A soft ellipse in the middle, for a subject. */
export async function ellipse(copy: Blob): Promise<{ matte: Matte; doubt: Doubt }> {
  const { width, height } = await createImageBitmap(copy);
  const alpha = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const far = Math.hypot((x + 0.5) / width - 0.5, ((y + 0.5) / height - 0.5) / 1.2);
      alpha[y * width + x] = Math.round(255 * Math.min(1, Math.max(0, (0.36 - far) * 20)));
    }
  const reasons = [{ code: "hair", sentence: "There may be fine hair at the edge: look there." }];
  return { matte: { width, height, alpha }, doubt: { uncertainty: 0.31, needsLook: true, reasons } };
}

export function enlarged(photo: Photo, matte: Matte): Matte {
  const { width, height } = photo;
  const alpha = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [fx, fy] = [Math.floor((x * matte.width) / width), Math.floor((y * matte.height) / height)];
      alpha[y * width + x] = matte.alpha[fy * matte.width + fx]!;
    }
  return { width, height, alpha };
}

export function composed({ photo, matte, look }: PixelJobs["compose"]["takes"]): Composed {
  const { width, height } = photo;
  const behind = typeof look["background"] === "string" ? colourOf(look["background"]) : null;
  const pixels = new Uint8ClampedArray(photo.pixels);
  for (let at = 0; at < width * height; at++) {
    const share = matte.alpha[at]! / 255;
    for (let c = 0; behind && c < 3; c++)
      pixels[4 * at + c] = photo.pixels[4 * at + c]! * share + behind[c]! * (1 - share);
    pixels[4 * at + 3] = behind ? 255 : matte.alpha[at]!;
  }
  return { width, height, pixels, notes: [] };
}

export function exported(picture: Composed, format: "png" | "webp" | "jpeg"): Promise<Blob> {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext("2d")!.putImageData(imageOf(picture.pixels, picture.width, picture.height), 0, 0);
  return canvas.convertToBlob({ type: `image/${format}` });
}

const imageOf = (pixels: Uint8ClampedArray, width: number, height: number) =>
  new ImageData(new Uint8ClampedArray(pixels), width, height);

function colourOf(text: string): number[] {
  const context = new OffscreenCanvas(1, 1).getContext("2d")!;
  context.fillStyle = text;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}
