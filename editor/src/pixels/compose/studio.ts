/** Studio backdrops drawn in code: a wall that sweeps into a floor, under soft light (`compose/studio.py`). */
import { plane, type Picture } from "../planes/plane";
import type { STUDIOS } from "./backdrops";
import { enlarge } from "./dither";
import { fromLight, toLight, type Triple } from "./light";

/** On the longer side: the light is smooth, so that more would show nothing. */
const CELLS = 512;
/** Share of the height at which the sweep is halfway from wall to floor, and its width. */
const HORIZON = 0.7;
const SWEEP = 0.09;

/** sRGB colours where the light is brightest, and how fast it fades away from its middle. */
interface Look {
  readonly wall: Triple;
  readonly floor: Triple;
  readonly falloff: number;
}

const LOOKS: Readonly<Record<(typeof STUDIOS)[number], Look>> = {
  "studio-white": { wall: [250, 250, 250], floor: [255, 255, 255], falloff: 0.35 },
  "studio-grey": { wall: [196, 198, 201], floor: [214, 215, 217], falloff: 0.8 },
  "studio-warm": { wall: [232, 217, 198], floor: [240, 228, 212], falloff: 0.7 },
  "studio-dark": { wall: [62, 64, 69], floor: [48, 49, 53], falloff: 1.8 },
};

export function paintStudio(name: keyof typeof LOOKS, width: number, height: number): Picture {
  const factor = Math.max(1, Math.ceil(Math.max(width, height) / CELLS));
  const cells = lit(LOOKS[name], Math.ceil(width / factor), Math.ceil(height / factor));
  return enlarge(cells, factor, width, height);
}

/** The wall fades as `1 / (1 + falloff·d²)²` from the middle of its light; so does the floor, from a flat pool. */
function lit(look: Look, width: number, height: number) {
  const planes = [0, 1, 2].map(() => plane(width, height));
  const light = (colour: Triple) => colour.map((value) => toLight(value / 255));
  const [wall, floor] = [light(look.wall), light(look.floor)];
  const fade = (distance: number) => 1 / (1 + look.falloff * distance * distance) ** 2;
  const aspect = Math.min(width / height, 1.5);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const y = (row + 0.5) / height;
      const x = ((column + 0.5) / width - 0.5) * aspect;
      const share = 1 / (1 + Math.exp(-(y - HORIZON) / (SWEEP / 2)));
      const upper = fade(Math.hypot(x, y - 0.4)) * (1 - share);
      const lower = fade(Math.hypot(x, 2 * (y - 0.86))) * share;
      planes.forEach((part, k) => {
        part.data[row * width + column] = fromLight(wall[k]! * upper + floor[k]! * lower);
      });
    }
  return planes;
}
