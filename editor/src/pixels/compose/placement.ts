/** How a subject is laid onto a canvas: `compose/placement.py`. */
import type { Size } from "../../geometry/view";
import { clamp, crop, picture, plane, round, type Picture, type Plane, type Window } from "../planes/plane";
import { linearChannel, resize, shrinkChannel } from "../planes/resize";
import { cropLayer, cropPicture, resample, type Layer } from "./resample";

/**
 * The window of the photo is resized to `content` and laid at `left`, `top` of the canvas; what then lies outside is
 * cut, and the rest of the canvas is empty. A pixel i covers [i, i + 1).
 */
export interface Placement {
  readonly source: Size;
  readonly canvas: Size;
  readonly window: Window;
  readonly content: Size;
  readonly left: number;
  readonly top: number;
  /** Whether the subject is smaller than asked for, because it would have been enlarged too much. */
  readonly limited: boolean;
}

const same = (a: Size, b: Size): boolean => a.width === b.width && a.height === b.height;
const sizeOf = ({ left, top, right, bottom }: Window): Size => ({
  width: right - left,
  height: bottom - top,
});

/** Pixels of the canvas for one of the photo: above 1 the photo is enlarged. */
export function scaleOf({ window, content }: Placement): number {
  const { width, height } = sizeOf(window);
  return Math.sqrt((content.width / width) * (content.height / height));
}

export const isIdentity = (p: Placement): boolean =>
  same(p.source, p.canvas) &&
  same(p.source, p.content) &&
  same(p.source, sizeOf(p.window)) &&
  p.left === 0 &&
  p.top === 0;

/**
 * The same map, to half a pixel, for all of the photo that the canvas has room for: a subject is placed without what is
 * around it, its surroundings and its own shadow are placed by this.
 */
export function ofAll(placement: Placement): Placement {
  const { source, canvas, window, content } = placement;
  const size = sizeOf(window);
  const [across, down] = [content.width / size.width, content.height / size.height];
  const [x, y] = [placement.left - across * window.left, placement.top - down * window.top];
  const left = clamp(Math.floor(-x / across), 0, source.width - 1);
  const top = clamp(Math.floor(-y / down), 0, source.height - 1);
  const right = clamp(Math.ceil((canvas.width - x) / across), left + 1, source.width);
  const bottom = clamp(Math.ceil((canvas.height - y) / down), top + 1, source.height);
  const width = Math.max(1, round((right - left) * across));
  const height = Math.max(1, round((bottom - top) * down));
  return {
    ...placement,
    window: { left, top, right, bottom },
    content: { width, height },
    left: round(left * across + x),
    top: round(top * down + y),
  };
}

/** Foreground and alpha on the canvas; alpha is zero and the colour black where there is nothing. */
export function apply(placement: Placement, layer: Layer): Layer {
  if (isIdentity(placement)) return layer;
  const { content, window } = placement;
  let cut = cropLayer(layer, window);
  if (!same(content, cut.alpha)) cut = resample(cut, content.width, content.height);
  return { foreground: laidPicture(placement, cut.foreground), alpha: laid(placement, cut.alpha) };
}

/** A plane of the photo on the canvas; zero where there is nothing. */
export const forward = (placement: Placement, source: Plane): Plane =>
  laid(placement, resize(crop(source, placement.window), placement.content.width, placement.content.height));

/** The photo itself on the canvas, for a blur behind the subject: no finer kernel would be seen through it. */
export function forwardPicture(placement: Placement, source: Picture): Picture {
  const cut = cropPicture(source, placement.window);
  const { width, height } = placement.content;
  const content = picture(width, height);
  const kernel = width < cut.width && height < cut.height ? shrinkChannel : linearChannel;
  for (let k = 0; k < 3; k++) {
    const channel = kernel(cut, k, width, height);
    for (let i = 0; i < channel.data.length; i++) content.pixels[4 * i + k] = channel.data[i]!;
  }
  return laidPicture(placement, content);
}

/** Which pixels of the canvas show the photo. */
export function covered({ left, top, content, canvas }: Placement): Window {
  return {
    left: Math.max(left, 0),
    top: Math.max(top, 0),
    right: Math.min(left + content.width, canvas.width),
    bottom: Math.min(top + content.height, canvas.height),
  };
}

function laid(placement: Placement, content: Plane): Plane {
  const result = plane(placement.canvas.width, placement.canvas.height);
  const { left, top, right, bottom } = covered(placement);
  for (let y = top; y < bottom; y++) {
    const start = (y - placement.top) * content.width + left - placement.left;
    if (right > left)
      result.data.set(content.data.subarray(start, start + right - left), y * result.width + left);
  }
  return result;
}

function laidPicture(placement: Placement, content: Picture): Picture {
  const result = picture(placement.canvas.width, placement.canvas.height);
  const { left, top, right, bottom } = covered(placement);
  for (let y = top; y < bottom; y++) {
    const start = 4 * ((y - placement.top) * content.width + left - placement.left);
    const row = content.pixels.subarray(start, start + 4 * Math.max(0, right - left));
    result.pixels.set(row, 4 * (y * result.width + left));
  }
  return result;
}
