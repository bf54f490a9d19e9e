import type { Photo } from "../../src/document/types";

/** A photo drawn in code: a smooth gradient with fine texture, another colour where the subject is. */
export function drawnPhoto(width: number, height: number): Photo {
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 4) {
      const inside = distance(x, y, width, height) < 0;
      const grain = ((x * 7 + y * 13) & 15) - 8;
      pixels[at] = (inside ? 200 : 40) + grain;
      pixels[at + 1] = (inside ? 80 : 140) + (x * 90) / width + grain;
      pixels[at + 2] = (inside ? 60 : 190) + (y * 60) / height - grain;
      pixels[at + 3] = 255;
    }
  return { name: "drawn", width, height, pixels, ownAlpha: null };
}

/** A disc with a soft edge of `soft` pixels each side. */
export function drawnAlpha(width: number, height: number, soft: number): Uint8Array {
  const alpha = new Uint8Array(width * height);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const share = 0.5 - distance(x, y, width, height) / (2 * soft);
      alpha[at] = Math.round(255 * Math.min(1, Math.max(0, share)));
    }
  return alpha;
}

/** Pixels outside (+) or inside (−) of the disc. */
const distance = (x: number, y: number, width: number, height: number) =>
  Math.hypot(x + 0.5 - width / 2, y + 0.5 - height / 2) - Math.min(width, height) * 0.36;
