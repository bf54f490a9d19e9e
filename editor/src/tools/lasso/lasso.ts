import { blurring, reach } from "../../document/blur";
import { paced } from "../../document/paced";
import { blend, ERASED, RESTORED, type Region } from "../../document/region";
import { imagePoint, type ImagePoint, type Rect } from "../../geometry/points";
import { common, grown, sizeOf, wholeOf } from "../../geometry/rects";
import type { Size } from "../../geometry/view";
import { recordTiles } from "../../history/tiles";
import { isPlace, modeOf, type Tool, type ToolSettings, type Touch } from "../tool";
import { polygonMask } from "./polygon";
import { stretched } from "./stretch";

/** Photo pixels between two points of the path. */
const APART = 0.5;
/** A softness of this many pixels is drawn as well as any; a wider one is drawn that much smaller and enlarged. */
const FINE = 8;

/**
 * Gives back or takes away what a drawn line goes around. With Shift the line goes straight, to where Shift or the
 * pointer is let go. Its edge is as soft as the hardness says: at 0 half the brush's size wide.
 */
export function lasso(): Tool {
  return {
    name: "lasso",
    key: "l",
    begin(document, working, settings, first) {
      const recorder = recordTiles(working, document.matte);
      const path = beginPath(first);
      return {
        move: (touch) => {
          path.move(touch);
          return null;
        },
        guide: path.points,
        cancel: recorder.restore,
        async end(signal) {
          signal.throwIfAborted();
          const region = await paced(signal, regionOf(path.points(), settings, recorder.size));
          const inside = region && common(region.rect, wholeOf(recorder.size));
          if (!inside) return null;
          const goal = modeOf(settings, first) === "restore" ? RESTORED : ERASED;
          blend(recorder, region, inside, goal, Math.round(255 * settings.opacity));
          return recorder.finish();
        },
      };
    },
  };
}

function beginPath(first: Touch) {
  const fixed: ImagePoint[] = [];
  let waiting: ImagePoint | null = null;
  const add = (at: ImagePoint): void => {
    const last = fixed.at(-1);
    if (!last || Math.hypot(at.x - last.x, at.y - last.y) >= APART) fixed.push(at);
  };
  if (isPlace(first)) add(first.at);
  return {
    move: (touch: Touch): void => {
      if (!isPlace(touch)) return;
      if (waiting && !touch.shift) add(waiting);
      waiting = touch.shift ? touch.at : null;
      if (!waiting) add(touch.at);
    },
    points: (): readonly ImagePoint[] => (waiting ? [...fixed, waiting] : fixed),
  };
}

function* regionOf(
  points: readonly ImagePoint[],
  settings: ToolSettings,
  photo: Size,
): Generator<void, Region | null> {
  const radius = ((1 - Math.min(1, Math.max(0, settings.hardness))) * Math.max(0, settings.size)) / 2;
  const step = Math.max(1, Math.floor(radius / FINE));
  const room = step * (reach(radius / step) + 2);
  const near = grown(wholeOf(photo), room); // what lies beyond the photo still shines into it
  const rect = points.length < 3 ? null : common(grown(boundsOf(points), room), near);
  if (!rect) return null;
  const small = step === 1 ? rect : divided(rect, step);
  const mask = yield* polygonMask(
    points.map((p) => imagePoint(p.x / step, p.y / step)),
    small,
  );
  const { width, height } = sizeOf(small);
  const soft = yield* blurring(mask, width, height, radius / step);
  return { rect, mask: step === 1 ? soft : yield* stretched({ rect: small, mask: soft }, rect, step) };
}

const divided = (rect: Rect, by: number): Rect => ({
  left: Math.floor(rect.left / by) - 1,
  top: Math.floor(rect.top / by) - 1,
  right: Math.ceil(rect.right / by) + 1,
  bottom: Math.ceil(rect.bottom / by) + 1,
});

function boundsOf(points: readonly ImagePoint[]): Rect {
  const [xs, ys] = [points.map((p) => p.x), points.map((p) => p.y)];
  const least = (values: number[]): number => Math.floor(values.reduce((a, b) => Math.min(a, b)));
  const most = (values: number[]): number => Math.ceil(values.reduce((a, b) => Math.max(a, b)));
  return { left: least(xs), top: least(ys), right: most(xs), bottom: most(ys) };
}
