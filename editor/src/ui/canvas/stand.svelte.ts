import { imagePoint, screenPoint, type ImagePoint, type ScreenPoint } from "../../geometry/points";
import { aligned, centred, fit, kept, panned, toImage, toScreen, zoomed } from "../../geometry/view";
import type { Size, View } from "../../geometry/view";
import type { Command } from "./keys";

const STEP = 1.25;
/** CSS pixels at the bottom that the bar with the zoom takes. */
const BAR = 60;

/** Where the person stands before the photo: the view, and what keys, wheels and fingers do to it. */
export class Stand {
  view = $state.raw<View>({ scale: 1, offset: screenPoint(0, 0) });
  size = $state.raw<Size>({ width: 0, height: 0 });
  /** Device pixels a CSS pixel. */
  density = $state(1);
  /** Whether the whole content is shown, which a new size of the canvas keeps so. */
  fitted = $state(true);
  #content: Size = { width: 1, height: 1 };
  #id = "";

  get middle(): ScreenPoint {
    return screenPoint(this.size.width / 2, this.size.height / 2);
  }

  /** Another picture is shown, or the same in another frame. */
  shows(content: Size, id: string): void {
    const same = content.width === this.#content.width && content.height === this.#content.height;
    this.#content = { width: content.width, height: content.height };
    if (!same || id !== this.#id) this.fit();
    this.#id = id;
  }

  resized(size: Size, density: number): void {
    const still = toImage(this.view, this.middle);
    this.size = size;
    this.density = density;
    if (this.fitted) return this.fit();
    const now = toScreen(this.view, still);
    this.pan(this.middle.x - now.x, this.middle.y - now.y);
  }

  fit(): void {
    this.fitted = true;
    const free = { width: this.size.width, height: Math.max(this.size.height / 2, this.size.height - BAR) };
    this.view = aligned(fit(this.#content, free, this.size.width < 500 ? 8 : 24), this.density);
  }

  /** One photo pixel on one device pixel: the middle of the photo if all of it was there, else what is in the middle. */
  full(): void {
    if (!this.fitted) return this.zoom(this.middle, 1 / this.density / this.view.scale);
    this.fitted = false;
    this.#put(centred(this.#content, this.size, 1 / this.density));
  }

  zoom(at: ScreenPoint, factor: number): void {
    this.fitted = false;
    this.#put(zoomed(this.view, at, factor));
  }

  pan(dx: number, dy: number): void {
    this.fitted = false;
    this.#put(panned(this.view, dx, dy));
  }

  run(command: Command): void {
    if (command === "fit") this.fit();
    if (command === "full") this.full();
    if (command === "closer") this.zoom(this.middle, STEP);
    if (command === "farther") this.zoom(this.middle, 1 / STEP);
  }

  /** A wheel's turn: zooms to the pointer; with Shift it moves sideways. */
  wheel(event: WheelEvent, at: ScreenPoint): void {
    const unit = [1, 16, this.size.height][event.deltaMode] ?? 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (event.shiftKey) return this.pan(-(dx || dy), 0);
    // A pinch on a touchpad comes as a wheel with Ctrl, in much smaller steps.
    const speed = event.ctrlKey ? 0.01 : 0.002;
    this.zoom(at, Math.exp(-Math.max(-300, Math.min(300, dy)) * speed));
  }

  toImage(at: ScreenPoint): ImagePoint {
    return toImage(this.view, at);
  }

  toScreen(at: ImagePoint): ScreenPoint {
    return toScreen(this.view, imagePoint(at.x, at.y));
  }

  #put(view: View): void {
    this.view = aligned(kept(view, this.#content, this.size), this.density);
  }
}
