/** Shadows, one kind a file: drop, contact, cast, reflection; the photo's own is `keep.ts`, and `auto.ts` chooses. */
import { plane, type Plane, type Picture, type Window } from "../../planes/plane";
import { castRoom, castShadow } from "./cast";
import { contactRoom, contactShadow } from "./contact";
import { dropRoom, dropShadow } from "./drop";
import { settled, type Drawn, type Room, type Shadow, type ShadowLook } from "./look";
import { reflection, reflectionRoom } from "./reflection";

/** What is drawn: one kind, or to "stand" a contact and a cast shadow in one. */
export type Shape = Drawn | "stand";

const STAND = ["contact", "cast"] as const;
const ROOMS = { drop: dropRoom, contact: contactRoom, cast: castRoom, reflection: reflectionRoom };

/** Makes one shadow on the canvas of the result. */
export function makeShadow(kind: Shape, alpha: Plane, look: ShadowLook, foreground: Picture): Shadow {
  if (kind === "stand") return stand(alpha, look);
  const style = settled(kind, look);
  if (kind === "drop") return dropShadow(alpha, style);
  if (kind === "contact") return contactShadow(alpha, style);
  if (kind === "cast") return castShadow(alpha, style);
  return reflection(alpha, foreground, style);
}

/** How many pixels a shadow needs around the subject. */
export function roomOf(kind: Shape, box: Window, look: ShadowLook): Room {
  if (kind !== "stand") return ROOMS[kind](box, settled(kind, look));
  const [near, far] = STAND.map((part) => roomOf(part, box, partOf(part, look))) as [Room, Room];
  return {
    above: Math.max(near.above, far.above),
    beside: Math.max(near.beside, far.beside),
    below: Math.max(near.below, far.below),
    before: Math.max(near.before, far.before),
  };
}

/** The contact and the cast shadow as one: light has to pass both. */
function stand(alpha: Plane, look: ShadowLook): Shadow {
  const near = contactShadow(alpha, settled("contact", partOf("contact", look)));
  const far = castShadow(alpha, settled("cast", look)).opacity.data;
  const opacity = plane(alpha.width, alpha.height);
  for (let i = 0; i < far.length; i++) opacity.data[i] = 1 - (1 - near.opacity.data[i]!) * (1 - far[i]!);
  return { opacity, colour: look.colour, notes: near.notes };
}

/** The look of one part of "stand": lengths are the cast shadow's. */
const partOf = (kind: "contact" | "cast", look: ShadowLook): ShadowLook =>
  kind === "cast" ? look : { ...look, direction: null, length: null, softness: null };
