import type { Photo } from "../document/types";
import type { Rect } from "../geometry/points";
import { around, wholeOf } from "../geometry/rects";
import type { Size } from "../geometry/view";
import type { Composed } from "../worker/jobs";
import { FrameLoop, type FrameLog } from "./frames";
import { FIRST_SCENE, type Renderer, type RendererOptions, type Scene } from "./scene";

/** Milliseconds between two frames of the highlight, which moves slowly. */
const HIGHLIGHT_STEP = 100;

/** What is to be drawn anew: everything, or what lies around a part of the photo. */
export type Damage = "all" | Rect;

/** The state that every kind of renderer keeps; how it becomes pixels is theirs. */
export abstract class Stage implements Renderer {
  abstract readonly kind: Renderer["kind"];
  protected photo: Photo | null = null;
  protected alpha: Uint8Array | null = null;
  protected exact: Composed | null = null;
  protected scene: Scene = FIRST_SCENE;
  protected size: Size = { width: 0, height: 0 };
  protected density = 1;
  readonly #loop = new FrameLoop((now) => this.#frame(now));
  #reduced = 1;
  #lost = false;
  #fresh = false;
  #damage: Damage | null = null;
  #waiting = false;
  #tick: ReturnType<typeof setTimeout> | undefined;

  constructor(
    protected readonly canvas: HTMLCanvasElement,
    protected readonly options: RendererOptions,
  ) {}

  get frames(): FrameLog {
    return this.#loop.log;
  }

  get reduced(): number {
    return this.#reduced;
  }

  get content(): Size | null {
    return this.scene.show === "result" && this.exact ? this.exact : this.photo;
  }

  setPhoto(photo: Photo | null): void {
    this.photo = photo;
    this.alpha = this.exact = null;
    this.photoChanged();
    this.exactChanged();
    this.damaged("all");
  }

  setAlpha(alpha: Uint8Array, changed?: Rect): void {
    const { photo } = this;
    if (!photo) return;
    if (alpha.length !== photo.width * photo.height)
      throw new RangeError("the matte is not of the photo's size");
    const first = this.alpha === null;
    this.alpha = alpha;
    this.alphaChanged(changed && !first ? changed : wholeOf(photo));
    // An exact picture that was on the screen everywhere has to leave it everywhere.
    this.damaged(changed && !first && !this.#fresh ? changed : "all");
    this.#fresh = false;
  }

  setExact(picture: Composed | null): void {
    this.exact = picture;
    this.#fresh = picture !== null;
    this.exactChanged();
    this.damaged("all");
  }

  setScene(change: Partial<Scene>): void {
    const before = this.scene.edges;
    this.scene = { ...this.scene, ...change };
    const { shift, feather, contrast } = this.scene.edges;
    if (before.shift !== shift || before.feather !== feather || before.contrast !== contrast)
      this.#fresh = false;
    this.damaged("all");
  }

  resize(size: Size, density: number): void {
    const width = Math.max(1, Math.round(size.width * density));
    const height = Math.max(1, Math.round(size.height * density));
    this.size = size;
    this.density = density;
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    this.damaged("all");
    // Setting a canvas' size empties it at once; without this it would flash until the next frame.
    this.drawNow();
  }

  drawNow(): void {
    this.#loop.now();
  }

  dispose(): void {
    clearTimeout(this.#tick);
    this.#loop.stop();
  }

  /** Textures or copies of the photo have to be made anew. */
  protected abstract photoChanged(): void;
  protected abstract alphaChanged(rect: Rect): void;
  protected abstract exactChanged(): void;
  /** Draws what is damaged; says whether something has to wait for the next frame, which then finds what it is. */
  protected abstract paint(damage: Damage | null, phase: number): boolean;

  /** The exact picture where it may stand for the cutout; null where the live one has to be shown. */
  protected get exactShown(): Composed | null {
    const { exact, photo, scene } = this;
    if (!exact || scene.show === "original") return null;
    if (scene.show === "result") return exact;
    const same = exact.width === photo?.width && exact.height === photo.height;
    return scene.show === "cutout" && this.#fresh && same && !scene.highlight ? exact : null;
  }

  protected setState(reduced: number, lost: boolean): void {
    if (reduced === this.#reduced && lost === this.#lost) return;
    this.#reduced = reduced;
    this.#lost = lost;
    this.options.onchange?.({ reduced, lost });
  }

  protected damaged(what: Damage): void {
    this.#damage = joined(this.#damage, what);
    this.#loop.want();
  }

  #frame(now: number): boolean {
    const moving = this.scene.highlight && !this.scene.still;
    const damage = moving ? "all" : this.#damage;
    this.#damage = null;
    if ((damage === null && !this.#waiting) || this.#lost) return false;
    this.#waiting = this.paint(damage, moving ? (now / 1600) % 1 : 0);
    clearTimeout(this.#tick);
    if (moving) this.#tick = setTimeout(() => this.damaged("all"), HIGHLIGHT_STEP);
    return this.#waiting;
  }
}

export const joined = (a: Damage | null, b: Damage | null): Damage | null =>
  a === "all" || b === "all" ? "all" : around(a, b);
