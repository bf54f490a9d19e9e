/** The room that a shadow takes in a frame: it is framed with the subject, and ends before the border. */
import {
  boundsOf,
  clamp,
  crop,
  map,
  padded,
  picture,
  plane,
  round,
  type Plane,
  type Window,
} from "../planes/plane";
import { shrinkPlane } from "../planes/resize";
import { BORDER } from "./presets";
import { NO_ROOM, type Room, type Shadow, type ShadowLook } from "./shadow/look";
import { makeShadow, roomOf, type Shape } from "./shadow/shadow";
import { findSubject } from "./subject";

/** Opacity from which a shadow counts as part of what is shown, as `check.ts` measures it. */
export const FAINT = Math.fround(8 / 255);
/** Opacity below which a shadow is not seen at all. */
export const INVISIBLE = Math.fround(1 / 255);
/** Pixels beside the border that stay free of shadow too: a JPEG spreads what lies in a block of this size over it. */
const BLOCK = 16;
/** Longest side, in pixels, of the copy on which a shadow is measured. */
const SMALL = 256;

/** How far a drawn shadow is seen around its subject; what is fainter than `faint` may be cut off. */
export function shadowRoom(kind: Shape, alpha: Plane, look: ShadowLook, faint: number): Room {
  const { box } = findSubject(alpha);
  const [full, tall] = [box.right - box.left, box.bottom - box.top];
  const scale = Math.min(1, SMALL / Math.max(tall, full));
  const [width, height] = [Math.max(1, round(full * scale)), Math.max(1, round(tall * scale))];
  const small = shrinkPlane(crop(alpha, box), width, height);
  const { above, beside, below, before } = roomOf(
    kind,
    { left: 0, top: 0, right: width, bottom: height },
    look,
  );
  const around = { left: before, top: above, right: beside, bottom: below };
  // Averages of ones are a rounding above one.
  const wide = padded(
    map(small, (v) => clamp(v, 0, 1)),
    around,
    "zero",
  );
  const { opacity } = makeShadow(kind, wide, look, picture(wide.width, wide.height));
  const inner = { left: before, top: above, right: before + width, bottom: above + height };
  return beyond(opacity, faint, inner, scale);
}

/** How far the photo's own shadow is seen around the subject. */
export function keptRoom({ opacity }: Shadow, alpha: Plane): Room {
  return beyond(opacity, FAINT, findSubject(alpha).box, 1);
}

/** The same shadow, faded to nothing where it comes to the border; `exactly` leaves that as it is in a JPEG too. */
export function clearOfBorder(shadow: Shadow, exactly: boolean): Shadow {
  const { width, height, data } = shadow.opacity;
  const [rows, columns] = [ramp(height, exactly), ramp(width, exactly)];
  const opacity = plane(width, height);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) opacity.data[i] = data[i]! * Math.min(rows[y]!, columns[x]!);
  return { ...shadow, opacity };
}

/** How far what is seen reaches beyond a box, in pixels of which one is `scale` of the box's. */
function beyond(opacity: Plane, least: number, box: Window, scale: number): Room {
  const seen = boundsOf(opacity, least);
  if (!seen) return NO_ROOM;
  const far = (side: number) => Math.max(0, round(side / scale));
  return {
    above: far(box.top - seen.top),
    beside: far(seen.right - box.right),
    below: far(seen.bottom - box.bottom),
    before: far(box.left - seen.left),
  };
}

/** 0 in the border at both ends of a side, 1 in the middle. */
function ramp(side: number, exactly: boolean): Float32Array {
  const result = new Float32Array(side);
  for (let i = 0; i < side; i++) {
    const near = Math.min(i + 0.5, side - i - 0.5) - (exactly ? BLOCK : 0);
    result[i] = clamp(near / (BORDER * side) - 1, 0, 1);
  }
  return result;
}
