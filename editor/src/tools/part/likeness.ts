/** Bits of each channel by which colours are told apart: 64 steps of each make a table of 256 kB. */
const BITS = 6;
const STEPS = 1 << BITS;
/** Oklab's a and b count twice, as in ΔE-OK2 (B. Ottosson): else shadows on a thing part it sooner than its colour. */
const HUE = 2;

export type Colour = readonly [red: number, green: number, blue: number];

/**
 * How like `colour` every sRGB colour is: 255 up to a distance in Oklab, 0 from twice that distance on; 128 is halfway.
 * Indexed by `colourIndex`. At a tolerance of 1 every colour is alike.
 */
export function likeness(colour: Colour, tolerance: number): Uint8Array {
  const table = new Uint8Array(STEPS ** 3).fill(255);
  if (tolerance >= 1) return table;
  const near = 0.4 * Math.max(0.02, tolerance);
  const middle = oklab(colour);
  const light = Float64Array.from({ length: STEPS }, (_, k) => linear((k + 0.5) * (256 / STEPS) - 0.5));
  for (let r = 0, at = 0; r < STEPS; r++)
    for (let g = 0; g < STEPS; g++)
      for (let b = 0; b < STEPS; b++, at++) {
        const [l, a, c] = fromLinear(light[r]!, light[g]!, light[b]!);
        const distance = Math.hypot(l - middle[0], HUE * (a - middle[1]), HUE * (c - middle[2]));
        table[at] = Math.round(255 * Math.min(1, Math.max(0, 2 - distance / near)));
      }
  return table;
}

export const colourIndex = (red: number, green: number, blue: number): number =>
  ((red >> (8 - BITS)) << (2 * BITS)) | ((green >> (8 - BITS)) << BITS) | (blue >> (8 - BITS));

/** Oklab of 8-bit sRGB (B. Ottosson, 2020). */
export const oklab = (colour: Colour): Colour =>
  fromLinear(linear(colour[0]), linear(colour[1]), linear(colour[2]));

function linear(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function fromLinear(r: number, g: number, b: number): Colour {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
