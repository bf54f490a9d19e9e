import type { Document } from "../../document/types";
import type { ImagePoint, Rect } from "../../geometry/points";
import { around } from "../../geometry/rects";
import type { MattePatch } from "../../history/patch";
import type { Gesture, Tool, ToolSettings, Touch } from "../../tools/tool";
import type { Stroke } from "./props";

/** What a gesture begins with. */
export interface Begun {
  readonly tool: Tool;
  readonly document: Document;
  /** The matte that is painted into. */
  readonly working: Uint8Array;
  readonly settings: ToolSettings;
}

interface Hears {
  /** `working` has changed there. */
  readonly painted: (rect: Rect) => void;
  readonly patched: (patch: MattePatch, by: Stroke) => void;
  readonly failed: (error: unknown) => void;
}

/** Leads one gesture of a tool at a time from its first touch to its patch. */
export class Painting {
  #gesture: Gesture | null = null;
  #stroke: Stroke | null = null;
  #touched: Rect | null = null;
  #solving: AbortController | null = null;

  constructor(private readonly hears: Hears) {}

  /** Whether a gesture runs, or what it ended with is still being worked out. */
  get busy(): boolean {
    return this.#gesture !== null;
  }

  get solving(): boolean {
    return this.#solving !== null;
  }

  /** What the gesture draws over the photo. */
  get guide(): readonly ImagePoint[] {
    return (!this.#solving && this.#gesture?.guide?.()) || [];
  }

  begin({ tool, document, working, settings }: Begun, first: Touch): void {
    if (this.busy) return;
    this.#touched = null;
    this.#stroke = { tool, settings, first };
    this.#gesture = tool.begin(document, working, settings, first);
    this.move([first]);
  }

  move(touches: readonly Touch[]): void {
    if (!this.#gesture || this.#solving) return;
    let changed: Rect | null = null;
    for (const touch of touches) changed = around(changed, this.#gesture.move(touch));
    this.#touched = around(this.#touched, changed);
    if (changed) this.hears.painted(changed);
  }

  async end(): Promise<void> {
    const gesture = this.#gesture;
    if (!gesture || this.#solving) return;
    const { signal } = (this.#solving = new AbortController());
    let patch: MattePatch | null = null;
    try {
      patch = await gesture.end(signal);
    } catch (error) {
      if (!signal.aborted) this.hears.failed(error);
    }
    this.#gesture = this.#solving = null;
    const changed = around(this.#touched, patch?.bounds ?? null);
    if (changed) this.hears.painted(changed);
    if (patch) this.hears.patched(patch, this.#stroke!);
  }

  /** Puts back what the gesture has painted; says whether there was one. */
  cancel(): boolean {
    if (!this.#gesture) return false;
    // While it is being worked out the gesture puts everything back itself.
    if (this.#solving) this.#solving.abort();
    else {
      this.#gesture.cancel();
      this.#gesture = null;
      if (this.#touched) this.hears.painted(this.#touched);
    }
    return true;
  }
}
