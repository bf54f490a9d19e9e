/**
 * The photo's own shadow, how much darker than its surface the floor is near the subject: `compose/shadow/keep.py`.
 * Nothing is kept, and the reason said, where the background is no smooth surface.
 */
import { gaussian } from "../../planes/blur";
import { chamfer } from "../../planes/distance";
import { near } from "../../planes/morph";
import {
  clamp,
  crop,
  map,
  mask,
  plane,
  round,
  type Picture,
  type Plane,
  type Window,
} from "../../planes/plane";
import { regions } from "../../planes/regions";
import { linear, shrinkChannel } from "../../planes/resize";
import { LIGHT, fromLight } from "../light";
import { cropPicture } from "../resample";
import { median } from "./least_squares";
import { boxOf, nothing, placed, widened, type Shadow, type Style } from "./look";
import { shrunken, soften } from "./soften";
import { fitSurface, meanOf, times, type Surface } from "./surface";

/** Pixels of the longest side of the copy that is looked at. */
const SIDE = 768;
/** The largest alpha at which a pixel is taken for background. */
const CLEAR = Math.fround(0.02);
/** How far from the subject is looked, and within what a shadow is expected, in shares of its longer side. */
const AROUND = 1;
const CLOSE = 0.3;
/** Of log light: what linen and brushed steel have. */
const ROUGHEST = 0.025;
const NOISIEST = 0.15;
const LEAST_EXPLAINED = 0.93;
/** How far the channels of a darkening may differ, a share of it: a blue sky fills a shadow. */
const TINT = 0.5;
/** Of log light: JPEG bleeds the colours of the subject by about as much. */
const GREY = 0.06;
/** Opacities in linear light: a shadow is followed down to the first from the second. */
const FAINT = 0.04;
const SURE = 0.12;
/** Light lost up to which nothing is kept, and from which all is. */
const HAZE = [0.03, 0.07] as const;
/** Share of the background that may be as dark as a shadow elsewhere. */
const LOOSE = 0.05;
/** Share of the border of what is looked at that a shadow may touch. */
const EDGE = 0.25;
/** Of light; small shadows with their soft edges reach 0.034. */
const GRAIN = 0.045;
/** Of the subject's area. */
const LEAST_AREA = 0.004;

/** What is near the subject, at a size to work on. */
interface View {
  readonly area: Window;
  readonly light: readonly Plane[];
  readonly alpha: Plane;
  readonly known: Uint8Array;
  readonly trust: Float32Array;
  /** The subject's longer side, in pixels. */
  readonly reach: number;
  /** Whether the photo goes on above, below, left and right of it. */
  readonly open: readonly [boolean, boolean, boolean, boolean];
}

/** The shadow that the subject throws on a smooth surface; empty, with a note that says why, where there is none. */
export function keepShadow(alpha: Plane, photo: Picture, style: Style): Shadow {
  const box = boxOf(alpha);
  if (!box) return nothing(alpha, "no shadow: there is no subject");
  const [wide, tall] = [box.right - box.left, box.bottom - box.top];
  const room = round(AROUND * Math.max(tall, wide));
  const whole = widened(box, { above: room, beside: room, below: room, before: room }, alpha);
  // Where a wall is behind, the lower part alone may be a floor.
  const foot = Math.min(round(box.bottom - 0.4 * tall), box.bottom - 1);
  let why = "";
  for (const area of [whole, { ...whole, top: Math.max(whole.top, foot) }]) {
    const view = viewOf(alpha, photo, area, Math.max(tall, wide));
    const found = foundIn(view);
    if (typeof found !== "string") return finished(found, view, tall, alpha, style);
    why ||= found;
  }
  return nothing(alpha, `no shadow kept: ${why}`);
}

