import { imagePoint, screenPoint, type ImagePoint, type Rect, type ScreenPoint } from "./points";

/** How the photo lies on the canvas: `screen = image * scale + offset`; the only place that turns one into the other. */
export interface View {
  /** CSS pixels a photo pixel. */
  readonly scale: number;
  readonly offset: ScreenPoint;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const LEAST_SCALE = 0.01;
export const MOST_SCALE = 64;

export const toScreen = (view: View, p: ImagePoint): ScreenPoint =>
  screenPoint(p.x * view.scale + view.offset.x, p.y * view.scale + view.offset.y);

export const toImage = (view: View, p: ScreenPoint): ImagePoint =>
  imagePoint((p.x - view.offset.x) / view.scale, (p.y - view.offset.y) / view.scale);

/** The view that shows the whole photo in the middle of a canvas, with some room around. */
export function fit(photo: Size, canvas: Size, room = 24): View {
  const scale = Math.min(
    (canvas.width - 2 * room) / photo.width,
    (canvas.height - 2 * room) / photo.height,
    1,
  );
  return centred(photo, canvas, Math.max(scale, 1e-3));
}

/** The view at a scale with the photo in the middle. */
export function centred(photo: Size, canvas: Size, scale: number): View {
  const x = (canvas.width - photo.width * scale) / 2;
  return { scale, offset: screenPoint(x, (canvas.height - photo.height * scale) / 2) };
}

/** The same view `factor` times closer, what is under `at` staying there; between 1 % and 64 times. */
export function zoomed(view: View, at: ScreenPoint, factor: number): View {
  const scale = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, view.scale * factor));
  const still = toImage(view, at);
  return { scale, offset: screenPoint(at.x - still.x * scale, at.y - still.y * scale) };
}

export const panned = (view: View, dx: number, dy: number): View => ({
  scale: view.scale,
  offset: screenPoint(view.offset.x + dx, view.offset.y + dy),
});

/** The view moved as little as it takes for `room` CSS pixels of the photo to stay on the canvas. */
export function kept(view: View, photo: Size, canvas: Size, room = 48): View {
  const within = (offset: number, length: number, side: number) => {
    const least = Math.min(room, length, side / 2);
    return Math.min(side - least, Math.max(least - length, offset));
  };
  const x = within(view.offset.x, photo.width * view.scale, canvas.width);
  const y = within(view.offset.y, photo.height * view.scale, canvas.height);
  return { scale: view.scale, offset: screenPoint(x, y) };
}

/**
 * The view moved by less than a device pixel so that photo pixels begin where the screen's do. Only where one covers
 * whole ones (100 %, 200 %, …): elsewhere it would make zooming jump and gain nothing.
 */
export function aligned(view: View, density: number): View {
  const pixels = view.scale * density;
  if (pixels < 1 || Math.abs(pixels - Math.round(pixels)) > 1e-6) return view;
  const snap = (offset: number) => Math.round(offset * density) / density;
  return { scale: view.scale, offset: screenPoint(snap(view.offset.x), snap(view.offset.y)) };
}

/** Where a rectangle of the photo lies on the screen: left, top, right and bottom in CSS pixels, not whole ones. */
export function rectOnScreen(view: View, rect: Rect): Rect {
  const from = toScreen(view, imagePoint(rect.left, rect.top));
  const to = toScreen(view, imagePoint(rect.right, rect.bottom));
  return { left: from.x, top: from.y, right: to.x, bottom: to.y };
}
