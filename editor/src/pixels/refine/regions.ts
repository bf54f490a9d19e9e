/**
 * Keeps or removes whole parts of an alpha: specks, and all but the largest subject (`refine/regions.py`). A region is
 * what hangs together where alpha reaches `LINKED`; what is fainter goes or stays with the nearest region.
 */
import { chamfer } from "../planes/distance";
import { clamp, mask, plane, type Plane } from "../planes/plane";
import { regions, type Regions } from "../planes/regions";

const LINKED = Math.fround(0.1);
/** A region that reaches this nowhere is haze, not a subject. */
const SEEN = 0.5;
/** Pixels a side of the cells in which the nearest region is looked for. */
const CELL = 4;
/** Pixels over which haze between a kept and a removed region fades. */
const BLEND = 8;

/** Without the regions that are smaller than this share of the largest subject; 0 does nothing. */
export function removeSpecks(alpha: Plane, share: number): Plane {
  if (share === 0) return alpha;
  const found = partsOf(alpha);
  const least = share * found.subjects.reduce((most, size) => Math.max(most, size), 0);
  return without(
    alpha,
    found,
    mask(found.sizes, (size, k) => k > 0 && size < least),
  );
}

/** The largest subject with its soft surroundings, and nothing else. */
export function keepLargest(alpha: Plane): Plane {
  const found = partsOf(alpha);
  const most = found.subjects.reduce((high, size) => Math.max(high, size), 0);
  if (most === 0) return alpha;
  const largest = found.subjects.indexOf(most);
  return without(
    alpha,
    found,
    mask(found.sizes, (_, k) => k > 0 && k !== largest),
  );
}

interface Parts extends Regions {
  /** Each region's pixels, from label 1. */
  readonly sizes: Float64Array;
  /** The same, with 0 for haze. */
  readonly subjects: Float64Array;
}

function partsOf(alpha: Plane): Parts {
  const { width, height, data } = alpha;
  const linked = new Uint8Array(data.length);
  for (let i = 0; i < linked.length; i++) linked[i] = data[i]! >= LINKED ? 1 : 0;
  const { labels, count } = regions(linked, width, height);
  const sizes = new Float64Array(count + 1);
  const seen = new Uint8Array(count + 1);
  for (let i = 0; i < labels.length; i++) {
    if (!labels[i]) continue;
    sizes[labels[i]!]!++;
    if (data[i]! > SEEN) seen[labels[i]!] = 1;
  }
  return { labels, count, sizes, subjects: sizes.map((size, k) => size * seen[k]!) };
}

/** The alpha without the unwanted regions and the haze nearest to them. */
function without(alpha: Plane, { labels, count }: Parts, unwanted: Uint8Array): Plane {
  const many = unwanted.reduce((sum, v) => sum + v, 0);
  if (many === 0 || many === count) return alpha;
  const { width, height, data } = alpha;
  const result = plane(width, height, data.slice());
  const near = nearness(alpha, labels, unwanted);
  const row = new Float32Array(near.width);
  for (let y = 0, i = 0; y < height; y++) {
    betweenRows(near, y, row);
    for (let x = 0; x < width; x++, i++) {
      if (data[i] === 0) continue;
      const label = labels[i]!;
      if (label) {
        if (unwanted[label]) result.data[i] = 0;
        continue;
      }
      const at = (x + 0.5) / CELL - 0.5;
      const left = Math.floor(at);
      const first = row[left < 0 ? 0 : left]!;
      const second = row[left + 1 < row.length ? left + 1 : left]!;
      result.data[i] = data[i]! * (first + (second - first) * (at - left));
    }
  }
  return result;
}

/** The row of cells that lies at a row of pixels, by straight lines. */
function betweenRows({ data, width, height }: Plane, y: number, into: Float32Array): void {
  const at = (y + 0.5) / CELL - 0.5;
  const top = Math.floor(at);
  const [upper, lower] = [clamp(top, 0, height - 1) * width, clamp(top + 1, 0, height - 1) * width];
  for (let x = 0; x < width; x++)
    into[x] = data[upper + x]! + (data[lower + x]! - data[upper + x]!) * (at - top);
}

/** Cells of 1 where a kept region is nearer than a removed one, of 0 where it is the other way. */
function nearness({ width, height }: Plane, labels: Int32Array, unwanted: Uint8Array): Plane {
  const [columns, rows] = [Math.ceil(width / CELL), Math.ceil(height / CELL)];
  const [kept, removed] = [new Uint8Array(columns * rows).fill(1), new Uint8Array(columns * rows).fill(1)];
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++)
      if (labels[i])
        (unwanted[labels[i]!] ? removed : kept)[Math.floor(y / CELL) * columns + Math.floor(x / CELL)] = 0;
  const toKept = chamfer(kept, columns, rows, 3).data;
  const toRemoved = chamfer(removed, columns, rows, 3).data;
  const result = plane(columns, rows);
  for (let i = 0; i < toKept.length; i++)
    result.data[i] = clamp(((toRemoved[i]! - toKept[i]!) * CELL) / BLEND + 0.5, 0, 1);
  return result;
}
