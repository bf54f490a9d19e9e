import type { Rect } from "../geometry/points";
import { around, common, cropped, pasted, wholeOf } from "../geometry/rects";
import type { Size } from "../geometry/view";
import { TILE, type MattePatch, type TileChange } from "./patch";
import { pack, unpack } from "./runs";

/** One square of the matte as it was when a gesture first touched it. */
export interface Tile {
  readonly column: number;
  readonly row: number;
  readonly rect: Rect;
  readonly before: Uint8Array;
}

/** Watches a matte while something paints into it. */
export interface Recorder {
  readonly pixels: Uint8Array;
  readonly size: Size;
  readonly columns: number;
  /** The tile as it was; the first call has to come before anything is painted there. */
  tile(column: number, row: number): Tile;
  /** The same for every tile under a rectangle that lies inside. */
  touch(rect: Rect): void;
  /** The pixels under a rectangle that lies inside, as they were before the gesture. */
  was(rect: Rect): Uint8Array;
  /** What has changed since; null where nothing has. */
  finish(): MattePatch | null;
  /** Puts everything back. */
  restore(): void;
}

export const tileRect = (size: Size, column: number, row: number): Rect => ({
  left: column * TILE,
  top: row * TILE,
  right: Math.min(size.width, (column + 1) * TILE),
  bottom: Math.min(size.height, (row + 1) * TILE),
});

/** Calls for each tile that a rectangle inside the picture touches. */
export function eachTile(rect: Rect, call: (column: number, row: number) => void): void {
  for (let row = Math.floor(rect.top / TILE); row * TILE < rect.bottom; row++)
    for (let column = Math.floor(rect.left / TILE); column * TILE < rect.right; column++) call(column, row);
}

/** Begins to watch `pixels`, keeping a copy of a tile only once it is touched. */
export function recordTiles(pixels: Uint8Array, size: Size): Recorder {
  const { width } = size;
  const columns = Math.ceil(width / TILE);
  const touched = new Map<number, Tile>();
  const tile = (column: number, row: number): Tile => {
    const known = touched.get(row * columns + column);
    if (known) return known;
    const rect = tileRect(size, column, row);
    const fresh = { column, row, rect, before: cropped(pixels, width, rect) };
    touched.set(row * columns + column, fresh);
    return fresh;
  };
  return {
    pixels,
    size,
    columns,
    tile,
    touch: (rect) => eachTile(rect, tile),
    was: (rect) => {
      const out = cropped(pixels, width, rect);
      eachTile(rect, (column, row) => {
        const known = touched.get(row * columns + column);
        if (known) overlay(out, rect, known);
      });
      return out;
    },
    finish: () => patchOf([...touched.values()], (t) => cropped(pixels, width, t.rect)),
    restore: () => {
      for (const t of touched.values()) pasted(pixels, width, t.rect, t.before);
    },
  };
}

/** The change from one whole matte to another of the same size; null where they are equal. */
export function difference(before: Uint8Array, after: Uint8Array, size: Size): MattePatch | null {
  const tiles: Tile[] = [];
  eachTile(wholeOf(size), (column, row) => {
    const rect = tileRect(size, column, row);
    tiles.push({ column, row, rect, before: cropped(before, size.width, rect) });
  });
  return patchOf(tiles, (t) => cropped(after, size.width, t.rect));
}

/** Writes one side of a patch into a matte of its size; returns where. */
export function writePatch(
  pixels: Uint8Array,
  size: Size,
  patch: MattePatch,
  side: "before" | "after",
): Rect {
  for (const tile of patch.tiles) {
    const rect = tileRect(size, tile.column, tile.row);
    const length = (rect.right - rect.left) * (rect.bottom - rect.top);
    pasted(pixels, size.width, rect, unpack(tile[side], length));
  }
  return patch.bounds;
}

function overlay(out: Uint8Array, rect: Rect, tile: Tile): void {
  const shared = common(rect, tile.rect);
  if (!shared) return;
  const across = tile.rect.right - tile.rect.left;
  for (let y = shared.top; y < shared.bottom; y++) {
    const from = (y - tile.rect.top) * across + shared.left - tile.rect.left;
    const to = (y - rect.top) * (rect.right - rect.left) + shared.left - rect.left;
    out.set(tile.before.subarray(from, from + shared.right - shared.left), to);
  }
}

function patchOf(tiles: readonly Tile[], now: (tile: Tile) => Uint8Array): MattePatch | null {
  let bounds: Rect | null = null;
  const changes: TileChange[] = [];
  for (const tile of tiles) {
    const after = now(tile);
    const changed = changedPart(tile, after);
    if (!changed) continue;
    bounds = around(bounds, changed);
    changes.push({ column: tile.column, row: tile.row, before: pack(tile.before), after: pack(after) });
  }
  const bytes = changes.reduce((sum, t) => sum + t.before.byteLength + t.after.byteLength, 0);
  return bounds && { bounds, tiles: changes, bytes };
}

/** The smallest rectangle that holds every pixel of a tile that is not as it was. */
function changedPart(tile: Tile, after: Uint8Array): Rect | null {
  const { rect, before } = tile;
  const width = rect.right - rect.left;
  let [left, right, top, bottom] = [width, -1, -1, -1];
  for (let y = 0; y < rect.bottom - rect.top; y++) {
    const start = y * width;
    let first = 0;
    while (first < width && before[start + first] === after[start + first]) first++;
    if (first === width) continue;
    let last = width - 1;
    while (before[start + last] === after[start + last]) last--;
    if (top < 0) top = y;
    bottom = y;
    left = Math.min(left, first);
    right = Math.max(right, last);
  }
  if (top < 0) return null;
  const { left: x, top: y } = rect;
  return { left: x + left, top: y + top, right: x + right + 1, bottom: y + bottom + 1 };
}
