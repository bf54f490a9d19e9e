import type { Document } from "../document/types";
import type { ImagePoint, Rect } from "../geometry/points";
import type { MattePatch } from "../history/patch";

/** A pointer's state as tools see it. */
export interface Touch {
  readonly at: ImagePoint;
  /** 0 to 1; 1 where the device tells none. */
  readonly pressure: number;
  readonly shift: boolean;
  readonly alt: boolean;
}

/** What the panel beside the canvas sets. */
export interface ToolSettings {
  /** Diameter in photo pixels. */
  readonly size: number;
  /** 0 soft to 1 hard. */
  readonly hardness: number;
  /** 0 to 1. */
  readonly opacity: number;
  /** Whether it gives back or takes away. */
  readonly mode: "restore" | "erase";
  /** What a pen's pressure sets; the size where absent. */
  readonly pressure?: "none" | "size" | "opacity" | "both";
  /** How unlike in colour a clicked part may be in itself, 0 to 1; 1 leaves colour out. 0.25 where absent. */
  readonly tolerance?: number;
}

/** One gesture from pointer down to up; paints into a working copy of the matte and says where. */
export interface Gesture {
  /**
   * Returns the rectangle that changed in `working`, or null. Nothing is painted before the first call: give it the
   * touch that began the gesture to see its first dab at once.
   */
  move(touch: Touch): Rect | null;
  /**
   * Ends it: the patch that history keeps, or a promise of it where a worker has to solve; null for nothing. What
   * `working` holds afterwards differs from before the gesture inside the patch's bounds only. Puts `working` back
   * when it fails or the signal is aborted, so nothing else may paint until it settles.
   */
  end(signal: AbortSignal): Promise<MattePatch | null>;
  /** Puts `working` back as it was. */
  cancel(): void;
  /** A line to draw over the photo while the gesture runs: a lasso's path, a straight piece that is not painted yet. */
  guide?(): readonly ImagePoint[];
}

export interface Tool {
  readonly name: string;
  /** The key that picks it. */
  readonly key: string;
  /** `working` holds the document's matte; it may be the document's own array. */
  begin(document: Document, working: Uint8Array, settings: ToolSettings, first: Touch): Gesture;
}

/** The mode that a gesture has: Alt takes the other one. */
export function modeOf(settings: ToolSettings, first: Touch): ToolSettings["mode"] {
  const other = settings.mode === "restore" ? "erase" : "restore";
  return first.alt ? other : settings.mode;
}

/** Whether a touch says where it is. */
export const isPlace = (touch: Touch): boolean => Number.isFinite(touch.at.x) && Number.isFinite(touch.at.y);
