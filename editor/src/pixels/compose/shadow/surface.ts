/**
 * A smooth surface fitted to what is behind a subject, as it would look without the shadow (`compose/shadow/surface.py`):
 * a cubic polynomial of the place in the logarithm of linear light, by iteratively reweighted least squares with Tukey's
 * biweight (Beaton and Tukey 1974), narrower for what is darker; then a normalised convolution (Knutsson and Westin 1993).
 */
import type { Size } from "../../../geometry/view";
import { gaussian } from "../../planes/blur";
import { plane, type Plane } from "../../planes/plane";
import { linear, shrinkPlane } from "../../planes/resize";
import { median, normalEquations, solved } from "./least_squares";

/** Linear light added to every value: below it a ratio is noise. */
const DARKEST = 0.004;
const SAMPLES = 8000;
const ROUNDS = 25;
/** Reach of the biweight, in standard deviations: Tukey's own, and that towards shadow. */
const BRIGHT = 4.685;
const DARK = 2.5;
/** Of log light: 8 bits at a bright grey. */
const LEAST_NOISE = 0.006;
/** Standard deviation of the normalised convolution, a share of the longest side. */
const BROAD = 0.08;
/** Fewer clean pixels than this, weighted, say nothing about a place. */
const RARE = 1e-3;
/** Fewer known pixels than this are no surface. */
const LEAST_KNOWN = 200;
/** The polynomial's terms: `xⁱ·yʲ` with `i + j` at most 3. */
const TERMS = 10;

export interface Surface {
  /** Logarithm of photo over surface, a plane each of red, green and blue. */
  readonly residual: readonly Plane[];
  /** Standard deviation of the log luminance of clean pixels. */
  readonly noise: number;
  /** That of its part with more than a few pixels' extent, which no noise of a camera has. */
  readonly roughness: number;
  /** Share of the known pixels that are at most darkened. */
  readonly explained: number;
}

/** Fits the surface to the known pixels; `trust` is how likely each is to be free of shadow. Null: too few are known. */
export function fitSurface(light: readonly Plane[], known: Uint8Array, trust: Float32Array): Surface | null {
  const size = light[0]!;
  const places = sampleOf(known);
  if (!places) return null;
  const logs = light.map((part) => logOf(part));
  const values = logs.map((part) => Float64Array.from(places, (at) => part.data[at]!));
  const trusted = Float64Array.from(places, (at) => trust[at]!);
  const factors = reweighted(basisAt(places, size), values, trusted);
  logs.forEach((part, k) => subtract(part, evaluated(factors, k, size)));
  const noise = spread(meanOf(logs), (i) => known[i]! > 0 && trust[i]! > 0.5);
  const rest = restOf(logs, known, noise);
  logs.forEach((part, k) => subtract(part, rest[k]!));
  return judged(logs, known, trust);
}

/** The mean of the three, at each pixel. */
export function meanOf([red, green, blue]: readonly Plane[]): Plane {
  const result = plane(red!.width, red!.height);
  for (let i = 0; i < result.data.length; i++)
    result.data[i] = (red!.data[i]! + green!.data[i]! + blue!.data[i]!) / 3;
  return result;
}

function judged(residual: readonly Plane[], known: Uint8Array, trust: Float32Array): Surface {
  const shade = meanOf(residual);
  const far = (i: number) => known[i]! > 0 && trust[i]! > 0.5;
  const noise = spread(shade, far);
  const weight = plane(shade.width, shade.height, Float32Array.from(known));
  const smooth = gaussian(times(shade, weight), 3);
  const total = gaussian(weight, 3);
  let [brighter, count] = [0, 0];
  for (let i = 0; i < known.length; i++) {
    smooth.data[i]! /= Math.max(total.data[i]!, 0.05);
    if (!known[i]) continue;
    count++;
    if (smooth.data[i]! > 0.03 + 2 * noise) brighter++;
  }
  return { residual, noise, roughness: spread(smooth, far), explained: 1 - brighter / count };
}

/** Some of the known pixels, picked at random so that no texture is followed; all where they are few. */
function sampleOf(known: Uint8Array): Int32Array | null {
  const all = new Int32Array(known.length);
  let count = 0;
  for (let i = 0; i < known.length; i++) if (known[i]) all[count++] = i;
  if (count < LEAST_KNOWN) return null;
  const step = Math.max(1, Math.floor(count / SAMPLES));
  const wanted = Math.ceil(count / step);
  let state = 1;
  for (let i = 0; i < wanted && step > 1; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = i + Math.floor((state / 2 ** 32) * (count - i));
    [all[i], all[other]] = [all[other]!, all[i]!];
  }
  return all.slice(0, wanted);
}

