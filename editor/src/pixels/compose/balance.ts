/** White balance of a product shot, from its own background or its subject: `compose/balance.py`. */
import { gaussian } from "../planes/blur";
import { extreme } from "../planes/morph";
import { map, plane, round, type Picture, type Plane } from "../planes/plane";
import { shrinkChannel, shrinkPlane } from "../planes/resize";
import { LIGHT, LUMINANCE, toOklab, type Triple } from "./light";
import { percentile } from "./sampled";

/** Pixels of the copy that the light is read from. */
const SIDE = 384;
/** Furthest cast of light in Oklab's b and a, at L = 1. */
const WARM = 0.09;
const GREEN = 0.03;
/** A cast that nobody sees. */
const SEEN = 0.004;
/** Linear light of the darkest surface that is taken for white or light grey. */
const BRIGHT = 0.3;
/** Largest spread, in a and b, of a surface of one colour. */
const EVEN = 0.02;
/** Largest distance of two opinions of one light. */
const AGREE = 0.03;
const POWER = 6;
const CLIPPED = 0.98;
/** Pixels: too few to tell from. */
const FEW = 200;

/** The factors of linear red, green and blue that take a cast out, and a sentence. */
export interface Balance {
  readonly gains: Triple;
  readonly note: string;
}

type Channels = readonly [Plane, Plane, Plane];
const NEUTRAL: Triple = [1, 1, 1];

/** Finds the white balance of a photo. */
export function balance(photo: Picture, alpha: Plane): Balance {
  const scale = Math.min(1, SIDE / Math.max(alpha.width, alpha.height));
  const [width, height] = [alpha.width, alpha.height].map((side) => Math.max(1, round(side * scale)));
  const linear = [0, 1, 2].map((k) =>
    map(shrinkChannel(photo, k, width!, height!), (v) => LIGHT[Math.min(255, round(v))]!),
  ) as unknown as Channels;
  const covered = shrinkPlane(alpha, width!, height!);
  const ground = ofBackground(linear, covered);
  const light = ground ?? ofSubject(linear, covered);
  const basis = ground ? "background" : "subject";
  if (!light)
    return { gains: NEUTRAL, note: "white balance: nothing in the photo tells the light, left as it is" };
  if (length(castOf(light)) < SEEN)
    return { gains: NEUTRAL, note: `white balance: the ${basis} is neutral, left as it is` };
  const level = luminance(light);
  const gains = light.map((value) => level / value) as unknown as Triple;
  const words = ["red", "green", "blue"].map((name, k) => `${name} × ${gains[k as 0].toFixed(2)}`).join(", ");
  return { gains, note: `white balance from the ${basis}: ${words}` };
}

/** The colour of the background's light, if it is a bright and nearly neutral surface. */
function ofBackground(linear: Channels, alpha: Plane): Triple | null {
  const reach = Math.max(3, Math.floor(Math.max(alpha.width, alpha.height) / 32)) | 1;
  const near = extreme(alpha, (reach - 1) / 2);
  const colours: Triple[] = [];
  let far = 0;
  for (let i = 0; i < near.data.length; i++) {
    if (near.data[i]! >= 0.02) continue;
    far++;
    const colour = at(linear, i);
    if (Math.max(...colour) < CLIPPED) colours.push(colour);
  }
  if (colours.length < Math.max(FEW, Math.floor(far / 4))) return null;
  const shares = (share: number) =>
    [0, 1, 2].map((k) =>
      percentile(
        colours.map((c) => c[k as 0]),
        share,
      ),
    ) as unknown as Triple;
  const light = shares(50);
  const [low, high] = [castOf(shares(25)), castOf(shares(75))];
  const even = length([high[0] - low[0], high[1] - low[1]]) < EVEN;
  return luminance(light) > BRIGHT && even && isLight(castOf(light)) ? light : null;
}

/** The colour of the light on a subject of many colours, if shades of grey and grey edges agree on it. */
function ofSubject(linear: Channels, alpha: Plane): Triple | null {
  const inner = extreme(alpha, 1, "smallest");
  const inside = Array.from(inner.data.keys()).filter(
    (i) => inner.data[i]! > 0.95 && Math.max(...at(linear, i)) < CLIPPED,
  );
  if (inside.length < FEW) return null;
  const edges = linear.map((channel) => edgesOf(gaussian(channel, 1))) as unknown as Channels;
  const colours = inside.map((i) => at(linear, i));
  const first = norm(colours);
  const second = norm(inside.map((i) => at(edges, i)));
  if (!first || !second) return null;
  const [a, b] = [castOf(first), castOf(second)];
  if (length([a[0] - b[0], a[1] - b[1]]) > AGREE) return null;
  const [p, q] = [sum(first), sum(second)];
  const light = first.map((v, k) => v / p + second[k as 0] / q) as unknown as Triple;
  const labs = colours.map(toOklab);
  const varied = length([deviation(labs.map((lab) => lab[1])), deviation(labs.map((lab) => lab[2]))]);
  return varied >= length(castOf(light)) && isLight(castOf(light)) ? light : null;
}

/** How steep each place is, by Sobel's operator. */
function edgesOf(from: Plane): Plane {
  const { width, height, data } = from;
  const mirror = (v: number, n: number) => (n === 1 ? 0 : v < 0 ? -v : v >= n ? 2 * n - 2 - v : v);
  const result = plane(width, height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const v = (i: number, j: number) => data[mirror(y + j, height) * width + mirror(x + i, width)]!;
      const across = v(1, -1) + 2 * v(1, 0) + v(1, 1) - v(-1, -1) - 2 * v(-1, 0) - v(-1, 1);
      const down = v(-1, 1) + 2 * v(0, 1) + v(1, 1) - v(-1, -1) - 2 * v(0, -1) - v(1, -1);
      result.data[y * width + x] = Math.hypot(across, down);
    }
  return result;
}

/** The Minkowski norm of colours, or null if a channel has none. */
function norm(colours: readonly Triple[]): Triple | null {
  const peak = colours.reduce((most, colour) => Math.max(most, ...colour), 0);
  if (peak <= 0) return null;
  const light = [0, 1, 2].map((k) => {
    const mean = colours.reduce((total, c) => total + (c[k as 0] / peak) ** POWER, 0) / colours.length;
    return peak * mean ** (1 / POWER);
  }) as unknown as Triple;
  return Math.min(...light) > 0 ? light : null;
}

const at = (planes: Channels, i: number): Triple => [
  planes[0].data[i]!,
  planes[1].data[i]!,
  planes[2].data[i]!,
];
const sum = (values: readonly number[]): number => values.reduce((total, v) => total + v, 0);
const luminance = (light: Triple): number => sum(light.map((v, k) => v * LUMINANCE[k as 0]));
const length = (vector: readonly number[]): number => Math.hypot(...vector);

function deviation(values: readonly number[]): number {
  const mean = sum(values) / values.length;
  return Math.sqrt(sum(values.map((v) => (v - mean) ** 2)) / values.length);
}

/** Oklab's a and b of a light, as if its L were 1. */
function castOf(light: Triple): [number, number] {
  const lab = toOklab(light);
  const scale = Math.max(lab[0], 1e-6);
  return [lab[1] / scale, lab[2] / scale];
}

const isLight = ([a, b]: [number, number]): boolean => (a / GREEN) ** 2 + (b / WARM) ** 2 <= 1;
