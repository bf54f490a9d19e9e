import type { ImagePoint, Rect } from "../../geometry/points";
import { around } from "../../geometry/rects";
import type { Recorder } from "../../history/tiles";
import { isPlace, type ToolSettings, type Touch } from "../tool";
import { coverOf, type Cover, type Goal } from "./cover";
import { makeDab, type Dab } from "./dab";
import { alongLine } from "./path";

/** A stroke of the round brush, whatever it paints toward. */
export interface Stroke {
  readonly cover: Cover;
  move(touch: Touch): Rect | null;
  /** Paints what is still waiting: a click's only dab, a straight piece. */
  finish(): Rect | null;
  guide(): readonly ImagePoint[];
  /** Where it stands, so that the next stroke can go on from there in a straight line; null before its first dab. */
  place(): Touch | null;
  /** The rectangle of everything painted so far. */
  bounds(): Rect | null;
}

/** Dabs lie this share of the diameter apart: a hard edge waves by 1/800 of the radius, a soft middle by 2/255. */
const SPACING = 0.05;
/** Photo pixels between the dabs of the smallest brushes. */
const LEAST_SPACING = 0.25;
const LEAST_PRESSURE = 0.05;

/**
 * Begins a stroke. With Shift it waits for where the straight line shall end, until Shift or the pointer is let go.
 * `from` is where a line to the first touch begins, null for none.
 */
export function beginStroke(
  recorder: Recorder,
  goal: Goal,
  settings: ToolSettings,
  first: Touch,
  from: Touch | null,
): Stroke {
  const cover = coverOf(recorder, goal, settings.opacity);
  const brush = stamper(cover, recorder, settings);
  let last: Touch | null = null;
  let waiting: Touch | null = null;
  let bounds: Rect | null = null;
  const draw = (touch: Touch): void => {
    if (!isPlace(touch)) return;
    brush(last, touch);
    last = touch;
  };
  const start = (): void => {
    if (last) return;
    if (from) draw(from);
    draw(first);
  };
  const flush = (): Rect | null => {
    const rect = cover.flush();
    bounds = around(bounds, rect);
    return rect;
  };
  const settle = (): void => {
    start();
    if (waiting) draw(waiting);
    waiting = null;
  };
  return {
    cover,
    move: (touch) => {
      if (touch.shift) {
        start();
        waiting = isPlace(touch) ? touch : waiting;
      } else {
        settle();
        draw(touch);
      }
      return flush();
    },
    finish: () => {
      settle();
      return flush();
    },
    guide: () => (last && waiting ? [last.at, waiting.at] : []),
    place: () => last,
    bounds: () => bounds,
  };
}

/** Returns what stamps the dabs of one straight piece, or one dab where there is no last touch. */
function stamper(cover: Cover, { size: photo }: Recorder, settings: ToolSettings) {
  const dabs = new Map<number, Dab>();
  const diameter = Math.max(1, settings.size || 1);
  const { pressure: sets = "size" } = settings;
  const [sizes, fades] = [sets === "size" || sets === "both", sets === "opacity" || sets === "both"];
  const stamp = (x: number, y: number, pressure: number): void => {
    const force = Math.min(1, Math.max(LEAST_PRESSURE, pressure));
    const quarters = Math.max(4, Math.round(4 * diameter * (sizes ? force : 1)));
    let dab = dabs.get(quarters);
    if (!dab) dabs.set(quarters, (dab = makeDab(quarters / 4, settings.hardness)));
    cover.stamp(dab, x, y, fades ? force : 1);
  };
  return (last: Touch | null, touch: Touch): void => {
    if (!last) return stamp(touch.at.x, touch.at.y, known(touch.pressure));
    const [from, to] = [last, touch].map((t) => ({ ...t, pressure: known(t.pressure) })) as [Touch, Touch];
    const least = sizes ? Math.min(1, Math.max(LEAST_PRESSURE, Math.min(from.pressure, to.pressure))) : 1;
    alongLine(from, to, Math.max(LEAST_SPACING, SPACING * diameter * least), photo, diameter, stamp);
  };
}

const known = (pressure: number): number => (Number.isFinite(pressure) ? pressure : 1);
