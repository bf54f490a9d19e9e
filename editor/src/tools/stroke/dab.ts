/** One touch of a round brush: full up to `inner`, then less and less, nothing from `outer` on; in photo pixels. */
export interface Dab {
  readonly inner: number;
  readonly outer: number;
  /** Coverage, 0 to 255, by the squared distance from `inner`² to `outer`². */
  readonly ramp: Uint8Array;
}

/** Steps of the ramp; one more, of nothing, catches what rounding puts beyond its end. */
export const RAMP = 1024;

/** Returns the dab of a diameter and a hardness; even the hardest has a ramp of one pixel, so that it is no staircase. */
export function makeDab(diameter: number, hardness: number): Dab {
  const radius = Math.max(0.25, diameter / 2);
  const inner = Math.max(0, Math.min(Math.min(1, Math.max(0, hardness)) * radius, radius - 0.5));
  const outer = Math.max(radius, inner + 1);
  const ramp = Uint8Array.from({ length: RAMP + 1 }, (_, k) => {
    const squared = inner ** 2 + ((k + 0.5) / RAMP) * (outer ** 2 - inner ** 2);
    return Math.round(255 * falloff(Math.sqrt(squared), inner, outer));
  });
  return { inner, outer, ramp };
}

/** 1 up to `inner`, 0 from `outer` on, a smoothstep in between. */
export function falloff(distance: number, inner: number, outer: number): number {
  const t = Math.min(1, Math.max(0, (outer - distance) / (outer - inner)));
  return t * t * (3 - 2 * t);
}
