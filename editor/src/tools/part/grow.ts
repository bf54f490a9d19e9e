import { common, grown, wholeOf } from "../../geometry/rects";
import { fits, FULL, type Flooded, type Part, type Scene } from "./flood";

/** Alpha may go up by this much on its way out of a part without ending its soft edge: noise. */
const NOISE = 6;

/** How far, in photo pixels, a part's soft edge may reach. */
export const softReach = (photo: { width: number; height: number }): number =>
  Math.min(32, Math.max(6, Math.round(Math.max(photo.width, photo.height) / 250)));

/**
 * Adds the soft edge of a part, in place, pixel by pixel outward: where its alpha fades out of the part's, and where
 * its colour does, as far as it still is the part's.
 */
export function* grow(scene: Scene, { mask, bounds, beside }: Flooded): Generator<void, Part> {
  const { width, height } = scene.photo;
  const steps = softReach(scene.photo);
  for (const index of beside) mask[index] = 0;
  yield;
  let rim = firstRim(scene, mask, beside);
  for (let step = 1; step < steps && rim.length > 0; step++) {
    yield;
    const next: number[] = [];
    for (const index of rim)
      for (const to of neighbours(index, width, height)) {
        if (mask[to] !== 0) continue;
        mask[to] = shareOf(scene, mask, index, to);
        if (mask[to] !== 0) next.push(to);
      }
    rim = next;
  }
  return { mask, bounds: common(grown(bounds, steps), wholeOf(scene.photo)) ?? bounds };
}

/** Takes the part's direct neighbours in, as far as they belong to it; returns those that do at all. */
function firstRim(scene: Scene, mask: Uint8Array, beside: readonly number[]): number[] {
  const { width, height } = scene.photo;
  const shares = beside.map((index) =>
    neighbours(index, width, height)
      .filter((from) => mask[from] === FULL)
      .reduce((most, from) => Math.max(most, shareOf(scene, mask, from, index)), 0),
  );
  for (const [k, index] of beside.entries()) mask[index] = shares[k]!;
  return beside.filter((index) => mask[index] !== 0);
}

/** How much of the next pixel outward belongs to the part. */
function shareOf(scene: Scene, mask: Uint8Array, from: number, to: number): number {
  const { alpha, seedAlpha } = scene;
  const [here, there] = [alpha[from]!, alpha[to]!];
  const soft = there > 0 && there < FULL;
  const fades = seedAlpha >= 128 ? there <= here + NOISE : there >= here - NOISE;
  if (soft && fades && Math.abs(there - seedAlpha) > NOISE) return FULL;
  return Math.min(mask[from]!, Math.min(FULL, 2 * fits(scene, to)));
}

function neighbours(index: number, width: number, height: number): number[] {
  const x = index % width;
  const all: number[] = [];
  if (x > 0) all.push(index - 1);
  if (x < width - 1) all.push(index + 1);
  if (index >= width) all.push(index - width);
  if (index < width * (height - 1)) all.push(index + width);
  return all;
}
