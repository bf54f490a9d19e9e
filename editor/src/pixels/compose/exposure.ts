/** Exposure of a product shot: factors of linear light, and a shoulder that keeps the highlights. */
import { clamp, picture, round, type Picture, type Plane } from "../planes/plane";
import { LUMINANCE, fromLight, toLight, type Triple } from "./light";
import { percentile, sampled } from "./sampled";

/** Pixels a side that the brightness is read from. */
const SIDE = 384;
/** Linear light above which a channel may have been cut off. */
const CLIPPED = 0.98;
/** How far exposure is moved, in stops. */
const STOPS = [-1, 1.5] as const;
/** Linear light from which on highlights are rolled off. */
const KNEE = 0.8;
const PERCENTILE = 95;

/** The factor of linear light that brings the subject to its target, and a sentence. */
export interface Exposure {
  readonly gain: number;
  readonly note: string;
}

/** Finds the exposure that brings the lightest 5 % of the subject to an encoded grey. */
export function expose(foreground: Picture, alpha: Plane, target: number, gains: Triple): Exposure {
  const level = brightness(foreground, alpha, gains);
  if (level === null) return { gain: 1, note: "exposure: no pixel of the subject is opaque, left as it is" };
  if (level === 0) return { gain: 1, note: "exposure: the subject is black, left as it is" };
  const [wanted, have] = [toLight(target), toLight(level)];
  const most = Math.max(...gains);
  const gain = clamp(unbent(wanted, have, most), 2 ** STOPS[0], 2 ** STOPS[1]);
  const reached = bend(gain * have, gain * most);
  const short = Math.abs(reached - wanted) < 0.01 ? "" : `, which is short of ${target.toFixed(2)} by choice`;
  const stops = Math.log2(gain);
  const words = `${stops < 0 ? "" : "+"}${stops.toFixed(1)} stops`;
  const note = `exposure ${words}: highlights from ${level.toFixed(2)} to ${fromLight(reached).toFixed(2)}${short}`;
  return { gain, note };
}

/** A percentile of the luminance of a subject's opaque pixels, encoded, in [0, 1]; null without any. */
function brightness(foreground: Picture, alpha: Plane, gains: Triple): number | null {
  const opaque = sampled(foreground, alpha, SIDE).filter(({ weight }) => weight > 0.95);
  if (!opaque.length) return null;
  const light = opaque.map(({ light }) =>
    light.reduce((sum, value, k) => sum + value * gains[k as 0] * LUMINANCE[k as 0], 0),
  );
  return fromLight(percentile(light, PERCENTILE));
}

/** Multiplies linear light, and rolls highlights off so that nothing is cut off. */
export function develop(foreground: Picture, gains: Triple, exposure = 1): Picture {
  const factors = gains.map((gain) => gain * exposure);
  if (factors.every((factor) => factor === 1)) return foreground;
  const tables = factors.map((factor) => tableOf(factor, Math.max(...factors)));
  const result = picture(foreground.width, foreground.height);
  for (let i = 0; i < result.pixels.length; i += 4) {
    for (let k = 0; k < 3; k++) result.pixels[i + k] = tables[k]![foreground.pixels[i + k]!]!;
    result.pixels[i + 3] = foreground.pixels[i + 3]!;
  }
  return result;
}

/** Leaves light below the knee, and compresses from there to `most` into from there to 1. */
function bend(light: number, most: number): number {
  if (most <= 1 || light <= KNEE) return light;
  const slope = (most - KNEE) / (1 - KNEE);
  const share = clamp((light - KNEE) / (most - KNEE), 0, 1);
  return KNEE + ((1 - KNEE) * slope * share) / (1 + (slope - 1) * share);
}

/** The gain with which `bend(gain·have, gain·most)` is `wanted`, by bisection. */
function unbent(wanted: number, have: number, most: number): number {
  let [low, high] = [1e-3, 1e3];
  for (let i = 0; i < 60; i++) {
    const middle = Math.sqrt(low * high);
    if (bend(middle * have, middle * most) < wanted) low = middle;
    else high = middle;
  }
  return low;
}

function tableOf(factor: number, most: number): Uint8Array {
  const beyond = bend(most, most) - bend(factor, most);
  return Uint8Array.from({ length: 256 }, (_, value) => {
    const light = toLight(value / 255);
    const top = clamp((light - CLIPPED) / (1 - CLIPPED), 0, 1);
    return round(fromLight(bend(light * factor, most) + top * beyond) * 255);
  });
}
