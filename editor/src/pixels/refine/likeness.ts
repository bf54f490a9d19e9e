import { plane, type Plane } from "../planes/plane";
import type { Colours } from "./laplacian";

/** Colours of a mark that are compared with: more would find nothing new in a stroke. */
const SAMPLES = 48;
/** Distance of colours in [0, 1] at which two are no longer one material's. */
const WIDTH = 0.1;

/** How like the colours of the marked pixels each pixel's is: 1 the same, 0 quite another; 0 where none is marked. */
export function likeness(image: Colours, marked: Plane): Plane {
  const result = plane(marked.width, marked.height);
  const places: number[] = [];
  marked.data.forEach((share, i) => share > 0.5 && places.push(i));
  const step = Math.max(1, places.length / SAMPLES);
  const [red, green, blue] = image.map(({ data }) => data) as [Float32Array, Float32Array, Float32Array];
  const chosen = Array.from(
    { length: Math.floor(places.length / step) },
    (_, k) => places[Math.floor(k * step)]!,
  );
  const samples = Float32Array.from(chosen.flatMap((i) => [red[i]!, green[i]!, blue[i]!]));
  if (!samples.length) return result;
  for (let i = 0; i < result.data.length; i++) {
    let least = Infinity;
    for (let k = 0; k < samples.length; k += 3) {
      const [r, g, b] = [red[i]! - samples[k]!, green[i]! - samples[k + 1]!, blue[i]! - samples[k + 2]!];
      const far = r * r + g * g + b * b;
      if (far < least) least = far;
    }
    result.data[i] = Math.exp(-least / (WIDTH * WIDTH));
  }
  return result;
}
