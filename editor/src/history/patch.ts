import type { Rect } from "../geometry/points";

/** Some tiles of a matte before and after a change; enough to undo and to redo it. */
export interface MattePatch {
  readonly bounds: Rect;
  readonly tiles: readonly TileChange[];
  /** Bytes that it keeps. */
  readonly bytes: number;
}

export interface TileChange {
  readonly column: number;
  readonly row: number;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** Pixels a side of a tile; those at the right and bottom edge are smaller. */
export const TILE = 256;
