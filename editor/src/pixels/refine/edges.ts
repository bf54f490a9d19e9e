/** Edge cleanup by name: shift, feather, contrast, as in `refine/edges.py`. Lengths are pixels of the photo. */
import { blur, cellOf } from "../planes/blur";
import { eachEdge } from "../planes/bands";
import { clamp, crop, map, paste, plane, type Plane } from "../planes/plane";
import { cubicSampled, sampled } from "../planes/warp";

/** σ of the directions against the shift: far enough that they are known where it reaches. */
const NORMAL_SCALE = 1.5;
/** σ·|∇²A| / |∇A| beyond which a place is the crest of a strand and not an edge's flank. */
const RIDGE = 2.5;
/**
 * Moves the subject's edge outwards or, with a negative amount, inwards: each point takes the largest (smallest)
 * alpha within `pixels` along the edge's normal. Crests of strands stay when choked, narrow gaps when expanded.
 */
export function shift(alpha: Plane, pixels: number): Plane {
  if (pixels === 0) return alpha;
  const sigma = Math.max(1, NORMAL_SCALE * Math.abs(pixels));
  return perTile(alpha, margin(sigma), (part) => shifted(part, pixels, sigma));
}

/** Softens the edges: a hard one fades over `radius` pixels on each side (Gaussian, σ = radius / 2). */
export function feather(alpha: Plane, radius: number): Plane {
  if (radius === 0) return alpha;
  return perTile(alpha, margin(radius / 2), (part) => map(blur(part, radius / 2), (v) => clamp(v, 0, 1)));
}

/** Makes soft edges steeper or, with a gain below 1, softer: `α^g / (α^g + (1 - α)^g)`. */
export function contrast(alpha: Plane, gain: number): Plane {
  if (gain === 1) return alpha;
  return map(alpha, (value) => {
    if (value <= 0 || value >= 1) return value;
    const high = value ** gain;
    return high / (high + (1 - value) ** gain);
  });
}

function perTile(alpha: Plane, room: number, work: (part: Plane) => Plane): Plane {
  const result = plane(alpha.width, alpha.height, alpha.data.slice());
  eachEdge(alpha, room, ({ core, reach, inner }) => paste(work(crop(alpha, reach)), inner, result, core));
  return result;
}

/** Samples a window of an alpha `pixels` away along its normals. */
function shifted(alpha: Plane, pixels: number, sigma: number): Plane {
  const { width, height } = alpha;
  const smooth = blur(alpha, sigma);
  const at = (x: number, y: number) => smooth.data[mirror(y, height) * width + mirror(x, width)]!;
  const result = plane(width, height);
  // A choke spares crests, where ∇²A is negative; an expansion spares the bottoms of gaps.
  const crest = (Math.sign(pixels) * sigma) / RIDGE;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [left, right, above, below] = [at(x - 1, y), at(x + 1, y), at(x, y - 1), at(x, y + 1)];
      const across = (right - left) / 2;
      const down = (below - above) / 2;
      const slope = Math.hypot(across, down) + 1e-6;
      const bend = Math.max((left + right + above + below - 4 * at(x, y)) * crest, 0) / slope;
      const step = (2 ** -(bend ** 4) * pixels) / slope;
      result.data[y * width + x] = swept(alpha, x, y, across * step, down * step, pixels);
    }
  return result;
}

/** The largest alpha on a point's way along its displacement; a far end alone would jump over thin strands. */
function swept(alpha: Plane, x: number, y: number, across: number, down: number, pixels: number): number {
  const stops = Math.ceil(Math.abs(pixels));
  let best = alpha.data[y * alpha.width + x]!;
  for (let stop = 1; stop <= stops; stop++) {
    const share = stop / stops;
    const sample = stop === stops ? cubicSampled : sampled;
    const there = sample(alpha, x + across * share, y + down * share);
    best = pixels < 0 ? Math.min(best, there) : Math.max(best, there);
  }
  return clamp(best, 0, 1);
}

/** How far a blur looks, in whole cells, so that the tiles' cells meet. */
function margin(sigma: number): number {
  const cell = cellOf(sigma);
  return Math.ceil((4 * sigma) / cell + 2) * cell;
}

/** The border's pixel is not repeated. */
function mirror(at: number, length: number): number {
  if (length === 1) return 0;
  return at < 0 ? -at : at >= length ? 2 * (length - 1) - at : at;
}
