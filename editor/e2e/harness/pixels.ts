/** The pixel worker and what a test needs to make files for it and to read its files. */
import { PLAIN_EDGES, type Matte, type Photo } from "../../src/document/types";
import { connect } from "../../src/worker/bridge";
import type { PixelJobs } from "../../src/worker/jobs";

const ask = connect<PixelJobs>(
  () => new Worker(new URL("../../src/worker/pixels.worker.ts", import.meta.url), { type: "module" }),
);

/** A file of a drawing: left half one colour, right half another, the top row a third. */
async function file(
  type: string,
  width: number,
  height: number,
  left: string,
  space: PredefinedColorSpace = "srgb",
) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { colorSpace: space })!;
  context.fillStyle = left;
  context.fillRect(0, 0, width / 2, height);
  context.fillStyle = "rgb(20, 60, 220)";
  context.fillRect(width / 2, 0, width / 2, height);
  return new File([await canvas.convertToBlob({ type, quality: 0.95 })], `drawn.${type.split("/")[1]}`);
}

/** The same JPEG with an EXIF orientation. */
async function turned(jpeg: File, orientation: number): Promise<File> {
  const bytes = new Uint8Array(await jpeg.arrayBuffer());
  const tiff = [
    0x4d,
    0x4d,
    0,
    42,
    0,
    0,
    0,
    8,
    0,
    1,
    1,
    0x12,
    0,
    3,
    0,
    0,
    0,
    1,
    0,
    orientation,
    0,
    0,
    0,
    0,
    0,
    0,
  ];
  const exif = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff];
  const segment = Uint8Array.from([0xff, 0xe1, 0, exif.length + 2, ...exif]);
  return new File([bytes.slice(0, 2), segment, bytes.slice(2)], "turned.jpeg");
}

/** What a file shows, by the browser. */
async function shown(blob: Blob): Promise<{ width: number; height: number; pixels: Uint8ClampedArray }> {
  const bitmap = await createImageBitmap(blob, { premultiplyAlpha: "none" });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d")!;
  context.drawImage(bitmap, 0, 0);
  return { width, height, pixels: context.getImageData(0, 0, width, height).data };
}

/** A photo of a disc and its matte, of any size. */
function scene(width: number, height: number): { photo: Photo; matte: Matte } {
  const pixels = new Uint8ClampedArray(4 * width * height).fill(255);
  const alpha = new Uint8Array(width * height);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const far = Math.hypot(x - width / 2, y - height / 2);
      const share = Math.min(1, Math.max(0, (height / 3 - far) / 6 + 0.5));
      const grain = (x * 7 + y * 13) % 19;
      alpha[i] = Math.round(255 * share);
      pixels[4 * i] = 60 + 130 * share + grain;
      pixels[4 * i + 1] = 120 - 30 * share + grain;
      pixels[4 * i + 2] = 180 - 120 * share + grain;
    }
  return { photo: { name: "scene", width, height, pixels, ownAlpha: null }, matte: { width, height, alpha } };
}

const lab = { ask, file, turned, shown, scene, PLAIN_EDGES };
export type PixelLab = typeof lab;
(window as unknown as { pixelLab: PixelLab }).pixelLab = lab;