function viewOf(alpha: Plane, photo: Picture, area: Window, reach: number): View {
  const [small, scale] = shrunken(crop(alpha, area), SIDE);
  const { width, height } = small;
  const clear = mask(small.data, (v) => v <= CLEAR);
  const known = eroded(clear, small, 1);
  const away = chamfer(clear, width, height, 3).data;
  const trust = away.map((v) => clamp(v / (CLOSE * reach * scale), 0, 1));
  const open = [area.top > 0, area.bottom < alpha.height, area.left > 0, area.right < alpha.width] as const;
  return {
    area,
    light: lightOf(cropPicture(photo, area), width, height),
    alpha: small,
    known,
    trust,
    reach: reach * scale,
    open,
  };
}

/** A picture's linear light at another size, a plane a channel. */
export function lightOf(from: Picture, width: number, height: number): Plane[] {
  const bytes = new Uint8ClampedArray(width * height); // as Python has it, the smaller copy is of 8 bits
  return [0, 1, 2].map((k) => {
    bytes.set(shrinkChannel(from, k, width, height).data);
    return plane(
      width,
      height,
      Float32Array.from(bytes, (v) => LIGHT[v]!),
    );
  });
}

/** The light lost to the shadow, or why there is none. */
function foundIn(view: View): Plane | string {
  const { known, alpha } = view;
  const surface = fitSurface(view.light, known, view.trust);
  if (!surface) return "the subject fills the picture";
  if (surface.noise > NOISIEST || surface.roughness > ROUGHEST || surface.explained < LEAST_EXPLAINED)
    return "the background is not a smooth surface";
  const lost = lostTo(surface, view);
  const region = touching(lost, view, surface);
  // Whatever is darker, of any colour: the more of it, the less is known about the surface.
  const deep = Math.max(SURE, 3 * surface.noise);
  const shade = meanOf(surface.residual).data;
  let [elsewhere, all, own, area] = [0, 0, 0, 0];
  for (let i = 0; i < known.length; i++) {
    all += known[i]!;
    area += region[i]!;
    if (alpha.data[i]! > CLEAR) own++;
    if (known[i] && !region[i] && 1 - Math.exp(shade[i]!) > deep) elsewhere++;
  }
  if (elsewhere > LOOSE * all || crosses(region, view)) return "the background is not one smooth surface";
  if (grainOf(lost, region) > GRAIN) return "what is dark near the subject is no shadow: it has texture";
  if (area < LEAST_AREA * own) return "nothing near the subject is darker than its surroundings";
  return times(certain(filled(lost, known)), fading(region, view));
}

/** The share of light lost, where it is lost in all channels alike; 0 for the subject. */
function lostTo({ residual, noise }: Surface, { known, alpha }: View): Plane {
  const inside = plane(alpha.width, alpha.height, Float32Array.from(known));
  const weight = gaussian(inside, 1.5).data;
  const [red, green, blue] = residual.map((part) => gaussian(times(part, inside), 1.5).data);
  const result = plane(alpha.width, alpha.height);
  for (let i = 0; i < weight.length; i++) {
    if (!(weight[i]! > 0.1)) continue;
    const share = Math.max(weight[i]!, 0.05);
    const [r, g, b] = [red![i]! / share, green![i]! / share, blue![i]! / share];
    const mean = (r + g + b) / 3;
    const tint = Math.max(r, g, b) - Math.min(r, g, b);
    const allowed = TINT * Math.abs(mean) + GREY + 3 * noise;
    result.data[i] = clamp(1 - Math.exp(mean), 0, 1) * clamp(2 - tint / allowed, 0, 1);
  }
  return result;
}

/** The region of shadow that hangs together with the subject. */
function touching(lost: Plane, { known, alpha }: View, { roughness }: Surface): Uint8Array {
  const { width, height } = alpha;
  const faint = Math.max(FAINT, 2 * roughness);
  const sure = Math.max(SURE, 3 * roughness);
  const beside = near({ width, height, data: mask(known, (v) => v === 0) }, 1);
  const { labels, count } = regions(
    mask(lost.data, (v, i) => v > faint && known[i]! > 0),
    width,
    height,
  );
  const touches = new Uint8Array(count + 1);
  const dark = new Uint8Array(count + 1);
  for (let i = 0; i < labels.length; i++) {
    if (beside[i] && known[i]) touches[labels[i]!] = 1;
    if (lost.data[i]! > sure) dark[labels[i]!] = 1;
  }
  return mask(labels, (label) => label > 0 && touches[label]! > 0 && dark[label]! > 0);
}

