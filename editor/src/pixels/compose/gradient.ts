/** Gradients, joined in Oklab as CSS Color 4 does, translucent stops premultiplied: `compose/gradient.py`. */
import { clamp, picture, round, type Picture } from "../planes/plane";
import type { Gradient } from "./backdrops";
import { dithered } from "./dither";
import { fromLight, fromOklab, toLight, toOklab, type Triple } from "./light";

const STEPS = 65536;

/** Paints a gradient; the centres of the outermost pixels have the colours of the ends exactly. */
export function paintGradient(gradient: Gradient, width: number, height: number): Picture {
  const table = ramp(gradient);
  const result = picture(width, height);
  const place = placer(gradient, width, height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const index = 4 * round(place(x, y) * (STEPS - 1));
      const at = 4 * (y * width + x);
      for (let k = 0; k < 4; k++) result.pixels[at + k] = dithered(table[index + k]! * 255, x, y);
    }
  return result;
}

/** `STEPS` sRGB colours and their straight alpha, in [0, 1]. */
function ramp({ stops }: Gradient): Float32Array {
  const known = stops.map(([, colour]) => {
    const alpha = colour[3] / 255;
    const light = [0, 1, 2].map((k) => toLight(colour[k as 0] / 255)) as unknown as Triple;
    return [...toOklab(light).map((value) => value * alpha), alpha];
  });
  const table = new Float32Array(4 * STEPS);
  for (let i = 0, before = 0; i < STEPS; i++) {
    const at = i / (STEPS - 1);
    while (before + 1 < stops.length && stops[before + 1]![0] <= at) before++;
    const next = Math.min(before + 1, stops.length - 1);
    const [low, high] = [stops[before]![0], stops[next]![0]];
    const share = high > low ? clamp((at - low) / (high - low), 0, 1) : 0;
    const mixed = known[before]!.map((value, k) => value + share * (known[next]![k]! - value));
    const alpha = mixed[3]!;
    const lab = mixed.slice(0, 3).map((value) => value / (alpha > 0 ? alpha : 1)) as unknown as Triple;
    fromOklab(lab).forEach((value, k) => (table[4 * i + k] = fromLight(value)));
    table[4 * i + 3] = alpha;
  }
  return table;
}

/** How far along the gradient, in [0, 1], a pixel is. */
function placer(gradient: Gradient, width: number, height: number): (x: number, y: number) => number {
  const [right, bottom] = [width - 1, height - 1];
  const { angle, centre } = gradient;
  if (angle === null) {
    const [across, down] = centre.map((at) => Math.SQRT2 * Math.max(at, 1 - at)) as [number, number];
    return (x, y) => {
      const u = (x / Math.max(right, 1) - centre[0]) / across;
      const v = (y / Math.max(bottom, 1) - centre[1]) / down;
      return Math.min(Math.sqrt(u * u + v * v), 1);
    };
  }
  const [sin, cos] = [Math.sin((angle * Math.PI) / 180), -Math.cos((angle * Math.PI) / 180)];
  const length = Math.abs(sin) * right + Math.abs(cos) * bottom || 1;
  return (x, y) => clamp(((x - right / 2) * sin + (y - bottom / 2) * cos) / length + 0.5, 0, 1);
}
