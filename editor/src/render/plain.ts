import type { Rect } from "../geometry/points";
import { common } from "../geometry/rects";
import { rectOnScreen } from "../geometry/view";
import { boxed, paintPicture, type Copy } from "./copy";
import { CHECKER, type Backdrop, type RendererOptions } from "./scene";
import { Stage, type Damage } from "./stage";

/** Pixels of the copy that is shown: as many as a script can mix between two frames. */
const MOST_PIXELS = 1.2e6;

/** Draws without a graphics device: a reduced copy, mixed by hand, on a 2D canvas. Of the sliders only contrast. */
export class PlainRenderer extends Stage {
  readonly kind = "canvas2d";
  readonly #context: CanvasRenderingContext2D;
  #copy: Copy | null = null;
  #picture: HTMLCanvasElement | null = null;
  #original: HTMLCanvasElement | null = null;
  #exact: HTMLCanvasElement | null = null;
  /** What of the picture is out of date. */
  #stale: Damage | null = null;
  #painted = "";

  constructor(canvas: HTMLCanvasElement, options: RendererOptions) {
    super(canvas, options);
    const context = canvas.getContext("2d");
    if (!context) throw new Error("this browser draws on no canvas");
    this.#context = context;
  }

  protected photoChanged(): void {
    this.#copy = this.#picture = this.#original = null;
    const { photo } = this;
    if (!photo) return;
    const by = Math.ceil(Math.sqrt((photo.width * photo.height) / MOST_PIXELS));
    const width = Math.ceil(photo.width / by);
    const height = Math.ceil(photo.height / by);
    const rgba = boxed(photo.pixels, photo, by, 4, { left: 0, top: 0, right: width, bottom: height });
    this.#copy = { width, height, by, rgba, alpha: new Uint8Array(width * height) };
    this.#original = canvasOf(width, height, new Uint8ClampedArray(rgba));
    this.#picture = canvasOf(width, height, null);
    this.setState(by, false);
  }

  protected alphaChanged(rect: Rect): void {
    const copy = this.#copy;
    if (!copy || !this.alpha || !this.photo) return;
    const part = common(
      {
        left: Math.floor(rect.left / copy.by),
        top: Math.floor(rect.top / copy.by),
        right: Math.ceil(rect.right / copy.by),
        bottom: Math.ceil(rect.bottom / copy.by),
      },
      { left: 0, top: 0, right: copy.width, bottom: copy.height },
    );
    if (!part) return;
    const mean = boxed(this.alpha, this.photo, copy.by, 1, part);
    const across = part.right - part.left;
    for (let y = part.top; y < part.bottom; y++) {
      const from = (y - part.top) * across;
      copy.alpha.set(mean.subarray(from, from + across), y * copy.width + part.left);
    }
    this.#stale = this.#stale ? "all" : part;
  }

  protected exactChanged(): void {
    const { exact } = this;
    this.#exact = exact && canvasOf(exact.width, exact.height, exact.pixels);
  }

  protected paint(_damage: Damage | null, phase: number): boolean {
    const { scene, canvas, density, photo, content, size } = this;
    const to = this.#context;
    to.setTransform(1, 0, 0, 1, 0, 0);
    to.clearRect(0, 0, canvas.width, canvas.height);
    if (!photo || !content || !this.#copy || !this.#picture || !this.#original) return false;
    this.#refresh(phase);
    to.setTransform(density, 0, 0, density, 0, 0);
    to.imageSmoothingQuality = "high";
    to.imageSmoothingEnabled = scene.view.scale * density < 2;
    const on = rectOnScreen(scene.view, { left: 0, top: 0, right: content.width, bottom: content.height });
    const at = scene.split === null ? 0 : scene.split * size.width;
    const original = this.alpha === null || scene.show === "original";
    const shown = original ? this.#original : this.exactShown && this.#exact ? this.#exact : this.#picture;
    this.#draw(shown, on, at, size.width, original ? null : scene.backdrop);
    if (at > 0) this.#draw(this.#original, on, 0, at, null);
    return false;
  }

  /** Mixes the copy anew where it has changed, or everywhere when what is shown has. */
  #refresh(phase: number): void {
    const { scene } = this;
    const copy = this.#copy!;
    const moving = scene.highlight ? phase : 0;
    const wanted = `${scene.show} ${scene.highlight} ${scene.edges.contrast} ${moving}`;
    const part = wanted === this.#painted ? this.#stale : "all";
    if (part === null) return;
    const rect = part === "all" ? { left: 0, top: 0, right: copy.width, bottom: copy.height } : part;
    const image = paintPicture(copy, rect, scene, moving);
    this.#picture!.getContext("2d")!.putImageData(image, rect.left, rect.top);
    this.#stale = null;
    this.#painted = wanted;
  }

