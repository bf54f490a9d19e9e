/** A contact shadow: thin and dark where the subject stands, wider and softer a little away from it. */
import { clamp, crop, map, plane, round, type Plane, type Window } from "../../planes/plane";
import { linear } from "../../planes/resize";
import { warped, type Affine } from "../../planes/warp";
import { boxOf, nothing, placed, widened, type Room, type Shadow, type Style } from "./look";
import { shrunken, soften } from "./soften";

/** Height over width of a circle on the floor, as a camera a little above it sees one. */
const FLAT = 0.35;
/** Standard deviation, in units of the softness, and strength: the dark line, its surroundings, the haze. */
const LAYERS = [
  [0.35, 0.8],
  [1, 0.55],
  [2.5, 0.35],
] as const;

/** Darkness under the parts of the subject that are within `length` of its lowest one. */
export function contactShadow(alpha: Plane, style: Style): Shadow {
  const box = boxOf(alpha);
  if (!box) return nothing(alpha, "no shadow: there is no subject");
  const area = widened(box, contactRoom(box, style), alpha);
  const [part, scale] = shrunken(crop(alpha, area));
  const height = (box.bottom - box.top) * scale;
  const sole = soleOf(part, (box.bottom - area.top) * scale, Math.max(style.length * height, 1));
  // The height is stretched so that one round blur is flat on the floor.
  const stretch: Affine = [1, 0, 0, 0, FLAT, (FLAT - 1) / 2];
  const tall = warped(sole, stretch, part.width, round(part.height / FLAT), "replicate");
  const light = map(part, () => 1);
  for (const [width, strength] of LAYERS) {
    const layer = spread(tall, part, width * style.softness * height);
    for (let i = 0; i < light.data.length; i++) light.data[i]! *= 1 - strength * layer.data[i]!;
  }
  const dark = map(light, (v) => (1 - v) * style.opacity);
  const opacity = linear(dark, area.right - area.left, area.bottom - area.top);
  return { opacity: placed(opacity, area, alpha), colour: style.colour, notes: [] };
}

/** The pixels that the shadow needs around a subject's box. */
export function contactRoom(box: Window, style: Style): Room {
  const wide = Math.ceil(3 * LAYERS[2][0] * style.softness * (box.bottom - box.top)) + 4;
  return { above: 0, beside: wide, below: Math.ceil(FLAT * wide) + 4, before: wide };
}

/** 1 in the lowest pixels of the columns that end near the foot line, less the higher they end. */
function soleOf(alpha: Plane, foot: number, reach: number): Plane {
  const { width, height, data } = alpha;
  const result = plane(width, height);
  const thick = Math.max(2, reach * FLAT);
  for (let x = 0; x < width; x++) {
    let lowest = height;
    while (lowest > 0 && data[(lowest - 1) * width + x]! < 0.5) lowest--;
    if (lowest === 0) continue;
    const gap = Math.max(foot - lowest, 0) / reach;
    const near = Math.exp(-gap * gap);
    for (let y = 0; y < height; y++)
      result.data[y * width + x] = near * clamp(1 - Math.abs(y - lowest + thick / 2) / thick, 0, 1);
  }
  return result;
}

/** The sole blurred as on a floor, at the brightness of its darkest place. */
function spread(tall: Plane, { width, height }: Plane, sigma: number): Plane {
  const blurred = linear(soften(tall, sigma), width, height);
  const top = blurred.data.reduce((most, v) => Math.max(most, v), 0);
  return top > 0 ? map(blurred, (v) => v / top) : blurred;
}
