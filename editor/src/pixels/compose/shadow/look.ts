/** What a shadow should look like, and what a shadow is: `compose/shadow/look.py`. */
import { boundsOf, clamp, plane, type Picture, type Plane, type Window } from "../../planes/plane";
import type { Triple } from "../light";

const DRAWN = ["drop", "contact", "cast", "reflection"] as const;
/** What an option may name. */
export const KINDS = ["none", "auto", "keep", ...DRAWN] as const;
export type Drawn = (typeof DRAWN)[number];

/** The alpha from which a pixel belongs to the subject's box. */
const SEEN = Math.fround(0.1);
/** And from which it stands on the floor: below that a pale seam would show through the soft edge. */
const SOLID = Math.fround(0.9);

/** What was asked of a shadow; null leaves it to the kind. */
export interface ShadowLook {
  readonly direction: number | null;
  readonly length: number | null;
  readonly softness: number | null;
  readonly opacity: number | null;
  readonly colour: Triple;
}

/** Direction in degrees clockwise from the top; length and softness in shares of the subject's height. */
export interface Style {
  readonly direction: number;
  readonly length: number;
  readonly softness: number;
  readonly opacity: number;
  readonly colour: Triple;
}

/** A layer between the subject and what is behind it; `layer` has a reflection's straight colours. */
export interface Shadow {
  readonly opacity: Plane;
  readonly colour: Triple;
  readonly layer?: Picture;
  readonly notes: readonly string[];
}

/** Whether there is nothing to see. */
export const isEmpty = ({ opacity }: Shadow): boolean => !opacity.data.some((v) => v > 0);

/** Pixels around a subject. */
export interface Room {
  readonly above: number;
  readonly beside: number;
  readonly below: number;
  readonly before: number;
}

export const NO_ROOM: Room = { above: 0, beside: 0, below: 0, before: 0 };

const USUAL: Readonly<Record<Drawn | "keep", Omit<Style, "colour">>> = {
  keep: { direction: 0, length: 0, softness: 0, opacity: 1 },
  drop: { direction: 315, length: 0.04, softness: 0.03, opacity: 0.35 },
  contact: { direction: 0, length: 0.05, softness: 0.03, opacity: 0.7 },
  cast: { direction: 225, length: 0.7, softness: 0.03, opacity: 0.45 },
  reflection: { direction: 0, length: 0.4, softness: 0, opacity: 0.35 },
};

/** A look with the kind's usual values where it leaves something open. */
export function settled(kind: Drawn | "keep", look: ShadowLook): Style {
  const usual = USUAL[kind];
  return {
    direction: look.direction ?? usual.direction,
    length: look.length ?? usual.length,
    softness: look.softness ?? usual.softness,
    opacity: look.opacity ?? usual.opacity,
    colour: look.colour,
  };
}

/** The unit vector, to the right and down, along which the shadow falls: away from the light. */
export function fall({ direction }: Style): [right: number, down: number] {
  const angle = (direction * Math.PI) / 180;
  return [-Math.sin(angle), Math.cos(angle)];
}

/** A shadow that is nowhere, with the reason. */
export const nothing = (alpha: Plane, why: string): Shadow => ({
  opacity: plane(alpha.width, alpha.height),
  colour: [0, 0, 0],
  notes: [why],
});

/** The rectangle of the pixels that belong to the subject, or null if there are none. */
export const boxOf = (alpha: Plane): Window | null => boundsOf(alpha, SEEN);

/** The first row below the subject's solid part: the foot line on which it stands. */
export function footOf({ data, width }: Plane, box: Window): number {
  for (let y = box.bottom - 1; y >= box.top; y--)
    for (let x = box.left; x < box.right; x++) if (data[y * width + x]! >= SOLID) return y + 1;
  return box.bottom;
}

/** A rectangle with room around it, as far as the picture goes. */
export const widened = (box: Window, room: Room, { width, height }: Plane): Window => ({
  left: Math.max(box.left - room.before, 0),
  top: Math.max(box.top - room.above, 0),
  right: Math.min(box.right + room.beside, width),
  bottom: Math.min(box.bottom + room.below, height),
});

/** An alpha like another that has `part` in the rectangle and 0 outside. */
export function placed(part: Plane, box: Window, like: Plane): Plane {
  const whole = plane(like.width, like.height);
  for (let y = 0; y < part.height; y++)
    for (let x = 0; x < part.width; x++)
      whole.data[(box.top + y) * whole.width + box.left + x] = clamp(part.data[y * part.width + x]!, 0, 1);
  return whole;
}
