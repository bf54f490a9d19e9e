/** A place in the photo, in its pixels from the top left corner of the first one. */
export interface ImagePoint {
  readonly space: "image";
  readonly x: number;
  readonly y: number;
}

/** A place in the canvas element, in CSS pixels. */
export interface ScreenPoint {
  readonly space: "screen";
  readonly x: number;
  readonly y: number;
}

/** A rectangle of whole photo pixels; right and bottom are the first ones outside. */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const imagePoint = (x: number, y: number): ImagePoint => ({ space: "image", x, y });
export const screenPoint = (x: number, y: number): ScreenPoint => ({ space: "screen", x, y });
