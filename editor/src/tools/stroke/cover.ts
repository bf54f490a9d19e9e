import { mixed } from "../../document/region";
import type { Rect } from "../../geometry/points";
import { TILE } from "../../history/patch";
import type { Recorder, Tile } from "../../history/tiles";
import { RAMP, type Dab } from "./dab";

/** What a stroke brings the matte toward: one value, or one for each pixel of a tile as it was. */
export type Goal = number | ((column: number, row: number) => Uint8Array);

/**
 * How much of each pixel one stroke covers: the most of what its dabs do, so that it does not build up over itself.
 * Kept in the recorder's tiles; `flush` paints what the dabs since the last one have touched.
 */
export interface Cover {
  /** Adds a dab; its strength is 0 to 1. */
  stamp(dab: Dab, x: number, y: number, strength: number): void;
  /** Paints into the recorder's pixels and returns where, or null. */
  flush(): Rect | null;
  /** Coverage of a pixel inside the photo, 0 to 255. */
  at(x: number, y: number): number;
}

/** A name of this file's own: called for every pixel, and some loaders make each use of an imported name a look-up. */
const mix = mixed;

interface Layer {
  readonly recorder: Recorder;
  readonly masks: (Uint8Array | undefined)[];
  /** Columns `left` to `right` − 1 of each row between `top` and `bottom` wait to be painted. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  top: number;
  bottom: number;
}

/** One row of a dab: a ramp from `left` to `from`, full up to `to`, a ramp up to `right`. */
interface Row {
  readonly x: number;
  readonly force: number;
  readonly dab: Dab;
  /** The dab's ramp at that force. */
  readonly shares: Uint8Array;
  /** Squared distance of the row from the dab's middle. */
  above: number;
  left: number;
  from: number;
  to: number;
  right: number;
}

/** Begins a stroke toward `goal` that never covers more than `ceiling`, 0 to 1. */
export function coverOf(recorder: Recorder, goal: Goal, ceiling: number): Cover {
  const { width, height } = recorder.size;
  const layer: Layer = {
    recorder,
    masks: [],
    left: new Int32Array(height).fill(width),
    right: new Int32Array(height),
    top: height,
    bottom: 0,
  };
  const share = toByte(ceiling);
  const ceilings = Uint8Array.from({ length: 256 }, (_, value) => mix(0, share, value));
  return {
    stamp: (dab, x, y, strength) => stamp(layer, dab, x, y, toByte(strength)),
    flush: () => {
      if (layer.bottom <= layer.top) return null;
      const rect = flush(layer, goal, ceilings);
      layer.left.fill(width, layer.top, layer.bottom);
      layer.right.fill(0, layer.top, layer.bottom);
      [layer.top, layer.bottom] = [height, 0];
      return rect;
    },
    at: (x, y) => {
      const [column, row] = [Math.floor(x / TILE), Math.floor(y / TILE)];
      const across = Math.min(TILE, width - column * TILE);
      return layer.masks[row * recorder.columns + column]?.[(y % TILE) * across + (x % TILE)] ?? 0;
    },
  };
}

const toByte = (share: number): number => Math.round(255 * Math.min(1, Math.max(0, share)));
const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

function stamp(layer: Layer, dab: Dab, x: number, y: number, force: number): void {
  const { width, height } = layer.recorder.size;
  const top = Math.max(0, Math.ceil(y - dab.outer - 0.5));
  const bottom = Math.min(height, Math.floor(y + dab.outer - 0.5) + 1);
  if (force === 0 || bottom <= top) return;
  const shares = force === 255 ? dab.ramp : dab.ramp.map((value) => mix(0, value, force));
  const row: Row = { x, force, dab, shares, above: 0, left: 0, from: 0, to: 0, right: 0 };
  for (let v = top; v < bottom; v++) {
    row.above = (v + 0.5 - y) ** 2;
    measure(row, width);
    if (row.right <= row.left) continue;
    stampRow(layer, v, row);
    if (row.left < layer.left[v]!) layer.left[v] = row.left;
    if (row.right > layer.right[v]!) layer.right[v] = row.right;
    if (v < layer.top) layer.top = v;
    if (v >= layer.bottom) layer.bottom = v + 1;
  }
}

/** Finds where a row's ramps and its full part lie. */
function measure(row: Row, width: number): void {
  const { x, above, dab } = row;
  const half = Math.sqrt(Math.max(0, dab.outer * dab.outer - above));
  row.left = Math.max(0, Math.ceil(x - half - 0.5));
  row.right = Math.min(width, Math.floor(x + half - 0.5) + 1);
  const core = Math.sqrt(Math.max(0, dab.inner * dab.inner - above));
  row.from = core ? clamp(Math.ceil(x - core - 0.5), row.left, row.right) : row.right;
  row.to = core ? clamp(Math.floor(x + core - 0.5) + 1, row.from, row.right) : row.right;
}

function stampRow({ recorder, masks }: Layer, v: number, row: Row): void {
  const { width } = recorder.size;
  const down = Math.floor(v / TILE);
  for (let column = Math.floor(row.left / TILE); column * TILE < row.right; column++) {
    const start = column * TILE;
    const end = Math.min(width, start + TILE);
    const index = down * recorder.columns + column;
    const mask = (masks[index] ??= new Uint8Array(recorder.tile(column, down).before.length));
    const base = (v - down * TILE) * (end - start) - start;
    ramp(mask, base, Math.max(row.left, start), Math.min(row.from, end), row);
    fill(mask, base, Math.max(row.from, start), Math.min(row.to, end), row.force);
    ramp(mask, base, Math.max(row.to, start), Math.min(row.right, end), row);
  }
}

function fill(mask: Uint8Array, base: number, from: number, to: number, force: number): void {
  if (to <= from) return;
  if (force === 255) mask.fill(255, base + from, base + to);
  else for (let u = from; u < to; u++) if (mask[base + u]! < force) mask[base + u] = force;
}

function ramp(mask: Uint8Array, base: number, from: number, to: number, row: Row): void {
  const { x, shares, dab } = row;
  const start = dab.inner * dab.inner;
  const scale = RAMP / (dab.outer * dab.outer - start);
  const offset = (row.above - start) * scale;
  for (let u = from; u < to; u++) {
    const along = u + 0.5 - x;
    const value = shares[(along * along * scale + offset) | 0]!;
    if (mask[base + u]! < value) mask[base + u] = value;
  }
}

function flush(layer: Layer, goal: Goal, ceilings: Uint8Array): Rect {
  const { recorder, masks } = layer;
  let [least, most] = [recorder.size.width, 0];
  for (let v = layer.top; v < layer.bottom; v++) {
    const [left, right] = [layer.left[v]!, layer.right[v]!];
    if (right <= left) continue;
    least = Math.min(least, left);
    most = Math.max(most, right);
    const down = Math.floor(v / TILE);
    for (let column = Math.floor(left / TILE); column * TILE < right; column++) {
      const mask = masks[down * recorder.columns + column];
      if (!mask) continue; // a gap between two dabs of one row
      const tile = recorder.tile(column, down);
      const target = typeof goal === "number" ? goal : goal(column, down);
      const [from, to] = [Math.max(left, tile.rect.left), Math.min(right, tile.rect.right)];
      const shares = mask.subarray((v - tile.rect.top) * (tile.rect.right - tile.rect.left));
      mixRow(recorder, tile, v, [from, to], { mask: shares, goal: target, ceilings });
    }
  }
  return { left: least, top: layer.top, right: most, bottom: layer.bottom };
}

/** Paints a piece of one row: the pixels before the stroke, brought toward the goal. */
function mixRow(
  { pixels, size }: Recorder,
  { rect, before }: Tile,
  v: number,
  [first, end]: readonly [number, number],
  paint: { mask: Uint8Array; goal: number | Uint8Array; ceilings: Uint8Array },
): void {
  const { mask, goal, ceilings } = paint;
  const base = (v - rect.top) * (rect.right - rect.left) - rect.left;
  const row = v * size.width;
  for (let u = first; u < end; u++) {
    const cover = ceilings[mask[u - rect.left]!]!;
    if (cover === 0) continue;
    const target = typeof goal === "number" ? goal : goal[base + u]!;
    pixels[row + u] = mix(before[base + u]!, target, cover);
  }
}
