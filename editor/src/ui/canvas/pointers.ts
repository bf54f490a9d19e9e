import { screenPoint, type ScreenPoint } from "../../geometry/points";

/** A pointer event, as far as it matters here. */
export interface Press {
  readonly id: number;
  readonly kind: "mouse" | "pen" | "touch";
  readonly at: ScreenPoint;
  /** As in PointerEvent: 0 the main one, 1 the middle one, -1 none. */
  readonly button: number;
  /** CSS pixels that a touch is wide. */
  readonly breadth: number;
}

/** What a press means. `zoom` also pans, by what the middle of two fingers moved. */
export type Act =
  | { readonly do: "begin" | "stroke" | "end" | "cancel" }
  | { readonly do: "pan"; readonly dx: number; readonly dy: number }
  | {
      readonly do: "zoom";
      readonly at: ScreenPoint;
      readonly factor: number;
      readonly dx: number;
      readonly dy: number;
    };

type Doing =
  | { readonly is: "rest" }
  | { readonly is: "paint"; readonly id: number; readonly kind: Press["kind"] }
  | { readonly is: "pan"; readonly id: number; readonly last: ScreenPoint }
  | { readonly is: "pinch"; readonly ids: readonly [number, number] };

/** A touch wider than this is the side of a hand. */
const PALM = 72;
const REST: Doing = { is: "rest" };

/** Tells painting, panning and pinching apart. Once a pen was seen, fingers no longer paint. */
export class Pointers {
  #doing: Doing = REST;
  #pen = false;
  readonly #touches = new Map<number, ScreenPoint>();

  get painting(): boolean {
    return this.#doing.is === "paint";
  }

  get panning(): boolean {
    return this.#doing.is === "pan" || this.#doing.is === "pinch";
  }

  /** `paints`: there is a tool that may paint; `grabs`: the key is held that makes every drag a pan. */
  down(press: Press, paints: boolean, grabs: boolean): Act | null {
    if (press.kind === "pen") this.#pen = true;
    if (press.kind === "touch") return this.#touched(press, paints);
    // The hand that holds the pen came down first: what it painted goes, the pen paints from its next touch on.
    if (this.#doing.is === "paint" && this.#doing.kind === "touch" && press.kind === "pen") {
      this.stop();
      return { do: "cancel" };
    }
    if (this.#doing.is !== "rest") return null;
    return this.#start(press, paints, grabs);
  }

  move(press: Press): Act | null {
    const doing = this.#doing;
    if (doing.is === "pinch") return this.#pinched(press, doing.ids);
    if (this.#touches.has(press.id)) this.#touches.set(press.id, press.at);
    if (doing.is === "rest" || doing.id !== press.id) return null;
    if (doing.is === "paint") return { do: "stroke" };
    this.#doing = { ...doing, last: press.at };
    return { do: "pan", dx: press.at.x - doing.last.x, dy: press.at.y - doing.last.y };
  }

  /** `lost`: the system took the pointer away. */
  up(press: Press, lost = false): Act | null {
    const doing = this.#doing;
    this.#touches.delete(press.id);
    if (doing.is === "rest") return null;
    if (doing.is === "pinch") {
      if (doing.ids.includes(press.id)) this.#doing = this.#left();
      return null;
    }
    if (doing.id !== press.id) return null;
    this.#doing = REST;
    return doing.is === "paint" ? { do: lost ? "cancel" : "end" } : null;
  }

  /** Forgets what was begun; the pointers that are still down do nothing any more. */
  stop(): void {
    this.#doing = REST;
    this.#touches.clear();
  }

  #start(press: Press, paints: boolean, grabs: boolean): Act | null {
    const main = press.button === 0;
    if (!main && press.button !== 1) return null;
    if (main && paints && !grabs) {
      this.#doing = { is: "paint", id: press.id, kind: press.kind };
      return { do: "begin" };
    }
    this.#doing = { is: "pan", id: press.id, last: press.at };
    return null;
  }

  #touched(press: Press, paints: boolean): Act | null {
    const { is } = this.#doing;
    const byHand = this.#doing.is === "paint" && this.#doing.kind === "touch";
    if (is === "pinch" || (is === "paint" && !byHand)) return null;
    if (paints && press.breadth > PALM) return null;
    this.#touches.set(press.id, press.at);
    const [first, second] = [...this.#touches.keys()];
    if (first !== undefined && second !== undefined) {
      this.#doing = { is: "pinch", ids: [first, second] };
      return byHand ? { do: "cancel" } : null;
    }
    return this.#start(press, paints && !this.#pen, false);
  }

  #pinched(press: Press, ids: readonly [number, number]): Act | null {
    const before = ids.map((id) => this.#touches.get(id)!);
    if (!ids.includes(press.id)) return null;
    this.#touches.set(press.id, press.at);
    const after = ids.map((id) => this.#touches.get(id)!);
    const [was, is] = [before, after].map(([a, b]) => ({
      x: (a!.x + b!.x) / 2,
      y: (a!.y + b!.y) / 2,
      apart: Math.max(8, Math.hypot(a!.x - b!.x, a!.y - b!.y)),
    })) as [Middle, Middle];
    const at = screenPoint(is.x, is.y);
    return { do: "zoom", at, factor: is.apart / was.apart, dx: is.x - was.x, dy: is.y - was.y };
  }

  /** One finger of two has left: the other one goes on moving the photo. */
  #left(): Doing {
    const [rest] = this.#touches;
    return rest ? { is: "pan", id: rest[0], last: rest[1] } : REST;
  }
}

interface Middle {
  readonly x: number;
  readonly y: number;
  readonly apart: number;
}
