/** The photo's own background, out of focus, without the subject's colours: `compose/bokeh.py`. */
import { PixelError } from "../errors";
import { padded, plane, type Picture, type Plane, type Window } from "../planes/plane";
import { enlarge } from "./dither";
import { LIGHT, fromLight } from "./light";
import { HIGHLIGHT, divided, filled, joined, type Cells } from "./bokeh_fill";

/** Cells at most, and half of it at least: enough for a round disc. */
const RADIUS = 12;
/** A cell next to one that is a tenth subject counts 0.9 ** 40 = 0.015 of a clean one. */
const PURITY = 40;
/** A photo with no cell that is less subject than this has no background. */
const FULL = 0.9;

/** Blurs the background of a photo that lies at `shown` of its canvas; the disc's radius is a share of the longer side. */
export function paintBlur(photo: Picture, alpha: Plane, shown: Window, radius: number): Picture {
  const { width, height } = alpha;
  const longest = Math.max(width, height);
  const factor = Math.max(1, Math.ceil((radius * longest) / RADIUS));
  const [light, clear] = shrunk(photo, alpha, shown, factor);
  const most = clear.data.reduce((high, v) => Math.max(high, v), 0);
  if (!(most > 1 - FULL))
    throw new PixelError(
      "Background",
      "the subject leaves nothing of the photo's own to blur",
      "Choose another background, such as white or studio-grey.",
    );
  const known = clear.data.map((v) => (v / most) ** PURITY);
  const behind = joined(filled(light, known), light, known);
  const colours = divided(discBlurred(behind, (radius * longest) / factor));
  const small = colours.slice(0, 3).map((data) => plane(light.width, light.height, data.map(fromLight)));
  return enlarge(small, factor, width, height);
}

/** A cell for each square: means of (R·h, G·h, B·h, h) weighted with 1 - alpha, and how clear of the subject it is. */
function shrunk(photo: Picture, alpha: Plane, shown: Window, factor: number): [Cells, Plane] {
  const [width, height] = [Math.ceil(alpha.width / factor), Math.ceil(alpha.height / factor)];
  const planes = Array.from({ length: 4 }, () => new Float32Array(width * height));
  const subject = plane(width, height);
  const isShown = (x: number, y: number) =>
    x >= shown.left && x < shown.right && y >= shown.top && y < shown.bottom;
  for (let j = 0; j < height * factor; j++) {
    const y = Math.min(j, alpha.height - 1);
    for (let i = 0; i < width * factor; i++) {
      const x = Math.min(i, alpha.width - 1);
      const from = y * alpha.width + x;
      const at = Math.floor(j / factor) * width + Math.floor(i / factor);
      const covered = isShown(x, y) ? alpha.data[from]! : 1;
      subject.data[at]! += covered;
      if (covered < 1) weigh(photo.pixels, 4 * from, 1 - covered, planes, at);
    }
  }
  const share = 1 / (factor * factor);
  for (const part of [...planes, subject.data]) for (let i = 0; i < part.length; i++) part[i]! *= share;
  return [{ width, height, planes }, clearOf(subject)];
}

function weigh(
  pixels: Uint8ClampedArray,
  from: number,
  share: number,
  planes: readonly Float32Array[],
  at: number,
): void {
  const [r, g, b] = [LIGHT[pixels[from]!]!, LIGHT[pixels[from + 1]!]!, LIGHT[pixels[from + 2]!]!];
  const weight = share / (1 - HIGHLIGHT * Math.max(r, g, b));
  planes[0]![at]! += r * weight;
  planes[1]![at]! += g * weight;
  planes[2]![at]! += b * weight;
  planes[3]![at]! += weight;
}

/** 1 less the most of the subject within two cells: its glow and what the matte missed. */
function clearOf({ data, width, height }: Plane): Plane {
  const result = plane(width, height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let most = 0;
      for (let j = -2; j <= 2; j++)
        for (let i = -2; i <= 2; i++) {
          const [column, row] = [x + i, y + j];
          const outside = column < 0 || row < 0 || column >= width || row >= height;
          if (outside || (Math.abs(j) === 2 && i !== 0)) continue; // an ellipse
          most = Math.max(most, data[row * width + column]!);
        }
      result.data[y * width + x] = 1 - most;
    }
  return result;
}

/** Convolves with a disc of sum 1, its rim soft over one cell; the edges go on. */
function discBlurred({ width, height, planes }: Cells, radius: number): Cells {
  const reach = Math.ceil(radius);
  const taps: [right: number, down: number, weight: number][] = [];
  for (let j = -reach; j <= reach; j++)
    for (let i = -reach; i <= reach; i++) {
      const weight = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(i, j)));
      if (weight > 0) taps.push([reach + i, reach + j, weight]);
    }
  const total = taps.reduce((sum, tap) => sum + tap[2], 0);
  const room = { left: reach, top: reach, right: reach, bottom: reach };
  const blurred = planes.map((data) => {
    const wide = padded(plane(width, height, data), room, "replicate");
    const result = new Float32Array(width * height);
    for (const [right, down, weight] of taps) {
      const share = weight / total;
      for (let y = 0, at = 0; y < height; y++)
        for (let x = 0, from = (y + down) * wide.width + right; x < width; x++, at++, from++)
          result[at]! += share * wide.data[from]!;
    }
    return result;
  });
  return { width, height, planes: blurred };
}
