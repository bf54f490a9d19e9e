/** An outline around the subject, as a sticker has, and a glow: `compose/outline.py`. */
import { eachEdge } from "../planes/bands";
import { exact } from "../planes/distance";
import { clamp, crop, map, mask, padded, paste, picture, plane, round, type Plane } from "../planes/plane";
import type { Colour } from "./colours";
import type { Layer } from "./resample";

/** The alpha of the subject's edge. */
const EDGE = 0.5;
/** Pixels around the foot of a distance in which the crossing is looked for. */
const NEAR = 2;
/** Pixels: a fade so wide hides what looking less far costs. */
const WIDE = 4;

/** The alpha of a subject together with an outline around it, outside and in its holes. */
export function outline(alpha: Plane, width: number, softness = 0, rounding = 0): Plane {
  if (width === 0) return alpha;
  if (rounding === 0) return grown(alpha, width, 1 + softness);
  // A closing: what a disc of the rounding's radius cannot enter from outside is filled.
  const reach = Math.ceil(width + 2 * rounding) + 1;
  const wide = padded(alpha, { left: reach, top: reach, right: reach, bottom: reach }, "replicate");
  const room = map(grown(wide, width + rounding, 1), (v) => 1 - v);
  const closed = grown(room, rounding, 1 + softness);
  const inner = { left: reach, top: reach, right: reach + alpha.width, bottom: reach + alpha.height };
  const result = crop(closed, inner);
  for (let i = 0; i < result.data.length; i++) result.data[i] = Math.max(alpha.data[i]!, 1 - result.data[i]!);
  return result;
}

/** Puts a subject on its outline in a colour. */
export function stick({ foreground, alpha }: Layer, ring: Plane, colour: Colour): Layer {
  const pixels = foreground.pixels.slice();
  const covered = plane(alpha.width, alpha.height, alpha.data.slice());
  for (let i = 0; i < alpha.data.length; i++) {
    const own = alpha.data[i]!;
    if (ring.data[i]! <= 0 || own >= 1) continue;
    const under = ((1 - own) * ring.data[i]! * colour[3]) / 255;
    const share = under / Math.max(own + under, 1e-9);
    for (let k = 0; k < 3; k++) pixels[4 * i + k] = pixels[4 * i + k]! * (1 - share) + colour[k as 0] * share;
    covered.data[i] = Math.min(own + under, 1);
  }
  return { foreground: picture(alpha.width, alpha.height, pixels), alpha: covered };
}

/** An alpha whose edge is moved out by `width` and fades over `fade` pixels. */
function grown(alpha: Plane, width: number, fade: number): Plane {
  const result = plane(alpha.width, alpha.height, alpha.data.slice());
  eachEdge(alpha, Math.ceil(width + fade) + 2 * NEAR + 2, ({ core, reach, inner }) => {
    const part = crop(alpha, reach);
    const ring = ringOf(part, width, fade);
    for (let i = 0; i < ring.data.length; i++) ring.data[i] = Math.max(ring.data[i]!, part.data[i]!);
    paste(ring, inner, result, core);
  });
  return result;
}

/** The outline of a window: 1 near the subject, falling to 0 over `fade` pixels around `width`. */
function ringOf(alpha: Plane, width: number, fade: number): Plane {
  const outside = mask(alpha.data, (v) => v < EDGE);
  const result = plane(alpha.width, alpha.height);
  if (!outside.includes(0)) return result;
  const distance = exact(outside, alpha.width, alpha.height);
  const near = fade < WIDE ? NEAR : 1;
  for (let y = 0, i = 0; y < alpha.height; y++)
    for (let x = 0; x < alpha.width; x++, i++) {
      const far = distance.data[i]!;
      result.data[i] = far < width ? 1 : 0;
      if (!outside[i] || Math.abs(far - width) >= fade / 2 + 1.5) continue;
      const share = clamp((width - toEdge(alpha, distance, x, y, near)) / fade + 0.5, 0, 1);
      result.data[i] = fade === 1 ? share : share * share * (3 - 2 * share);
    }
  return result;
}

/** The distance of a pixel to the nearest place, `near` its foot, where alpha crosses ½. */
function toEdge(alpha: Plane, distance: Plane, x: number, y: number, near: number): number {
  const { width, height } = alpha;
  const own = distance.data[y * width + x]!;
  const [right, down] = slope(distance, x, y);
  const column = clamp(x - round(own * right), 0, width - 1);
  const row = clamp(y - round(own * down), 0, height - 1);
  const at = (i: number, j: number) => alpha.data[clamp(j, 0, height - 1) * width + clamp(i, 0, width - 1)]!;
  let nearest = Infinity;
  for (let j = row - near; j <= row + near; j++)
    for (let i = column - near; i <= column + near; i++) {
      const here = at(i, j);
      for (let beneath = 0; beneath < 2; beneath++) {
        const there = beneath ? at(i, j + 1) : at(i + 1, j);
        if (here >= EDGE === there >= EDGE) continue;
        const share = crossing(here, there);
        const [u, v] = beneath ? [i - x, j - y + share] : [i - x + share, j - y];
        nearest = Math.min(nearest, u * u + v * v);
      }
    }
  // Where no crossing is found (two edges are as near), the distance to the pixel, less half of it, is kept.
  return nearest < Infinity ? Math.sqrt(nearest) : own - 0.5;
}

/**
 * Where between two neighbours alpha crosses ½: on a slope the line's `(here - ½) / (here - there)`; on an edge that
 * covers a pixel in part, what is covered is counted.
 */
function crossing(here: number, there: number): number {
  const steep = Math.min(2 * Math.abs(here - there), 1);
  return 0.5 + (Math.sign(here - there) * (here + there - 1)) / Math.max(steep, 1e-6);
}

/** The unit gradient, to the right and down. */
function slope({ data, width, height }: Plane, x: number, y: number): [number, number] {
  const at = (i: number, j: number) => data[j * width + i]!;
  const down = at(x, Math.min(y + 1, height - 1)) - at(x, Math.max(y - 1, 0));
  const right = at(Math.min(x + 1, width - 1), y) - at(Math.max(x - 1, 0), y);
  const length = Math.max(Math.hypot(down, right), 1e-6);
  return [right / length, down / length];
}
