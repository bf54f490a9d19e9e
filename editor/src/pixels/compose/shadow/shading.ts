/**
 * Where the light comes from, seen on the subject itself: `compose/shadow/shading.py`. With Lambert's law the luminance
 * just inside the outline is `a + b·n`, and `b` points to the light (Nillius and Eklundh, CVPR 2001).
 */
import { gaussian } from "../../planes/blur";
import { chamfer } from "../../planes/distance";
import { crop, mask, modulo, padded, type Picture, type Plane } from "../../planes/plane";
import { LUMINANCE } from "../light";
import { cropPicture } from "../resample";
import { lightOf } from "./keep";
import { median, normalEquations, solved } from "./least_squares";
import { boxOf } from "./look";
import { shrunken } from "./soften";

/** Of the copy that is looked at: shading is broad, print and fabric are not. */
const SIDE = 256;
/** The rim that is looked at, from and to, as shares of the shorter side. */
const INSIDE = 0.02;
const DEPTH = 0.12;
/** Fewer pixels of it tell nothing. */
const LEAST_RIM = 50;
/** Of the rim's mean light: a weaker gradient may as well be the subject's colour. */
const LEAST_SWING = 0.12;
/** Share of the variance that the light explains. */
const LEAST_FIT = 0.12;
const ROUNDS = 8;
/** 95 % efficiency on normal errors. */
const CAUCHY = 2.385;

/** The light's direction in the picture, clockwise from the top; null where the shading shows none. The note says it. */
export function lightDirection(alpha: Plane, photo: Picture): { direction: number | null; note: string } {
  const box = boxOf(alpha);
  if (!box) return { direction: null, note: "light: there is no subject" };
  const [inside] = shrunken(crop(alpha, box), SIDE);
  const light = lightOf(cropPicture(photo, box), inside.width, inside.height);
  const { design, places } = rimOf(inside);
  if (places.length < LEAST_RIM) return { direction: null, note: "light: the subject is too small to tell" };
  const values = Float64Array.from(places, (at) =>
    LUMINANCE.reduce((sum, share, k) => sum + share * light[k]!.data[at]!, 0),
  );
  const { base, right, down, fit } = lambert(values, design);
  const swing = Math.hypot(right, down) / Math.max(base, 1e-3);
  if (!(swing >= LEAST_SWING && fit >= LEAST_FIT))
    return { direction: null, note: "light: the subject's shading shows no direction" };
  const direction = modulo((Math.atan2(right, -down) * 180) / Math.PI, 360);
  return { direction, note: `light: from ${direction.toFixed(0)}°, by the subject's shading` };
}

/** Where the outline's normals lie, and of each place 1 and its unit normal, to the right and down. */
function rimOf(alpha: Plane): { design: Float64Array; places: Int32Array } {
  const framed = padded(alpha, { left: 1, top: 1, right: 1, bottom: 1 }, "replicate");
  const opaque = mask(framed.data, (v) => v > 0.5);
  const depth = chamfer(opaque, framed.width, framed.height, 5);
  const smooth = gaussian(depth, 2);
  const shorter = Math.min(alpha.width, alpha.height);
  const [from, to] = [1 + INSIDE * shorter, 2 + DEPTH * shorter];
  const design: number[] = [];
  const places: number[] = [];
  for (let y = 0, at = 0; y < alpha.height; y++)
    for (let x = 0; x < alpha.width; x++, at++) {
      const centre = (y + 1) * framed.width + x + 1;
      if (!(depth.data[centre]! > from && depth.data[centre]! < to)) continue;
      const right = sobel(smooth.data, centre, 1, framed.width);
      const down = sobel(smooth.data, centre, framed.width, 1);
      const length = Math.hypot(right, down);
      if (!(length > 1)) continue;
      design.push(1, -right / length, -down / length);
      places.push(at);
    }
  return { design: Float64Array.from(design), places: Int32Array.from(places) };
}

/** Sobel's difference along a step, smoothed across it. */
function sobel(data: Float32Array, at: number, step: number, across: number): number {
  const difference = (i: number) => data[i + step]! - data[i - step]!;
  return difference(at - across) + 2 * difference(at) + difference(at + across);
}

/** `a`, `b` and the share of the variance that they explain, by robust regression. */
function lambert(
  values: Float64Array,
  design: Float64Array,
): { base: number; right: number; down: number; fit: number } {
  let weights = values.map(() => 1);
  let error = values;
  let answer = [0, 0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const { matrix, right } = normalEquations(design, 3, weights, [values]);
    answer = solved(matrix, right).map((row) => row[0]!);
    error = values.map(
      (v, n) => v - answer[0]! - answer[1]! * design[3 * n + 1]! - answer[2]! * design[3 * n + 2]!,
    );
    const scale = CAUCHY * Math.max(1.4826 * median(error.map(Math.abs)), 1e-4);
    weights = error.map((v) => 1 / (1 + (v / scale) ** 2));
  }
  const total = weights.reduce((sum, v) => sum + v, 0);
  const mean = values.reduce((sum, v, n) => sum + weights[n]! * v, 0) / total;
  const left = error.reduce((sum, v, n) => sum + weights[n]! * v * v, 0);
  const all = values.reduce((sum, v, n) => sum + weights[n]! * (v - mean) ** 2, 0);
  return { base: answer[0]!, right: answer[1]!, down: answer[2]!, fit: 1 - left / Math.max(all, 1e-9) };
}
