import { round, type Picture, type Plane } from "../planes/plane";
import { LIGHT, type Triple } from "./light";

/** A pixel's linear light, and how much it counts. */
export interface Sample {
  readonly light: Triple;
  readonly weight: number;
}

/** About side × side whole pixels at even steps; those of alpha 0 are left out, without an alpha all count 1. */
export function sampled({ width, height, pixels }: Picture, alpha: Plane | null, side: number): Sample[] {
  const result: Sample[] = [];
  for (const y of steps(height, side))
    for (const x of steps(width, side)) {
      const at = y * width + x;
      const weight = alpha ? alpha.data[at]! : 1;
      if (weight <= 0) continue;
      const [r, g, b] = [pixels[4 * at]!, pixels[4 * at + 1]!, pixels[4 * at + 2]!];
      result.push({ light: [LIGHT[r]!, LIGHT[g]!, LIGHT[b]!], weight });
    }
  return result;
}

function steps(length: number, side: number): Set<number> {
  const count = Math.min(side, length);
  const step = count > 1 ? (length - 1) / (count - 1) : 0;
  return new Set(Array.from({ length: count }, (_, i) => round(i * step)));
}

/** A percentile of numbers, by straight lines between them, as numpy has it. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (share / 100) * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at));
}
