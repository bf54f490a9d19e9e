/** Presents a cutout: frame, background, colours, outline and shadow, in this order (`compose/present.py`). */
import type { Photo } from "../../document/types";
import { PixelError } from "../errors";
import { clamp, map, type Picture, type Plane } from "../planes/plane";
import type { Backdrop } from "./backdrops";
import { solid, type Behind } from "./background";
import { balance } from "./balance";
import { paintBlur } from "./bokeh";
import { parseColour } from "./colours";
import { develop, expose } from "./exposure";
import { place, type Frame } from "./frame";
import { paintGradient } from "./gradient";
import { harmonise } from "./harmonise";
import type { Sides } from "./lengths";
import type { Triple } from "./light";
import { backdropOf, frameFor, type Look } from "./options";
import { outline, stick } from "./outline";
import { apply, covered, forward, forwardPicture, ofAll, scaleOf, type Placement } from "./placement";
import { findPreset, wantsWhiteBorder } from "./presets";
import type { Layer } from "./resample";
import { choose } from "./shadow/auto";
import { keepShadow } from "./shadow/keep";
import { lay, under } from "./shadow/lay";
import { isEmpty, KINDS, NO_ROOM, settled, type Room, type Shadow, type ShadowLook } from "./shadow/look";
import { makeShadow, type Shape } from "./shadow/shadow";
import { clearOfBorder, FAINT, INVISIBLE, keptRoom, shadowRoom } from "./shadow_room";
import { paintStill } from "./still";
import { paintStudio } from "./studio";

/** A subject enlarged more than this looks soft, and that is said. */
const ENLARGED = 1.5;

/** What is shown, on the canvas; `behind` null stays transparent. */
export interface Layers extends Layer {
  readonly behind: Behind | null;
  /** The subject's alpha, with its outline and without its shadow. */
  readonly matte: Plane;
  readonly notes: readonly string[];
}

/** Returns the layers of the picture; `stills` has the pictures that a background may name, decoded. */
export function present(
  photo: Picture,
  subject: Layer,
  look: Look,
  stills: ReadonlyMap<string, Photo> = new Map(),
): Layers {
  const notes: string[] = [];
  let shade = shadeOf(photo, subject.alpha, look, notes);
  const frame = frameFor(look);
  const placement = frame ? placed(subject.alpha, frame, look, shade, notes) : null;
  let layer: Layer = { foreground: developed(photo, subject, look, notes), alpha: subject.alpha };
  if (placement) {
    layer = apply(placement, layer);
    if (shade.kept) shade = { ...shade, kept: moved(shade.kept, placement) };
  }
  const backdrop = backdropOf(look);
  const behind = backdrop && paint(backdrop, photo, layer.alpha, placement, stills);
  if (behind)
    layer = { ...layer, foreground: harmonise(layer.foreground, layer.alpha, behind, look.harmonise) };
  if (look.outline) {
    const ring = outline(layer.alpha, look.outline, look.outline_softness, look.outline_rounding);
    layer = stick(layer, ring, parseColour(look.outline_colour, "Outline"));
  }
  const matte = layer.alpha;
  const shadow = shadowOf(shade, layer, look, notes);
  if (shadow && behind?.opaque) lay(shadow, behind);
  else if (shadow) layer = under(layer, shadow);
  return { ...layer, behind, matte, notes };
}

/** What is drawn, if anything is, how, and the photo's own shadow where that is taken instead. */
interface Shade {
  readonly kind: Shape | null;
  readonly look: ShadowLook;
  readonly kept: Shadow | null;
}

function shadeOf(photo: Picture, alpha: Plane, asked: Look, notes: string[]): Shade {
  const look = shadowLook(asked);
  const kind = KINDS.find((name) => name === asked.shadow);
  if (!kind) throw new PixelError("Shadow", `cannot be “${asked.shadow}”`, `Use one of ${KINDS.join(", ")}.`);
  if (kind === "none") return { kind: null, look, kept: null };
  if (kind === "keep") {
    const kept = keepShadow(alpha, photo, settled("keep", look));
    notes.push(...kept.notes);
    return { kind: null, look, kept };
  }
  if (kind !== "auto") return { kind, look, kept: null };
  const chosen = choose(alpha, photo, look);
  notes.push(...chosen.notes);
  return { kind: chosen.kept ? null : "stand", look: chosen.look, kept: chosen.kept };
}

