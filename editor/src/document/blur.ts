import { atOnce } from "./paced";

/**
 * Blurs a plane of bytes with three box filters after one another, close to a Gaussian whose standard deviation is half
 * the radius (Wells 1986); beyond its edge the plane goes on as its last pixel. Rounds each time to a byte.
 */
export const blurred = (plane: Uint8Array, width: number, height: number, radius: number): Uint8Array =>
  atOnce(blurring(plane, width, height, radius));

/** The same, with rests in between. */
export function* blurring(
  plane: Uint8Array,
  width: number,
  height: number,
  radius: number,
): Generator<void, Uint8Array> {
  const [now, next] = [plane.slice(), new Uint8Array(plane.length)];
  for (const half of boxes(radius)) {
    if (half === 0) continue;
    boxRows(now, next, width, height, half);
    yield;
    boxColumns(next, now, width, height, half);
    yield;
  }
  return now;
}

/** How far beyond a pixel its blurred value looks. */
export const reach = (radius: number): number => boxes(radius).reduce((sum, half) => sum + half, 0);

/** Half widths of three boxes whose variances add up to (radius / 2)². */
function boxes(radius: number): readonly number[] {
  const wanted = 3 * radius * radius; // 12 · variance, which a box of width w has as w² − 1
  const ideal = Math.sqrt(wanted / 3 + 1);
  const small = Math.max(0, Math.floor((ideal - 1) / 2));
  const [low, high] = [2 * small + 1, 2 * small + 3];
  const bigger = Math.round((wanted - 3 * (low * low - 1)) / (high * high - low * low));
  return [0, 1, 2].map((index) => (index < bigger ? small + 1 : small));
}

/** One box along each row. */
function boxRows(from: Uint8Array, to: Uint8Array, width: number, height: number, half: number): void {
  const scale = 1 / (2 * half + 1);
  for (let start = 0; start < width * height; start += width) {
    const [head, tail] = [from[start]!, from[start + width - 1]!];
    let sum = head * (half + 1);
    for (let k = 1; k <= half; k++) sum += k < width ? from[start + k]! : tail;
    for (let x = 0; x < width; x++) {
      to[start + x] = (sum * scale + 0.5) | 0;
      const enters = x + half + 1 < width ? from[start + x + half + 1]! : tail;
      sum += enters - (x >= half ? from[start + x - half]! : head);
    }
  }
}

/** One box along each column, row after row, so that memory is read in its order. */
function boxColumns(from: Uint8Array, to: Uint8Array, width: number, height: number, half: number): void {
  const scale = 1 / (2 * half + 1);
  const sums = new Int32Array(width);
  const row = (y: number): number => Math.min(height - 1, Math.max(0, y)) * width;
  for (let y = -half; y <= half; y++) {
    const at = row(y);
    for (let x = 0; x < width; x++) sums[x]! += from[at + x]!;
  }
  for (let y = 0; y < height; y++) {
    const [enters, leaves, at] = [row(y + half + 1), row(y - half), y * width];
    for (let x = 0; x < width; x++) {
      const sum = sums[x]!;
      to[at + x] = (sum * scale + 0.5) | 0;
      sums[x] = sum + from[enters + x]! - from[leaves + x]!;
    }
  }
}
