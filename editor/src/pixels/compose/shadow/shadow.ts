/** Shadows, one kind a file: drop, contact, cast, reflection. */
import type { Plane, Picture, Window } from "../../planes/plane";
import { castRoom, castShadow } from "./cast";
import { contactRoom, contactShadow } from "./contact";
import { dropRoom, dropShadow } from "./drop";
import { settled, type Drawn, type Room, type Shadow, type ShadowLook } from "./look";
import { reflection, reflectionRoom } from "./reflection";

/** Makes one shadow on the canvas of the result. */
export function makeShadow(kind: Drawn, alpha: Plane, look: ShadowLook, foreground: Picture): Shadow {
  const style = settled(kind, look);
  if (kind === "drop") return dropShadow(alpha, style);
  if (kind === "contact") return contactShadow(alpha, style);
  if (kind === "cast") return castShadow(alpha, style);
  return reflection(alpha, foreground, style);
}

/** How many pixels a shadow needs around the subject. */
export function roomOf(kind: Drawn, box: Window, look: ShadowLook): Room {
  const rooms = { drop: dropRoom, contact: contactRoom, cast: castRoom, reflection: reflectionRoom };
  return rooms[kind](box, settled(kind, look));
}
