import { ERASED, mixed, RESTORED } from "../../document/region";
import type { Document } from "../../document/types";
import type { Rect } from "../../geometry/points";
import { common, cropped, grown, pasted, sizeOf, wholeOf } from "../../geometry/rects";
import type { Size } from "../../geometry/view";
import type { MattePatch } from "../../history/patch";
import { recordTiles, type Recorder } from "../../history/tiles";
import type { PixelJobs } from "../../worker/jobs";
import { beginStroke, type Stroke } from "../stroke/stroke";
import { modeOf, type Tool } from "../tool";

/** Solves the matte anew; the pixel worker's job of that name. */
export type Solve = (
  signal: AbortSignal,
  takes: PixelJobs["solve"]["takes"],
) => Promise<PixelJobs["solve"]["gives"]>;

/** What a mark says, as `PixelJobs.solve` takes it. */
const [SUBJECT, BACKGROUND] = [255, 1];
/** Coverage from which a pixel under the stroke is marked. */
const MARKED = 128;
/** How far around the stroke is solved, in brush diameters, and at least in photo pixels. */
const [AROUND, LEAST_AROUND] = [2, 64];
/** Photo pixels sent beyond what is solved, so that the solver sees on which sides the photo goes on. */
const MORE = 8;
/** The part of that, at its border, over which the new matte goes over into the old one. */
const FADE = 0.25;

/**
 * A rough stroke over what surely is the subject, or surely is background; the edge near it is then found by `solve`.
 * While it is drawn it looks like the plain brush, so that the stroke is seen.
 */
export function smart(solve: Solve): Tool {
  return {
    name: "smart",
    key: "s",
    begin(document, working, settings, first) {
      const recorder = recordTiles(working, document.matte);
      const subject = modeOf(settings, first) === "restore";
      const rough = { ...settings, hardness: 1, opacity: 1 };
      const stroke = beginStroke(recorder, subject ? RESTORED : ERASED, rough, first, null);
      return {
        move: stroke.move,
        guide: stroke.guide,
        cancel: recorder.restore,
        async end(signal) {
          stroke.finish();
          try {
            signal.throwIfAborted();
            return await solved(signal, solve, { document, recorder, stroke, subject, size: settings.size });
          } catch (error) {
            recorder.restore();
            throw error;
          }
        },
      };
    },
  };
}

interface Marked {
  readonly document: Document;
  readonly recorder: Recorder;
  readonly stroke: Stroke;
  readonly subject: boolean;
  readonly size: number;
}

async function solved(signal: AbortSignal, solve: Solve, marked: Marked): Promise<MattePatch | null> {
  const { document, recorder, stroke, size } = marked;
  const bounds = stroke.bounds();
  if (!bounds) return null;
  const whole = wholeOf(recorder.size);
  const room = Math.ceil(Math.max(LEAST_AROUND, AROUND * size));
  const within = common(grown(bounds, room), whole) ?? whole;
  const piece = common(grown(within, MORE), whole) ?? whole;
  const marks = marksUnder(marked, piece);
  const takes = taken(document, recorder.was(piece), marks, piece);
  const answer = await solve(signal, { ...takes, within: shifted(within, -piece.left, -piece.top) });
  signal.throwIfAborted();
  const at = shifted(answer.within, piece.left, piece.top);
  const part = common(at, within);
  const { width, height } = sizeOf(at);
  if (answer.alpha.length !== width * height || !part)
    throw new RangeError(`solve: expected ${width}×${height} bytes, got ${answer.alpha.length}`);
  const old = recorder.was(within);
  pasted(recorder.pixels, recorder.size.width, within, old);
  recorder.touch(part);
  const fresh = cropped(answer.alpha, width, shifted(part, -at.left, -at.top));
  settle(marked, part, fresh, Math.max(1, Math.round(room * FADE)));
  return recorder.finish();
}

/** Only the piece of the photo that matters goes to the worker: 24 MP would be copied otherwise. */
function taken(
  document: Document,
  alpha: Uint8Array,
  marks: Uint8Array,
  piece: Rect,
): Omit<PixelJobs["solve"]["takes"], "within"> {
  const { photo } = document;
  const size = sizeOf(piece);
  const pixels = new Uint8ClampedArray(4 * size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    const from = 4 * ((piece.top + y) * photo.width + piece.left);
    pixels.set(photo.pixels.subarray(from, from + 4 * size.width), 4 * y * size.width);
  }
  return {
    photo: { name: photo.name, ...size, pixels, ownAlpha: null },
    matte: { ...size, alpha },
    marks: { ...size, alpha: marks },
  };
}

function marksUnder({ stroke, subject }: Marked, piece: Rect): Uint8Array {
  const { width, height } = sizeOf(piece);
  const marks = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (stroke.cover.at(piece.left + x, piece.top + y) >= MARKED)
        marks[y * width + x] = subject ? SUBJECT : BACKGROUND;
  return marks;
}

/** Paints the answer: marks as marked, the rest as solved, going over into what it was at the rectangle's border. */
function settle({ recorder, stroke, subject }: Marked, part: Rect, fresh: Uint8Array, fade: number): void {
  const { pixels, size } = recorder;
  let from = 0;
  for (let y = part.top; y < part.bottom; y++)
    for (let x = part.left; x < part.right; x++, from++) {
      const index = y * size.width + x;
      if (stroke.cover.at(x, y) >= MARKED) pixels[index] = subject ? RESTORED : ERASED;
      else pixels[index] = mixed(pixels[index]!, fresh[from]!, shareAt(x, y, part, size, fade));
    }
}

/** 255 inside, less toward the border of the rectangle, but not where that is the photo's own. */
function shareAt(x: number, y: number, part: Rect, size: Size, fade: number): number {
  const left = part.left === 0 ? fade : x - part.left + 0.5;
  const top = part.top === 0 ? fade : y - part.top + 0.5;
  const right = part.right === size.width ? fade : part.right - x - 0.5;
  const bottom = part.bottom === size.height ? fade : part.bottom - y - 0.5;
  return Math.round((255 * Math.min(fade, left, top, right, bottom)) / fade);
}

const shifted = (r: Rect, x: number, y: number): Rect => ({
  left: r.left + x,
  top: r.top + y,
  right: r.right + x,
  bottom: r.bottom + y,
});
