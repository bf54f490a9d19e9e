import type { Size } from "../../geometry/view";

/** How a network wants its input and gives its answer; the fields of Python's ModelCard of the same names. */
export interface Card {
  readonly name: string;
  /** Width and height of the input it was trained for. */
  readonly size: readonly [number, number];
  readonly fit: "squash" | "letterbox" | "aspect";
  readonly multiple: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly kind: "probability" | "logits";
}

/** How a photo lies in the input: stretched to `content`, which is laid at `left`, `top` of `target`. */
export interface Fit {
  readonly target: Size;
  readonly content: Size;
  readonly left: number;
  readonly top: number;
}

/** Lays a photo into a network's input; the same numbers as `Fit` in Python's infer/geometry.py. */
export function fitFor(photo: Size, card: Card): Fit {
  const [width, height] = card.size;
  const scale = Math.min(width / photo.width, height / photo.height);
  if (card.fit === "letterbox") {
    const content = {
      width: Math.max(1, roundEven(photo.width * scale)),
      height: Math.max(1, roundEven(photo.height * scale)),
    };
    const left = Math.floor((width - content.width) / 2);
    return { target: { width, height }, content, left, top: Math.floor((height - content.height) / 2) };
  }
  const side = (length: number, limit: number) =>
    Math.min(limit, Math.max(card.multiple, roundEven((length * scale) / card.multiple) * card.multiple));
  const target =
    card.fit === "aspect"
      ? { width: side(photo.width, width), height: side(photo.height, height) }
      : { width, height };
  return { target, content: target, left: 0, top: 0 };
}

/** Rounds as Python does: halves go to the even neighbour. */
export function roundEven(value: number): number {
  const down = Math.floor(value);
  if (value - down !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}
