/** A small copy for the networks, as a file. */
import { picture, type Picture } from "../planes/plane";
import { shrinkColours } from "../planes/resize";
import { sizeAtMost } from "../refine/refine";

/** Of JPEG: a network's answer moves less by it than by a rounding to 8 bits. */
const QUALITY = 0.95;

/** Averages over areas; the photo's own size where that is smaller. */
export function shrunk(photo: Picture, side: number): Picture {
  const [width, height] = sizeAtMost(photo.width, photo.height, side);
  const result = picture(width, height);
  result.pixels.fill(255);
  shrinkColours(photo, width, height).forEach(({ data }, k) => {
    for (let i = 0; i < data.length; i++) result.pixels[4 * i + k] = data[i]!;
  });
  return result;
}

export async function shrinkToFile(photo: Picture, side: number): Promise<Blob> {
  const small = shrunk(photo, side);
  const canvas = new OffscreenCanvas(small.width, small.height);
  const pixels = small.pixels as Uint8ClampedArray<ArrayBuffer>;
  canvas
    .getContext("2d", { alpha: false })!
    .putImageData(new ImageData(pixels, small.width, small.height), 0, 0);
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}
