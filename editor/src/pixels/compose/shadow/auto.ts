/** Chooses a shadow: the photo's own where there is one, else one that fits the light on the subject (`shadow/auto.py`). */
import type { Picture, Plane } from "../../planes/plane";
import { keepShadow } from "./keep";
import { isEmpty, settled, type Shadow, type ShadowLook } from "./look";
import { lightDirection } from "./shading";

/** The least share of the usual length: under a lamp from above the shadow is short. */
const SIDEWAYS = 0.25;

export interface Choice {
  /** The photo's own; null where one is drawn, in `look`. */
  readonly kept: Shadow | null;
  readonly look: ShadowLook;
  readonly notes: readonly string[];
}

/** Looks at the photo; what was asked for wins over what is found. */
export function choose(alpha: Plane, photo: Picture, look: ShadowLook): Choice {
  const kept = keepShadow(alpha, photo, settled("keep", look));
  if (!isEmpty(kept)) return { kept, look, notes: kept.notes };
  const { direction, note } = lightDirection(alpha, photo);
  const notes = [...kept.notes, note];
  if (direction === null) return { kept: null, look, notes };
  // The side that the camera sees is lit, so the lamp is in front: the shadow falls to the back.
  const behind = Math.cos((direction * Math.PI) / 180) > 0;
  const front = behind ? (540 - direction) % 360 : direction;
  const side = Math.max(Math.abs(Math.sin((front * Math.PI) / 180)), SIDEWAYS);
  const length = settled("cast", look).length * (look.length === null ? side : 1);
  return { kept: null, look: { ...look, direction: look.direction ?? front, length }, notes };
}
