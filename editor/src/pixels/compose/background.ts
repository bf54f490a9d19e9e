/** Puts a colour or a picture behind the subject: Porter and Duff's *over* (`compose/background.py`). */
import { picture, type Picture, type Plane } from "../planes/plane";
import type { Colour } from "./colours";
import { LIGHT, fromLight } from "./light";

/** What stands behind: RGBA straight; opaque where no pixel of it is translucent. */
export interface Behind extends Picture {
  readonly opaque: boolean;
}

export function solid(colour: Colour, width: number, height: number): Behind {
  const result = picture(width, height);
  new Uint32Array(result.pixels.buffer).fill(
    new Uint32Array(new Uint8ClampedArray(colour).buffer)[0]!, // one store a pixel
  );
  return { ...result, opaque: colour[3] === 255 };
}

/**
 * Composites a straight foreground over what is behind it, overwriting and returning that: `C = F·α + B·(1 - α)`;
 * with an opacity β of the background, `γ = α + β·(1 - α)` and `C = (F·α + B·β·(1 - α)) / γ`.
 */
export function composite(foreground: Picture, alpha: Plane, behind: Picture, linear = false): Picture {
  const [front, back] = [foreground.pixels, behind.pixels];
  for (let i = 0, at = 0; i < alpha.data.length; i++, at += 4) {
    const own = alpha.data[i]!;
    if (own <= 0) {
      if (back[at + 3] === 0) back.fill(0, at, at + 3); // a colour that nobody sees
      continue;
    }
    if (linear && own < 1) mixLight(front, back, at, own);
    else mix(front, back, at, own);
  }
  return behind;
}

function mix(front: Uint8ClampedArray, back: Uint8ClampedArray, at: number, own: number): void {
  const rest = ((1 - own) * back[at + 3]!) / 255;
  const total = own + rest;
  for (let k = at; k < at + 3; k++) back[k] = (front[k]! * own + back[k]! * rest) / total;
  back[at + 3] = total * 255;
}

/** Mixes light and not encoded values. */
function mixLight(front: Uint8ClampedArray, back: Uint8ClampedArray, at: number, own: number): void {
  const rest = ((1 - own) * back[at + 3]!) / 255;
  const total = own + rest;
  for (let k = at; k < at + 3; k++)
    back[k] = fromLight((LIGHT[front[k]!]! * own + LIGHT[back[k]!]! * rest) / total) * 255;
  back[at + 3] = total * 255;
}

/** A straight foreground with its alpha in the fourth byte. */
export function withAlpha(foreground: Picture, alpha: Plane): Picture {
  const result = picture(foreground.width, foreground.height, foreground.pixels.slice());
  for (let i = 0; i < alpha.data.length; i++) result.pixels[4 * i + 3] = alpha.data[i]! * 255;
  return result;
}
