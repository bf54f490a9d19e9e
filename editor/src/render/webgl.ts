import type { Rect } from "../geometry/points";
import { around } from "../geometry/rects";
import { drawPicture, type Pen } from "./draw";
import { anyTexture, Program, type GL } from "./gl";
import { Layer, type Programs, type Source } from "./layer";
import { layOut, reduction, uploads } from "./plan";
import type { RendererOptions, Scene } from "./scene";
import { COARSEN, QUAD, REDUCE, show, WHOLE } from "./shaders";
import { joined, Stage, type Damage } from "./stage";

const TILE = 2048;
const MB = 2 ** 20;
/** Milliseconds of a frame that uploading whole tiles may take: a photo appears tile by tile, the page stays alive. */
const UPLOAD_TIME = 12;

/** A whole tile has to be uploaded, or the alpha of a part of it. */
type Pending = "tile" | Rect;

/** Draws with WebGL 2: tiles with levels on the graphics device, of which a stroke updates what it touches. */
export class GlRenderer extends Stage {
  readonly kind = "webgl2";
  readonly #gl: GL;
  #programs: Programs;
  #ramp: WebGLTexture;
  #live: Layer | null = null;
  #done: Layer | null = null;
  readonly #liveQueue = new Map<number, Pending>();
  readonly #doneQueue = new Map<number, Pending>();

  constructor(canvas: HTMLCanvasElement, gl: GL, options: RendererOptions) {
    super(canvas, options);
    this.#gl = gl;
    this.#programs = makePrograms(gl);
    this.#ramp = anyTexture(gl);
    canvas.addEventListener("webglcontextlost", this.#onlost);
    canvas.addEventListener("webglcontextrestored", this.#onback);
  }

  override dispose(): void {
    super.dispose();
    this.canvas.removeEventListener("webglcontextlost", this.#onlost);
    this.canvas.removeEventListener("webglcontextrestored", this.#onback);
    this.#live?.dispose();
    this.#done?.dispose();
    // The context itself goes with the canvas; losing it by hand frees its memory now.
    this.#gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  protected photoChanged(): void {
    this.#live?.dispose();
    this.#live = null;
    this.#liveQueue.clear();
    if (!this.photo) return;
    const reduced = reduction(this.photo, this.options.budget ?? usualBudget());
    this.#live = new Layer(this.#gl, this.#programs, layOut(this.photo, this.#tile(), reduced), false);
    this.#live.plan.tiles.forEach((_, index) => this.#liveQueue.set(index, "tile"));
    this.setState(reduced, false);
  }

  protected alphaChanged(rect: Rect): void {
    if (!this.#live) return;
    for (const { index, rect: part } of uploads(this.#live.plan, rect)) {
      const before = this.#liveQueue.get(index);
      if (before !== "tile") this.#liveQueue.set(index, before ? around(before, part)! : part);
    }
  }

  protected exactChanged(): void {
    this.#done?.dispose();
    this.#done = null;
    this.#doneQueue.clear();
    if (!this.exact) return;
    this.#done = new Layer(this.#gl, this.#programs, layOut(this.exact, this.#tile(), this.reduced), true);
    this.#done.plan.tiles.forEach((_, index) => this.#doneQueue.set(index, "tile"));
  }

  protected paint(damage: Damage | null, phase: number): boolean {
    const { photo, alpha, exact } = this;
    const deadline = performance.now() + UPLOAD_TIME;
    let drawn = damage;
    if (photo && this.#live) {
      const source = { pixels: photo.pixels, alpha };
      drawn = joined(drawn, pump(this.#live, this.#liveQueue, source, deadline));
    }
    if (exact && this.#done && this.#liveQueue.size === 0) {
      const loaded = pump(this.#done, this.#doneQueue, { pixels: exact.pixels, alpha: null }, deadline);
      if (loaded && this.#doneQueue.size === 0) drawn = "all";
    }
    if (drawn !== null) drawPicture(this.#pen(phase), this.#live, this.#shown(), drawn);
    return this.#liveQueue.size + this.#doneQueue.size > 0;
  }

  /** The exact picture once all of it is there, so that it never stands beside the live one in tiles. */
  #shown(): Layer | null {
    return this.exactShown && this.#doneQueue.size === 0 ? this.#done : null;
  }

  #pen(phase: number): Pen {
    const { size, density, canvas } = this;
    // Until there is a matte the photo is shown as it is.
    const scene: Scene = this.alpha
      ? this.scene
      : { ...this.scene, show: "original", split: null, highlight: false };
    return {
      gl: this.#gl,
      show: this.#programs.show,
      ramp: this.#ramp,
      canvas,
      scene,
      size,
      density,
      phase,
    };
  }

  #tile(): number {
    const most = this.#gl.getParameter(this.#gl.MAX_TEXTURE_SIZE) as number;
    return Math.min(this.options.tile ?? TILE, 2 ** Math.floor(Math.log2(most || TILE)));
  }

  readonly #onlost = (event: Event): void => {
    event.preventDefault();
    this.#live = this.#done = null;
    this.setState(this.reduced, true);
  };

  readonly #onback = (): void => {
    this.#programs = makePrograms(this.#gl);
    this.#ramp = anyTexture(this.#gl);
    this.setState(this.reduced, false);
    this.photoChanged();
    this.exactChanged();
    this.damaged("all");
  };
}

/** Uploads what waits, whole tiles only while there is time; says where something is new. */
function pump(layer: Layer, queue: Map<number, Pending>, source: Source, deadline: number): Rect | null {
  let loaded: Rect | null = null;
  for (const [index, pending] of queue) {
    const rect = layer.plan.tiles[index]!;
    if (pending !== "tile") layer.change(index, pending, source);
    else if (loaded && performance.now() > deadline) continue;
    else layer.load(index, source);
    loaded = around(loaded, pending === "tile" ? rect : pending);
    queue.delete(index);
  }
  return loaded;
}

function makePrograms(gl: GL): Programs {
  const shows = new Map<string, Program>();
  return {
    coarsen: new Program(gl, WHOLE, COARSEN),
    reduce: new Program(gl, WHOLE, REDUCE),
    show: (does) => {
      const name = JSON.stringify(Object.values(does));
      const made = shows.get(name) ?? new Program(gl, QUAD, show(does));
      shows.set(name, made);
      return made;
    },
  };
}

/** Where a browser tells its memory a twelfth of it, at most 1 GiB; elsewhere what a phone or a desktop bears. */
function usualBudget(): number {
  const told = (navigator as { deviceMemory?: number }).deviceMemory;
  const memory = told ?? (matchMedia("(pointer: coarse)").matches ? 4 : 8);
  return Math.min(1024, Math.max(192, memory * 85)) * MB;
}
