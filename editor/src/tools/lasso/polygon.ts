import type { ImagePoint, Rect } from "../../geometry/points";

/** Lines a pixel is cut into from top to bottom; from left to right coverage is exact. */
const LINES = 16;

interface Edge {
  readonly top: number;
  readonly bottom: number;
  /** Where it would cross y = 0, and how far it goes right a pixel down. */
  readonly x: number;
  readonly slope: number;
  readonly down: 1 | -1;
}

/**
 * How much of each pixel of a rectangle lies inside the closed polygon, 0 to 255; what it goes around twice the same
 * way is inside (the non-zero rule).
 */
export function* polygonMask(points: readonly ImagePoint[], rect: Rect): Generator<void, Uint8Array> {
  const width = rect.right - rect.left;
  const mask = new Uint8Array(width * (rect.bottom - rect.top));
  const edges = edgesOf(points, rect);
  const changes = new Float64Array(width + 2);
  let active: Edge[] = [];
  let next = 0;
  for (let y = 0; y < rect.bottom - rect.top; y++) {
    while (next < edges.length && edges[next]!.top < y + 1) active.push(edges[next++]!);
    active = active.filter((edge) => edge.bottom > y);
    if (active.length === 0) continue;
    changes.fill(0);
    for (let line = 0; line < LINES; line++) addLine(changes, active, y + (line + 0.5) / LINES, width);
    let sum = 0;
    for (let x = 0; x < width; x++) {
      sum += changes[x]!;
      mask[y * width + x] = Math.round((255 / LINES) * Math.min(LINES, Math.max(0, sum)));
    }
    if (y % 64 === 63) yield;
  }
  return mask;
}

function edgesOf(points: readonly ImagePoint[], rect: Rect): Edge[] {
  const edges = points.flatMap((from, index): Edge[] => {
    const to = points[(index + 1) % points.length]!;
    if (from.y === to.y) return [];
    const [upper, lower] = from.y < to.y ? [from, to] : [to, from];
    const slope = (lower.x - upper.x) / (lower.y - upper.y);
    const [top, bottom] = [upper.y - rect.top, lower.y - rect.top];
    return [{ top, bottom, slope, x: upper.x - rect.left - slope * top, down: from.y < to.y ? 1 : -1 }];
  });
  return edges.sort((a, b) => a.top - b.top);
}

/** Adds what one line covers, as changes from each pixel to the next. */
function addLine(changes: Float64Array, edges: readonly Edge[], y: number, width: number): void {
  const crossings = edges
    .filter((edge) => edge.top <= y && y < edge.bottom)
    .map((edge) => ({ x: Math.min(width, Math.max(0, edge.x + edge.slope * y)), down: edge.down }))
    .sort((a, b) => a.x - b.x);
  let turns = 0;
  for (const { x, down } of crossings) {
    const was = turns;
    turns += down;
    if (was !== 0 && turns !== 0) continue;
    const sign = was === 0 ? 1 : -1;
    const pixel = Math.floor(x);
    changes[pixel]! += sign * (1 - (x - pixel));
    changes[pixel + 1]! += sign * (x - pixel);
  }
}
