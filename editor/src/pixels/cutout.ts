/** The way through from a painted matte: colours, edges, and the finished picture, in Python's order. */
import type { Edges, Matte, Photo, Recipe } from "../document/types";
import { composite, withAlpha } from "./compose/background";
import { parseColour } from "./compose/colours";
import { despill } from "./compose/despill";
import { readLook, type Look } from "./compose/options";
import { present } from "./compose/present";
import type { Layer } from "./compose/resample";
import { estimateForeground } from "./foreground/estimate";
import { fromBytes, map, picture, type Picture, type Plane } from "./planes/plane";
import { adjustEdges, chooseRegions } from "./refine/cleanup";

/** A finished picture, straight; `opaque` where no pixel of it is translucent, `grey` where it is a matte. */
export interface Finished extends Picture {
  readonly opaque: boolean;
  readonly grey: boolean;
  readonly notes: readonly string[];
}

/** The subject's own straight colours: estimated or the photo's, with a backdrop's light taken out. */
export function coloursOf(photo: Photo, alpha: Plane, edges: Edges): Picture {
  const own = edges.decontaminate ? estimateForeground(photo, alpha) : photo;
  return edges.despill ? despill(own, alpha, parseColour(edges.despill, "Despill")) : own;
}

/** The matte before its sliders: its subjects that are wanted, turned round where the recipe wants the background. */
export function alphaOf(matte: Matte, look: Look): Plane {
  const all = fromBytes(matte.alpha, matte.width, matte.height);
  const alpha = chooseRegions(all, look.subjects, look.specks);
  return look.inverse ? map(alpha, (v) => 1 - v) : alpha;
}

/** Composes the finished picture at full size. */
export function finish(
  photo: Photo,
  matte: Matte,
  edges: Edges,
  recipe: Recipe,
  stills?: ReadonlyMap<string, Photo>,
  colours: (alpha: Plane) => Picture = (alpha) => coloursOf(photo, alpha, edges),
): Finished {
  const look = readLook(recipe);
  const alpha = alphaOf(matte, look);
  const subject: Layer = { foreground: colours(alpha), alpha: adjustEdges(alpha, edges) };
  const { foreground, alpha: shown, behind, matte: final, notes } = present(photo, subject, look, stills);
  if (look.matte) return { ...greyOf(final), opaque: true, grey: true, notes };
  if (!behind) return { ...withAlpha(foreground, shown), opaque: false, grey: false, notes };
  const flat = composite(foreground, shown, behind, look.linear);
  return { ...flat, opaque: behind.opaque, grey: false, notes };
}

function greyOf(alpha: Plane): Picture {
  const result = picture(alpha.width, alpha.height);
  for (let i = 0; i < alpha.data.length; i++) {
    const at = 4 * i;
    result.pixels[at] = alpha.data[i]! * 255;
    result.pixels[at + 1] = result.pixels[at + 2] = result.pixels[at]!;
    result.pixels[at + 3] = 255;
  }
  return result;
}
