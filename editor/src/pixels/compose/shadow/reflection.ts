/** A reflection: the subject upside down below its foot line, fading, as on polished stone. */
import { map, picture, plane, type Picture, type Plane, type Window } from "../../planes/plane";
import { REACH } from "./drop";
import { boxOf, footOf, nothing, type Room, type Shadow, type Style } from "./look";
import { soften } from "./soften";

const TINY = 1e-6;

/** The subject's colours and alpha mirrored at its lowest row, fading from `opacity` to 0 at `length` below it. */
export function reflection(alpha: Plane, foreground: Picture, style: Style): Shadow {
  const box = boxOf(alpha);
  if (!box) return nothing(alpha, "no reflection: there is no subject");
  const { width } = alpha;
  const foot = footOf(alpha, box);
  const height = foot - box.top;
  const count = Math.min(Math.ceil(style.length * height), height, alpha.height - foot);
  if (count <= 0) return nothing(alpha, "no reflection: there is no room below the subject");
  const mirrored = plane(width, count);
  const colours = picture(width, count);
  for (let y = 0; y < count; y++) {
    const fade = style.opacity * Math.max(1 - (y + 0.5) / (style.length * height), 0) ** 2;
    const from = (foot - 1 - y) * width;
    for (let x = 0; x < width; x++) mirrored.data[y * width + x] = alpha.data[from + x]! * fade;
    colours.pixels.set(foreground.pixels.subarray(4 * from, 4 * (from + width)), 4 * y * width);
  }
  const [soft, layer] = blurred(mirrored, colours, style.softness * height);
  const opacity = plane(width, alpha.height);
  opacity.data.set(soft.data, foot * width);
  const whole = picture(width, alpha.height);
  whole.pixels.set(layer.pixels, 4 * foot * width);
  return { opacity, colour: [0, 0, 0], layer: whole, notes: [] };
}

/** The pixels that the reflection needs around a subject's box. */
export function reflectionRoom(box: Window, style: Style): Room {
  const height = box.bottom - box.top;
  const beside = Math.ceil(REACH * style.softness * height);
  return { above: 0, beside, below: Math.min(Math.ceil(style.length * height), height), before: beside };
}

/** Blurs a straight picture: its premultiplied colours and its alpha, then divided again. */
function blurred(alpha: Plane, colours: Picture, sigma: number): [Plane, Picture] {
  const soft = soften(alpha, sigma);
  if (soft === alpha) return [alpha, colours];
  const result = picture(colours.width, colours.height);
  for (let k = 0; k < 3; k++) {
    const channel = plane(alpha.width, alpha.height);
    for (let i = 0; i < channel.data.length; i++)
      channel.data[i] = colours.pixels[4 * i + k]! * alpha.data[i]!;
    const wide = soften(channel, sigma);
    for (let i = 0; i < wide.data.length; i++)
      result.pixels[4 * i + k] = wide.data[i]! / Math.max(soft.data[i]!, TINY);
  }
  return [map(soft, (v) => Math.min(Math.max(v, 0), 1)), result];
}
