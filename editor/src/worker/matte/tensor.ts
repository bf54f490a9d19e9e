import { plane, type Plane } from "../../pixels/planes/plane";
import type { Card, Fit } from "./fit";
import { resizePhoto, type Pixels } from "./resample";

/** A photo as the network's input: 3×H×W, `(value / 255 - mean) / std`; as Python's `tensor`. */
export function tensorOf(photo: Pixels, fit: Fit, card: Card): Float32Array<ArrayBuffer> {
  const content = resizePhoto(photo, fit.content);
  const { width, height } = fit.target;
  const result = new Float32Array(3 * width * height);
  for (let c = 0; c < 3; c++) {
    const factor = Math.fround(1 / (255 * card.std[c]!));
    const shift = Math.fround(card.mean[c]! / card.std[c]!);
    for (let y = 0, to = c * width * height; y < height; y++) {
      const row = reflected(y - fit.top, content.height) * content.width;
      for (let x = 0; x < width; x++, to++)
        result[to] = content.data[(row + reflected(x - fit.left, content.width)) * 4 + c]! * factor - shift;
    }
  }
  return result;
}

/** An index beyond the ends, mirrored with the border repeated, as often as needed. */
export function reflected(index: number, length: number): number {
  const turn = ((index % (2 * length)) + 2 * length) % (2 * length);
  return turn < length ? turn : 2 * length - 1 - turn;
}

/** The network's answer as probabilities, what lies beside the photo in the input cut away. */
export function answerOf(answer: Float32Array, fit: Fit, card: Card): Plane {
  const { width, height } = fit.content;
  const result = plane(width, height);
  for (let y = 0, to = 0; y < height; y++) {
    let from = (y + fit.top) * fit.target.width + fit.left;
    for (let x = 0; x < width; x++, from++, to++) {
      const value = answer[from]!;
      const sure = card.kind === "logits" ? 0.5 + 0.5 * Math.tanh(0.5 * value) : value;
      result.data[to] = Math.min(1, Math.max(0, sure || 0));
    }
  }
  return result;
}
