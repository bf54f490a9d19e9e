/** Presents a cutout: frame, background, colours, outline and shadow, in this order (`compose/present.py`). */
import type { Photo } from "../../document/types";
import type { Picture, Plane } from "../planes/plane";
import type { Backdrop } from "./backdrops";
import { solid, type Behind } from "./background";
import { balance } from "./balance";
import { paintBlur } from "./bokeh";
import { parseColour } from "./colours";
import { develop, expose } from "./exposure";
import { place, type Frame } from "./frame";
import { paintGradient } from "./gradient";
import { harmonise } from "./harmonise";
import type { Triple } from "./light";
import { backdropOf, frameFor, type Look } from "./options";
import { outline, stick } from "./outline";
import { apply, covered, forwardPicture, scaleOf, type Placement } from "./placement";
import type { Layer } from "./resample";
import { lay, under } from "./shadow/lay";
import { DRAWN, type Drawn, type ShadowLook } from "./shadow/look";
import { makeShadow, roomOf } from "./shadow/shadow";
import { paintStill } from "./still";
import { paintStudio } from "./studio";
import { findSubject } from "./subject";
import { PixelError } from "../errors";

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
  const kind = kindOf(look);
  const shade = shadowLook(look);
  const frame = frameFor(look);
  const placement = frame ? placed(subject.alpha, frame, kind, shade, notes) : null;
  let layer: Layer = { foreground: developed(photo, subject, look, notes), alpha: subject.alpha };
  if (placement) layer = apply(placement, layer);
  const backdrop = backdropOf(look);
  const behind = backdrop && paint(backdrop, photo, layer.alpha, placement, stills);
  if (behind)
    layer = { ...layer, foreground: harmonise(layer.foreground, layer.alpha, behind, look.harmonise) };
  if (look.outline) {
    const ring = outline(layer.alpha, look.outline, look.outline_softness, look.outline_rounding);
    layer = stick(layer, ring, parseColour(look.outline_colour, "Outline"));
  }
  const matte = layer.alpha;
  if (kind) {
    const shadow = makeShadow(kind, layer.alpha, shade, layer.foreground);
    notes.push(...shadow.notes);
    if (behind?.opaque) lay(shadow, behind);
    else layer = under(layer, shadow);
  }
  return { ...layer, behind, matte, notes };
}

function kindOf({ shadow }: Look): Drawn | null {
  if (shadow === "none") return null;
  const kind = DRAWN.find((name) => name === shadow);
  if (kind) return kind;
  throw new PixelError("Shadow", `cannot be “${shadow}”`, `Use one of none, ${DRAWN.join(", ")}.`);
}

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

function placed(
  alpha: Plane,
  asked: Frame,
  kind: Drawn | null,
  shade: ShadowLook,
  notes: string[],
): Placement {
  const free = asked.crop && !asked.canvas && !asked.longest;
  const frame = free && kind ? withRoom(alpha, asked, kind, shade) : asked;
  const placement = place(alpha, frame);
  if (placement.limited)
    notes.push("frame: the subject is smaller than asked for, it would have to be enlarged too much");
  const scale = scaleOf(placement);
  if (scale > ENLARGED) notes.push(`frame: the photo was enlarged ${scale.toFixed(1)} times`);
  return placement;
}

/** A frame that leaves a drawn shadow its room. */
function withRoom(alpha: Plane, frame: Frame, kind: Drawn, shade: ShadowLook): Frame {
  const { above, beside, below, before } = roomOf(kind, findSubject(alpha).box, shade);
  const [top, right, bottom, left] = frame.margin.pixels;
  const pixels = [
    Math.max(top, above),
    Math.max(right, beside),
    Math.max(bottom, below),
    Math.max(left, before),
  ] as const;
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
    const shown = placement ? covered(placement) : { left: 0, top: 0, right: width, bottom: height };
    const seen = placement ? forwardPicture(placement, photo) : photo;
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
