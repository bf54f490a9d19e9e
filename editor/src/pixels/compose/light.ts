/** Encoded values and light: the sRGB curve (IEC 61966-2-1), and Oklab (B. Ottosson, 2020). */
import { clamp } from "../planes/plane";

export type Triple = readonly [number, number, number];
export type Matrix = readonly [Triple, Triple, Triple];

/** From linear sRGB to the cones' answers. */
export const TO_CONES: Matrix = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
/** From the cube roots of the cones' answers to Oklab. */
export const OPPONENTS: Matrix = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];
/** Shares of linear red, green and blue in relative luminance (ITU-R BT.709). */
export const LUMINANCE: Triple = [0.2126, 0.7152, 0.0722];

export const toLight = (encoded: number): number =>
  encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;

/** The sRGB value in [0, 1] of linear light, clipped to [0, 1] first. */
export function fromLight(light: number): number {
  const clipped = clamp(light, 0, 1);
  return clipped <= 0.0031308 ? clipped * 12.92 : 1.055 * clipped ** (1 / 2.4) - 0.055;
}

/** The linear light of every byte. */
export const LIGHT = Float32Array.from({ length: 256 }, (_, value) => toLight(value / 255));

export const times = (m: Matrix, [x, y, z]: Triple): Triple => [
  m[0][0] * x + m[0][1] * y + m[0][2] * z,
  m[1][0] * x + m[1][1] * y + m[1][2] * z,
  m[2][0] * x + m[2][1] * y + m[2][2] * z,
];

export function inverse(m: Matrix): Matrix {
  const [[a, b, c], [d, e, f], [g, h, i]] = m;
  const scale = 1 / (a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g));
  return [
    [(e * i - f * h) * scale, (c * h - b * i) * scale, (b * f - c * e) * scale],
    [(f * g - d * i) * scale, (a * i - c * g) * scale, (c * d - a * f) * scale],
    [(d * h - e * g) * scale, (b * g - a * h) * scale, (a * e - b * d) * scale],
  ];
}

const cubed = ([x, y, z]: Triple): Triple => [x * x * x, y * y * y, z * z * z];
const rooted = ([x, y, z]: Triple): Triple => [
  Math.cbrt(Math.max(x, 0)),
  Math.cbrt(Math.max(y, 0)),
  Math.cbrt(Math.max(z, 0)),
];

/** The cube roots of the cones' answers to linear sRGB, of which Oklab is a matrix. */
export const toCones = (linear: Triple): Triple => rooted(times(TO_CONES, linear));
const FROM_CONES = inverse(TO_CONES);
const FROM_OPPONENTS = inverse(OPPONENTS);
/** Linear sRGB, outside [0, 1] where out of gamut. */
export const fromCones = (cones: Triple): Triple => times(FROM_CONES, cubed(cones));
export const toOklab = (linear: Triple): Triple => times(OPPONENTS, toCones(linear));
export const fromOklab = (lab: Triple): Triple => fromCones(times(FROM_OPPONENTS, lab));
