import type { Rect } from "../geometry/points";
import { common, wholeOf } from "../geometry/rects";
import type { MattePatch } from "../history/patch";
import { recordTiles } from "../history/tiles";
import { blend, ERASED, RESTORED, type Region } from "./region";
import { hardened, softened } from "./reshape";
import { applyPatch } from "./actions";
import type { Document } from "./types";

/** What can be done to a region of the matte at once. */
export type RegionAction =
  | { readonly kind: "restore" }
  | { readonly kind: "erase" }
  /** Blurs, `radius` in photo pixels. */
  | { readonly kind: "soften"; readonly radius: number }
  /** Raises the contrast about the middle, `gain` from 1 up. */
  | { readonly kind: "harden"; readonly gain: number };

/**
 * Returns the document with a region of its matte changed, each pixel as far as the region's mask says, and the patch
 * for history; null where the region lies outside the photo or nothing changes.
 */
export function editRegion(
  document: Document,
  region: Region,
  action: RegionAction,
): { document: Document; patch: MattePatch } | null {
  const { matte } = document;
  const inside = common(region.rect, wholeOf(matte));
  if (!inside) return null;
  const recorder = recordTiles(matte.alpha.slice(), matte);
  blend(recorder, region, inside, goalOf(document, inside, action));
  const patch = recorder.finish();
  return patch && { document: applyPatch(document, patch), patch };
}

function goalOf({ matte }: Document, rect: Rect, action: RegionAction): Uint8Array | number {
  if (action.kind === "restore") return RESTORED;
  if (action.kind === "erase") return ERASED;
  const was = recordTiles(matte.alpha, matte).was;
  if (action.kind === "soften") return softened(was, matte, rect, action.radius);
  return hardened(was(rect), action.gain);
}
