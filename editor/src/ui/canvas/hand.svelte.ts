import { screenPoint, type ImagePoint, type Rect, type ScreenPoint } from "../../geometry/points";
import type { MattePatch } from "../../history/patch";
import type { Touch } from "../../tools/tool";
import { strings } from "../strings";
import { arrowOf, commandOf, type Command } from "./keys";
import { Painting, type Begun } from "./painting";
import { Pointers, type Act, type Press } from "./pointers";
import type { Stroke } from "./props";
import type { Stand } from "./stand.svelte";

/** CSS pixels that an arrow key moves the photo. */
const ARROW = 48;

/** What the hand asks of the canvas. */
export interface Holds {
  readonly room: () => HTMLElement;
  /** What a gesture begins with now; null while nothing may paint. */
  readonly brush: () => Begun | null;
  readonly painted: (rect: Rect) => void;
  readonly patched: (patch: MattePatch, by: Stroke) => void;
  readonly failed: (error: unknown) => void;
}

/** Turns pointers and keys over the canvas into moves of the view and gestures of the tool. */
export class Hand {
  /** Where the pointer is; null while it is elsewhere. */
  pointer = $state.raw<ScreenPoint | null>(null);
  /** What the gesture draws over the photo. */
  guide = $state.raw<readonly ImagePoint[]>([]);
  /** Whether the cross in the middle paints, moved by keys. */
  byKeys = $state(false);
  /** Whether a pointer, and no key, gave the canvas the focus. */
  pressed = $state(false);
  /** Whether the original is shown as long as a key or button is held. */
  comparing = $state(false);
  /** Whether the key is held that makes every drag a pan. */
  grabbing = $state(false);
  dragging = $state(false);
  /** Whether a gesture has ended whose outcome is still worked out. */
  solving = $state(false);
  /** For those who do not see the cross. */
  said = $state("");
  readonly #painting: Painting;
  readonly #pointers = new Pointers();

  constructor(
    private readonly stand: Stand,
    private readonly holds: Holds,
  ) {
    this.#painting = new Painting(holds);
  }

  /** Puts back what a gesture has painted; says whether there was one. */
  stop(): boolean {
    this.#pointers.stop();
    this.guide = [];
    return this.#painting.cancel();
  }

  /** The keys that were held may come up elsewhere. */
  rest(): void {
    this.comparing = this.grabbing = false;
  }

  readonly down = (event: PointerEvent): void => {
    const room = this.holds.room();
    this.byKeys = false;
    this.pressed = true;
    room.focus({ preventScroll: true });
    this.pointer = this.place(event);
    // A pointer made by a script cannot be captured; everything else works without.
    if (event.isTrusted) room.setPointerCapture(event.pointerId);
    const paints = this.holds.brush() !== null && !this.#painting.busy;
    this.#act(this.#pointers.down(this.#press(event), paints, this.grabbing), event);
    // The middle button would start the browser's own scrolling.
    if (event.button === 1) event.preventDefault();
  };

  readonly move = (event: PointerEvent): void => {
    const hidden = event.pointerType === "touch" && !this.#pointers.painting;
    this.pointer = hidden ? null : this.place(event);
    this.#act(this.#pointers.move(this.#press(event)), event);
  };

  readonly up = (event: PointerEvent): void => {
    this.#act(this.#pointers.up(this.#press(event), event.type === "pointercancel"), event);
    if (event.pointerType === "touch") this.pointer = null;
  };

  readonly keydown = (event: KeyboardEvent): void => {
    const command = commandOf(event);
    if (!command) return;
    if (command === "stop") {
      if (!this.stop()) return;
      // Escape has done its work: what it does elsewhere has to wait for the next one.
      event.stopImmediatePropagation();
    }
    event.preventDefault();
    this.run(command);
  };

  readonly keyup = (event: KeyboardEvent): void => {
    if (event.key === "\\") this.comparing = false;
    if (event.key === " ") this.grabbing = false;
  };

  run(command: Command): void {
    if (command === "compare") this.comparing = true;
    else if (command === "grab") this.grabbing = true;
    else this.stand.run(command);
  }

  /** With the focus on the canvas the photo moves under a cross in the middle, which paints. */
  steer(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.target !== this.holds.room()) return;
    const way = arrowOf(event.key);
    const brush = this.holds.brush();
    if (way) {
      const size = (brush?.settings.size ?? 0) * this.stand.view.scale;
      const step = this.#painting.busy ? Math.max(2, size / 4) : ARROW;
      this.stand.pan(-way[0] * step, -way[1] * step);
      this.#painting.move([this.#touchAt(this.stand.middle, event, 1)]);
    } else if (event.key === "Enter" && brush && !event.repeat) {
      const ends = this.#painting.busy;
      this.said = ends ? strings.canvas.ended : strings.canvas.begun;
      if (ends) void this.#end();
      else this.#painting.begin(brush, this.#touchAt(this.stand.middle, event, 1));
    } else return;
    event.preventDefault();
    this.byKeys = true;
    this.pressed = false;
  }

  place(event: MouseEvent): ScreenPoint {
    const { left, top } = this.holds.room().getBoundingClientRect();
    return screenPoint(event.clientX - left, event.clientY - top);
  }

  #act(act: Act | null, event: PointerEvent): void {
    switch (act?.do) {
      case "begin":
        this.#painting.begin(this.holds.brush()!, this.#touch(event));
        this.guide = this.#painting.guide;
        break;
      case "stroke": {
        const fine = event.getCoalescedEvents?.() ?? [];
        this.#painting.move((fine.length ? fine : [event]).map((one) => this.#touch(one)));
        this.guide = this.#painting.guide;
        break;
      }
      case "end":
        void this.#end();
        break;
      case "cancel":
        this.guide = [];
        this.#painting.cancel();
        break;
      case "pan":
        this.stand.pan(act.dx, act.dy);
        break;
      case "zoom":
        this.stand.pan(act.dx, act.dy);
        this.stand.zoom(act.at, act.factor);
    }
    this.dragging = this.#pointers.panning;
  }

  async #end(): Promise<void> {
    const ended = this.#painting.end();
    this.guide = [];
    this.solving = this.#painting.solving;
    await ended;
    this.solving = this.#painting.solving;
  }

  #press(event: PointerEvent): Press {
    const { pointerId: id, pointerType: type, button } = event;
    const kind = type === "pen" || type === "touch" ? type : "mouse";
    return { id, kind, at: this.place(event), button, breadth: Math.max(event.width, event.height) };
  }

  #touch(event: PointerEvent): Touch {
    // Only a pen's pressure means something: mice tell ½ and fingers what their maker likes.
    return this.#touchAt(this.place(event), event, event.pointerType === "pen" ? event.pressure : 1);
  }

  #touchAt(at: ScreenPoint, { shiftKey, altKey }: PointerEvent | KeyboardEvent, pressure: number): Touch {
    return { at: this.stand.toImage(at), pressure, shift: shiftKey, alt: altKey };
  }
}
