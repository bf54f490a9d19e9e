/** A cast shadow: the matte laid on the floor, away from the light, softer and fainter the farther it falls. */
import { clamp, crop, plane, round, type Plane, type Window } from "../../planes/plane";
import { linear } from "../../planes/resize";
import { inverted, warped } from "../../planes/warp";
import { REACH } from "./drop";
import { boxOf, fall, footOf, nothing, placed, widened, type Room, type Shadow, type Style } from "./look";
import { graded, shrunken } from "./soften";

/** How much shorter a length on the floor looks that leads away from the camera. */
const FLAT = 0.45;
/** Of the length: a light exactly from the side still throws a shadow as thick as the subject. */
const LEAST = 0.22;
/** A light from exactly the side throws its shadow to the back. */
const SIDE = 1e-6;
/** Of the opacity is gone at the far end. */
const FADED = 0.55;

/** The matte projected from the foot line; a pixel `h` above it falls `h·length` away from the light. */
export function castShadow(alpha: Plane, style: Style): Shadow {
  const box = boxOf(alpha);
  if (!box) return nothing(alpha, "no shadow: there is no subject");
  const area = widened(box, castRoom(box, style), alpha);
  const [part, scale] = shrunken(crop(alpha, area));
  const foot = (footOf(alpha, box) - area.top) * scale;
  const height = (box.bottom - box.top) * scale;
  const [right, down] = slope(style);
  const far = Float32Array.from({ length: part.height }, (_, y) =>
    clamp((y + 0.5 - foot) / (down * height), 0, 1),
  );
  const laid = project(part, right, down, foot);
  const soft = graded(
    laid,
    far.map((share) => share * style.softness * height),
  );
  for (let y = 0, i = 0; y < soft.height; y++)
    for (let x = 0; x < soft.width; x++, i++) soft.data[i]! *= style.opacity * (1 - FADED * far[y]!);
  const opacity = linear(soft, area.right - area.left, area.bottom - area.top);
  return { opacity: placed(opacity, area, alpha), colour: style.colour, notes: [] };
}

/** The pixels that the shadow needs around a subject's box. */
export function castRoom(box: Window, style: Style): Room {
  const height = box.bottom - box.top;
  const [right, down] = slope(style).map((part) => part * height) as [number, number];
  const edge = REACH * style.softness * height + 2;
  return {
    above: Math.ceil(Math.max(0, -down - height + edge)),
    beside: Math.ceil(Math.max(0, right + edge)),
    below: Math.ceil(Math.max(down, 0) + edge),
    before: Math.ceil(Math.max(0, edge - right)),
  };
}

/** How far a pixel falls to the right and down, per pixel of its height over the foot line. */
function slope(style: Style): [number, number] {
  const [right, down] = fall(style);
  const least = Math.max(LEAST * style.length, 0.01);
  const size = Math.max(Math.abs(down) * FLAT * style.length, least);
  return [right * style.length, down - SIDE < 0 ? -size : size];
}

function project(alpha: Plane, right: number, down: number, foot: number): Plane {
  // Pixel centres are whole numbers here, the foot line is an edge between two rows.
  const line = foot - 0.5;
  // Rows are squeezed to a fraction: averaged first, or the warp would skip most of them.
  const squeezed = averagedDown(alpha, Math.max(1, round(1 / Math.abs(down))));
  const map = inverted([1, -right, right * line, 0, -down, line + down * line]);
  return warped(squeezed, map, alpha.width, alpha.height, "zero");
}

/** Means over `count` rows; the border's pixel is not repeated. */
function averagedDown(from: Plane, count: number): Plane {
  const { width, height } = from;
  const result = plane(width, height);
  const mirror = (y: number) => {
    if (height === 1) return 0;
    while (y < 0 || y >= height) y = y < 0 ? -y : 2 * (height - 1) - y;
    return y;
  };
  for (let y = 0; y < height; y++)
    for (let k = 0; k < count; k++) {
      const row = mirror(y + k - Math.floor(count / 2)) * width;
      for (let x = 0; x < width; x++) result.data[y * width + x]! += from.data[row + x]! / count;
    }
  return result;
}