/** The shadow on the canvas; null where there is none to see. */
function shadowOf({ kind, look, kept }: Shade, layer: Layer, asked: Look, notes: string[]): Shadow | null {
  let shadow = kept;
  if (kind) {
    shadow = makeShadow(kind, layer.alpha, look, layer.foreground);
    notes.push(...shadow.notes);
  }
  if (!shadow || isEmpty(shadow)) return null;
  return asked.preset ? clearOfBorder(shadow, wantsWhiteBorder(findPreset(asked.preset))) : shadow;
}

/** The photo's own shadow on the canvas. */
const moved = (kept: Shadow, placement: Placement): Shadow => ({
  ...kept,
  opacity: map(forward(ofAll(placement), kept.opacity), (v) => clamp(v, 0, 1)),
});

const shadowLook = (look: Look): ShadowLook => ({
  direction: look.shadow_direction,
  length: look.shadow_length,
  softness: look.shadow_softness,
  opacity: look.shadow_opacity,
  colour: parseColour(look.shadow_colour, "Shadow").slice(0, 3) as unknown as Triple,
});

function developed(photo: Picture, { foreground, alpha }: Layer, look: Look, notes: string[]): Picture {
  let gains: Triple = [1, 1, 1];
  let gain = 1;
  if (look.balance) {
    const found = balance(photo, alpha);
    gains = found.gains;
    notes.push(found.note);
  }
  if (look.exposure !== null) {
    const found = expose(foreground, alpha, look.exposure, gains);
    gain = found.gain;
    notes.push(found.note);
  }
  return develop(foreground, gains, gain);
}

function placed(alpha: Plane, asked: Frame, look: Look, shade: Shade, notes: string[]): Placement {
  const room = asked.crop ? roomFor(shade, alpha, look) : NO_ROOM;
  const frame = asked.crop && look.outline ? withOutline(asked, look) : asked;
  const placement = place(alpha, frame, room);
  const scale = scaleOf(placement);
  if (room !== NO_ROOM && scale < 0.99 * scaleOf(place(alpha, frame)))
    notes.push("frame: the subject is smaller than asked for, so that its shadow has room");
  if (placement.limited)
    notes.push("frame: the subject is smaller than asked for, it would have to be enlarged too much");
  if (scale > ENLARGED) notes.push(`frame: the photo was enlarged ${scale.toFixed(1)} times`);
  return placement;
}

/** The pixels of the photo that are framed with the subject for its shadow. */
function roomFor({ kind, look, kept }: Shade, alpha: Plane, { preset }: Look): Room {
  if (kept) return isEmpty(kept) ? NO_ROOM : keptRoom(kept, alpha);
  // A marketplace wants a large subject; its border is cleared of what is still seen there.
  return kind ? shadowRoom(kind, alpha, look, preset ? FAINT : INVISIBLE) : NO_ROOM;
}

/** A frame whose margin has room for the outline. */
function withOutline(frame: Frame, look: Look): Frame {
  const width = Math.ceil(look.outline + look.outline_softness / 2);
  const pixels = frame.margin.pixels.map((side) => Math.max(side, width)) as unknown as Sides;
  return { ...frame, margin: { ...frame.margin, pixels } };
}

function paint(
  backdrop: Backdrop,
  photo: Picture,
  alpha: Plane,
  placement: Placement | null,
  stills: ReadonlyMap<string, Photo>,
): Behind {
  const { width, height } = alpha;
  if (backdrop.kind === "gradient") {
    const opaque = backdrop.stops.every(([, colour]) => colour[3] === 255);
    return { ...paintGradient(backdrop, width, height), opaque };
  }
  if (backdrop.kind === "studio") return { ...paintStudio(backdrop.name, width, height), opaque: true };
  if (backdrop.kind === "blur") {
    const all = placement && ofAll(placement);
    const shown = all ? covered(all) : { left: 0, top: 0, right: width, bottom: height };
    const seen = all ? forwardPicture(all, photo) : photo;
    return { ...paintBlur(seen, alpha, shown, backdrop.radius), opaque: true };
  }
  if (backdrop.kind === "still") {
    const still = stills.get(backdrop.path);
    if (still) return paintStill(backdrop, still, width, height);
    throw new PixelError(
      "Background",
      `the picture “${backdrop.path}” is not here`,
      "Choose the file again.",
    );
  }
  return solid(backdrop.kind === "colour" ? backdrop.colour : [0, 0, 0, 0], width, height);
}