function reweighted(
  basis: Float64Array,
  values: readonly Float64Array[],
  trust: Float64Array,
): Float64Array[] {
  const weights = trust.map((v) => v + 0.02);
  let factors: Float64Array[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { matrix, right } = normalEquations(basis, TERMS, weights, values);
    const trace = matrix.reduce((sum, row, i) => sum + row[i]!, 0);
    matrix.forEach((row, i) => (row[i]! += 1e-6 * trace));
    factors = solved(matrix, right);
    const error = errorOf(factors, basis, values);
    const scale = Math.max(1.4826 * median(error.filter((v) => v > 0)), LEAST_NOISE);
    for (let n = 0; n < error.length; n++) {
      const scaled = error[n]! / (scale * (error[n]! > 0 ? BRIGHT : DARK));
      weights[n] = (trust[n]! + 0.02) * Math.max(1 - scaled * scaled, 0) ** 2 + 1e-9;
    }
  }
  return factors;
}

/** The mean of the three channels' errors. */
function errorOf(
  factors: readonly Float64Array[],
  basis: Float64Array,
  values: readonly Float64Array[],
): Float64Array {
  const [red, green, blue] = values as [Float64Array, Float64Array, Float64Array];
  const mean = Float64Array.from(factors, (row) => (row[0]! + row[1]! + row[2]!) / 3);
  const error = new Float64Array(red.length);
  for (let n = 0, at = 0; n < error.length; n++, at += TERMS) {
    let sum = (red[n]! + green[n]! + blue[n]!) / 3;
    for (let i = 0; i < TERMS; i++) sum -= basis[at + i]! * mean[i]!;
    error[n] = sum;
  }
  return error;
}

/** The terms at some pixels, one after the other. */
function basisAt(places: Int32Array, { width, height }: Size): Float64Array {
  const result = new Float64Array(places.length * TERMS);
  const half = Math.max(width, height) / 2;
  for (let n = 0; n < places.length; n++) {
    const row = Math.floor(places[n]! / width);
    const column = places[n]! - row * width;
    writeTerms((column - width / 2) / half, (row - height / 2) / half, result, n * TERMS);
  }
  return result;
}

function writeTerms(x: number, y: number, into: Float64Array, at: number): void {
  for (let i = 0, across = 1; i < 4; i++, across *= x)
    for (let j = 0, term = across; j < 4 - i; j++, term *= y) into[at++] = term;
}

/** One channel of the surface: the polynomial is smooth, so a sixteenth of the pixels is drawn and then interpolated. */
function evaluated(factors: readonly Float64Array[], channel: number, { width, height }: Size): Plane {
  const coarse = plane(Math.ceil(width / 4), Math.ceil(height / 4));
  const half = Math.max(width, height) / 2;
  const terms = new Float64Array(TERMS);
  for (let y = 0, at = 0; y < coarse.height; y++)
    for (let x = 0; x < coarse.width; x++, at++) {
      writeTerms((4 * x + 1.5 - width / 2) / half, (4 * y + 1.5 - height / 2) / half, terms, 0);
      for (let i = 0; i < TERMS; i++) coarse.data[at]! += terms[i]! * factors[i]![channel]!;
    }
  return linear(coarse, 4 * coarse.width, 4 * coarse.height);
}

/** What is left of broad gradients, from pixels that are neither subject nor shadow. */
function restOf(residual: readonly Plane[], known: Uint8Array, noise: number): Plane[] {
  const shade = meanOf(residual);
  const { width, height } = shade;
  const limit = 2.5 * Math.max(noise, LEAST_NOISE);
  const clean = plane(
    width,
    height,
    shade.data.map((v, i) => (known[i] && Math.abs(v) < limit ? 1 : 0)),
  );
  const size = [Math.ceil(width / 8), Math.ceil(height / 8)] as const;
  const spread = (part: Plane) => gaussian(shrinkPlane(part, ...size), BROAD * Math.max(...size));
  const total = spread(clean);
  return residual.map((part) => {
    const mean = spread(times(part, clean));
    for (let i = 0; i < mean.data.length; i++) mean.data[i]! /= total.data[i]! + RARE;
    return linear(mean, width, height);
  });
}

const logOf = ({ width, height, data }: Plane): Plane =>
  plane(
    width,
    height,
    data.map((v) => Math.log(v + DARKEST)),
  );

export function times(a: Plane, b: Plane): Plane {
  const result = plane(a.width, a.height);
  for (let i = 0; i < result.data.length; i++) result.data[i] = a.data[i]! * b.data[i]!;
  return result;
}

/** Subtracts a plane that may be a little larger. */
function subtract(from: Plane, what: Plane): void {
  for (let y = 0, i = 0; y < from.height; y++)
    for (let x = 0; x < from.width; x++, i++) from.data[i]! -= what.data[y * what.width + x]!;
}

/** The standard deviation of the values above the surface: below it there may be shadow. */
const spread = ({ data }: Plane, where: (i: number) => boolean): number =>
  1.4826 * median(data.filter((v, i) => v > 0 && where(i)));
