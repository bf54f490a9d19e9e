/** Takes the light of a coloured backdrop out of a cutout's edges: `compose/despill.py`. */
import { eachEdge } from "../planes/bands";
import { chamfer } from "../planes/distance";
import { clamp, crop, mask, picture, type Picture, type Plane } from "../planes/plane";
import { PixelError } from "../errors";
import type { Colour } from "./colours";

/** Pixels into the subject over which the effect fades. */
const REACH = 8;
/** What 8 bits round to 1. */
const OPAQUE = 1 - 1 / 510;
/** Below it a colour is a grey and has no hue to remove. */
const LEAST_HUE = 16;
const SLOPE = Math.tan(Math.PI / 6);

type Vector = readonly [number, number, number];

/** Suppresses the hue of a backdrop in and near soft edges, at the brightness that is there. */
export function despill(foreground: Picture, alpha: Plane, colour: Colour): Picture {
  const [along, across] = axes(colour);
  const result = picture(foreground.width, foreground.height, foreground.pixels.slice());
  eachEdge(alpha, REACH + 1, ({ core, reach, inner }) => {
    const part = crop(alpha, reach);
    const depth = chamfer(
      mask(part.data, (v) => v >= OPAQUE),
      part.width,
      part.height,
      3,
    );
    for (let y = core.top; y < core.bottom; y++)
      for (let x = core.left; x < core.right; x++) {
        const near = (y - core.top + inner.top) * part.width + x - core.left + inner.left;
        const weight = clamp(1 - (depth.data[near]! - 1) / REACH, 0, 1);
        if (weight > 0) suppress(result.pixels, 4 * (y * result.width + x), weight, along, across);
      }
  });
  return result;
}

/** Two unit vectors among the colours of mean 0: along a spill's hue, and across it. */
function axes(colour: Colour): [Vector, Vector] {
  const [red, green, blue] = colour;
  if (Math.max(red, green, blue) - Math.min(red, green, blue) < LEAST_HUE)
    throw new PixelError("Despill", "a grey has no hue to take out", "Name a hue, such as green.");
  const mean = (red + green + blue) / 3;
  const length = Math.hypot(red - mean, green - mean, blue - mean);
  const [x, y, z] = [(red - mean) / length, (green - mean) / length, (blue - mean) / length];
  const third = 1 / Math.sqrt(3);
  return [
    [x, y, z],
    [(y - z) * third, (z - x) * third, (x - y) * third],
  ];
}

/** Takes the excess along the first axis out of a pixel. */
function suppress(
  pixels: Uint8ClampedArray,
  at: number,
  weight: number,
  along: Vector,
  across: Vector,
): void {
  const [r, g, b] = [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
  const first = r * along[0] + g * along[1] + b * along[2];
  const second = r * across[0] + g * across[1] + b * across[2];
  const excess = weight * Math.max(first - SLOPE * Math.abs(second), 0);
  pixels[at] = r - excess * along[0];
  pixels[at + 1] = g - excess * along[1];
  pixels[at + 2] = b - excess * along[2];
}