  #draw(picture: HTMLCanvasElement, on: Rect, left: number, right: number, backdrop: Backdrop | null): void {
    const to = this.#context;
    to.save();
    to.beginPath();
    to.rect(left, 0, right - left, this.size.height);
    to.clip();
    if (backdrop) fillBackdrop(to, backdrop, on);
    to.drawImage(picture, on.left, on.top, on.right - on.left, on.bottom - on.top);
    to.restore();
  }
}

function canvasOf(width: number, height: number, pixels: Uint8ClampedArray | null): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  // A copy where the pixels are shared with a worker, which ImageData refuses.
  if (pixels) context?.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
  return canvas;
}

function fillBackdrop(to: CanvasRenderingContext2D, backdrop: Backdrop, on: Rect): void {
  const width = on.right - on.left;
  const height = on.bottom - on.top;
  if (backdrop.kind !== "colour") {
    const { side, light, dark } = CHECKER;
    to.fillStyle = `rgb(${light} ${light} ${light})`;
    to.fillRect(on.left, on.top, width, height);
    to.fillStyle = `rgb(${dark} ${dark} ${dark})`;
    to.save();
    to.beginPath();
    to.rect(on.left, on.top, width, height);
    to.clip();
    const { left, top, right, bottom } = visible(to, on);
    for (let y = Math.floor(top / side); y * side < bottom; y++)
      for (let x = Math.floor(left / side); x * side < right; x++)
        if ((x + y) & 1) to.fillRect(x * side, y * side, side, side);
    to.restore();
  }
  if (backdrop.kind === "checker") return;
  to.fillStyle =
    backdrop.kind === "colour" ? `rgb(${backdrop.colour.join(" ")})` : gradient(to, backdrop, on);
  to.fillRect(on.left, on.top, width, height);
}

const visible = (to: CanvasRenderingContext2D, on: Rect): Rect => ({
  left: Math.max(0, on.left),
  top: Math.max(0, on.top),
  right: Math.min(to.canvas.width, on.right),
  bottom: Math.min(to.canvas.height, on.bottom),
});

function gradient(
  to: CanvasRenderingContext2D,
  { ramp, angle, centre }: Extract<Backdrop, { kind: "gradient" }>,
  on: Rect,
): CanvasGradient {
  const width = on.right - on.left;
  const height = on.bottom - on.top;
  let paint: CanvasGradient;
  if (angle === null) {
    const x = on.left + centre[0] * width;
    const y = on.top + centre[1] * height;
    // Round here, not oval as in the finished picture: 2D canvases know no other.
    paint = to.createRadialGradient(x, y, 0, x, y, Math.hypot(width, height) / 2);
  } else {
    const turn = (angle * Math.PI) / 180;
    const half = (Math.abs(Math.sin(turn)) * width + Math.abs(Math.cos(turn)) * height) / 2;
    const [x, y] = [on.left + width / 2, on.top + height / 2];
    const [right, below] = [Math.sin(turn) * half, -Math.cos(turn) * half];
    paint = to.createLinearGradient(x - right, y - below, x + right, y + below);
  }
  const steps = ramp.length / 4;
  const every = Math.max(1, Math.floor(steps / 32));
  for (let i = 0; i < steps; i += every) {
    const [r, g, b, a] = ramp.subarray(i * 4, i * 4 + 4);
    paint.addColorStop(steps > 1 ? i / (steps - 1) : 0, `rgb(${r} ${g} ${b} / ${(a ?? 255) / 255})`);
  }
  return paint;
}
