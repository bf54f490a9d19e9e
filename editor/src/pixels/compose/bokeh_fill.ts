/** Where the subject was, its surroundings go on: pull and push (Gortler et al., "The Lumigraph", 1996). */
import type { Size } from "../../geometry/view";

/** A clipped white counts ten times. */
export const HIGHLIGHT = 0.9;
const LEAST = 1e-6;

/** Four numbers a cell: three colours times a weight, and the weight. */
export interface Cells extends Size {
  readonly planes: readonly Float32Array[];
}

/** The three colours, each divided by the weight. */
export const divided = ({ planes }: Cells): Float32Array[] =>
  planes.slice(0, 3).map((part) => part.map((v, i) => v / Math.max(planes[3]![i]!, LEAST)));

/** The colours with the unknown cells filled from around them: pull sums, push them back. */
export function filled(light: Cells, known: Float32Array): Float32Array[] {
  const weighted = divided(light).map((part) => part.map((v, i) => v * known[i]!));
  const levels: Cells[] = [{ ...light, planes: [...weighted, known] }];
  while (Math.max(levels.at(-1)!.width, levels.at(-1)!.height) > 1) levels.push(pulled(levels.at(-1)!));
  let result = divided(levels.at(-1)!);
  for (let k = levels.length - 2; k >= 0; k--) {
    const [level, coarse] = [levels[k]!, levels[k + 1]!];
    const own = divided(level);
    result = own.map((part, c) =>
      part.map((v, i) => {
        const share = level.planes[3]![i]!;
        return (
          v * share +
          doubledAt(result[c]!, coarse, i % level.width, Math.floor(i / level.width)) * (1 - share)
        );
      }),
    );
  }
  return result;
}

/** Sums over squares of 2×2, and known if one of the four is; an odd edge repeats. */
function pulled(from: Cells): Cells {
  const [width, height] = [Math.ceil(from.width / 2), Math.ceil(from.height / 2)];
  const planes = from.planes.map((part) => {
    const sums = new Float32Array(width * height);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const [upper, lower] = [2 * y, Math.min(2 * y + 1, from.height - 1)].map((row) => row * from.width);
        const [left, right] = [2 * x, Math.min(2 * x + 1, from.width - 1)];
        sums[y * width + x] =
          part[upper! + left]! + part[upper! + right]! + part[lower! + left]! + part[lower! + right]!;
      }
    return sums;
  });
  const most = planes[3]!.map((v) => Math.max(v, 1));
  return { width, height, planes: planes.map((part) => part.map((v, i) => v / most[i]!)) };
}

/** A value of a plane enlarged twice by straight lines. */
function doubledAt(part: Float32Array, { width, height }: Size, x: number, y: number): number {
  const step = (at: number) => (at & 1 ? 1 : -1);
  const [left, top] = [x >> 1, y >> 1];
  const column = Math.min(width - 1, Math.max(0, left + step(x)));
  const row = Math.min(height - 1, Math.max(0, top + step(y)));
  const near = 0.75 * part[top * width + left]! + 0.25 * part[top * width + column]!;
  const far = 0.75 * part[row * width + left]! + 0.25 * part[row * width + column]!;
  return 0.75 * near + 0.25 * far;
}

/** (R·h, G·h, B·h, h) of the background everywhere; a lamp beside the subject does not light all behind it. */
export function joined(colours: readonly Float32Array[], light: Cells, known: Float32Array): Cells {
  const weight = known.map((share, i) => {
    const brightest = Math.max(colours[0]![i]!, colours[1]![i]!, colours[2]![i]!);
    return share * light.planes[3]![i]! + (1 - share) / (1 - HIGHLIGHT * brightest);
  });
  const planes = [...colours.map((part) => part.map((v, i) => v * weight[i]!)), weight];
  return { width: light.width, height: light.height, planes };
}