/** Whether a region goes on as a wall does: past what was looked at, or from side to side. */
function crosses(region: Uint8Array, { alpha: { width, height }, open }: View): boolean {
  const counts = [0, 0, 0, 0];
  for (let x = 0; x < width; x++) {
    counts[0]! += region[x]!;
    counts[1]! += region[(height - 1) * width + x]!;
  }
  for (let y = 0; y < height; y++) {
    counts[2]! += region[y * width]!;
    counts[3]! += region[(y + 1) * width - 1]!;
  }
  const [top, bottom, left, right] = counts.map((count) => count > 0);
  const past = open.some((more, k) => more && counts[k]! > 0);
  const share = counts.reduce((sum, count) => sum + count, 0) / (2 * (width + height));
  return past || (left! && right!) || (top! && bottom!) || share > EDGE;
}

/** How much a shadow varies over a few pixels, where it lies: an object's texture does, a shadow not. */
function grainOf(lost: Plane, region: Uint8Array): number {
  const inner = eroded(region, lost, 2);
  const inside = plane(lost.width, lost.height, Float32Array.from(region));
  const mean = gaussian(times(lost, inside), 3).data;
  const weight = gaussian(inside, 3).data;
  for (let i = 0; i < mean.length; i++)
    mean[i] = Math.abs(lost.data[i]! - mean[i]! / Math.max(weight[i]!, 1e-3));
  return median(mean.filter((_, i) => inner[i]! > 0));
}

/** A shadow without its faintest light: the surface is not known so well, and an even haze has an end. */
const certain = (lost: Plane): Plane =>
  map(lost, (v) => {
    const share = clamp((v - HAZE[0]) / (HAZE[1] - HAZE[0]), 0, 1);
    return v * share * share * (3 - 2 * share);
  });

/** 1 in the region and next to it, falling to 0 around it. */
function fading(region: Uint8Array, { alpha: { width, height }, reach }: View): Plane {
  const outside = mask(region, (v) => v === 0);
  const wide = Math.max(0.05 * reach, 4);
  return map(chamfer(outside, width, height, 3), (away) => clamp(2 - away / wide, 0, 1));
}

/** The shadow with its surroundings' values going on under the subject. */
function filled(lost: Plane, known: Uint8Array): Plane {
  const inside = plane(lost.width, lost.height, Float32Array.from(known));
  const seen = times(lost, inside);
  const result = map(seen, (v) => v);
  const done = known.slice();
  for (const sigma of [2, 4, 8, 16, 32]) {
    const weight = soften(inside, sigma).data;
    const mean = soften(seen, sigma).data;
    for (let i = 0; i < done.length; i++) {
      if (done[i] || !(weight[i]! > 0.05)) continue;
      result.data[i] = mean[i]! / weight[i]!;
      done[i] = 1;
    }
  }
  return result;
}

/** A mask without what is that near to its edge; nothing lies beyond the border. */
function eroded(of: Uint8Array, { width, height }: Plane, radius: number): Uint8Array {
  const data = mask(of, (v) => v === 0);
  return mask(near({ width, height, data }, radius), (v) => v === 0);
}

function finished(lost: Plane, view: View, height: number, alpha: Plane, style: Style): Shadow {
  const { area } = view;
  const most = lost.data.reduce((high, v) => Math.max(high, v), 0);
  const dark = map(lost, (v) => (v > 0 ? 1 - fromLight(1 - v) : 0));
  const large = soften(linear(dark, area.right - area.left, area.bottom - area.top), style.softness * height);
  const opacity = map(large, (v) => v * style.opacity);
  const note = `kept the photo's shadow: up to ${(100 * most).toFixed(0)} % of the light`;
  return { opacity: placed(opacity, area, alpha), colour: style.colour, notes: [note] };
}
