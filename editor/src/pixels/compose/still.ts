/** A picture file behind the subject: cover, contain, tile or stretch (`compose/still.py`). */
import { clamp, fromBytes, modulo, picture, round, type Picture } from "../planes/plane";
import { linear, shrinkChannel } from "../planes/resize";
import type { Photo } from "../../document/types";
import type { Point, Still } from "./backdrops";
import { composite, solid, type Behind } from "./background";
import { cropPicture } from "./resample";

/** Paints a picture; its own transparency lies over the fill. */
export function paintStill(still: Still, photo: Photo, width: number, height: number): Behind {
  const own = photo.ownAlpha ? overFill(photo, photo.ownAlpha, still) : { ...photo, opaque: true };
  if (still.fit === "tile") return { ...tiled(own, width, height, still.position), opaque: own.opaque };
  if (still.fit === "contain") return contained(own, still, width, height);
  const cut = still.fit === "cover" ? cropped(own, width, height, still.position) : own;
  return { ...resized(cut, width, height), opaque: own.opaque };
}

function overFill(photo: Photo, alpha: Uint8Array, still: Still): Behind {
  const { width, height } = photo;
  const fill = solid(still.fill, width, height);
  return { ...composite(photo, fromBytes(alpha, width, height), fill), opaque: fill.opaque };
}

/** The picture at its own size, repeated on all sides of the one at `position`. */
function tiled(from: Picture, width: number, height: number, [x, y]: Point): Picture {
  const result = picture(width, height);
  const source = new Uint32Array(from.pixels.buffer, from.pixels.byteOffset, from.width * from.height);
  const target = new Uint32Array(result.pixels.buffer);
  const [left, top] = [round((width - from.width) * x), round((height - from.height) * y)];
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const at = modulo(row - top, from.height) * from.width + modulo(column - left, from.width);
      target[row * width + column] = source[at]!;
    }
  return result;
}

/** The largest part with the canvas's aspect, to whole pixels. */
function cropped(from: Picture, width: number, height: number, [x, y]: Point): Picture {
  const scale = Math.max(width / from.width, height / from.height);
  const columns = clamp(round(width / scale), 1, from.width);
  const rows = clamp(round(height / scale), 1, from.height);
  const [left, top] = [round((from.width - columns) * x), round((from.height - rows) * y)];
  return cropPicture(from, { left, top, right: left + columns, bottom: top + rows });
}

/** The whole picture on the fill. */
function contained(from: Behind, still: Still, width: number, height: number): Behind {
  const scale = Math.min(width / from.width, height / from.height);
  const columns = Math.max(round(from.width * scale), 1);
  const rows = Math.max(round(from.height * scale), 1);
  const inside = resized(from, columns, rows);
  if (columns === width && rows === height) return { ...inside, opaque: from.opaque };
  const canvas = solid(still.fill, width, height);
  const left = round((width - columns) * still.position[0]);
  const top = round((height - rows) * still.position[1]);
  for (let y = 0; y < rows; y++) {
    const row = inside.pixels.subarray(4 * y * columns, 4 * (y + 1) * columns);
    canvas.pixels.set(row, 4 * ((top + y) * width + left));
  }
  return canvas;
}

/** By areas where it shrinks, linearly where it grows, premultiplied where it is translucent. */
function resized(from: Picture & { opaque?: boolean }, width: number, height: number): Picture {
  if (from.width === width && from.height === height) return from;
  const [columns, rows] = [Math.min(from.width, width), Math.min(from.height, height)];
  const source = from.opaque ? from : multiplied(from);
  const result = picture(width, height);
  for (let k = 0; k < 4; k++) {
    const channel = linear(shrinkChannel(source, k, columns, rows), width, height);
    for (let i = 0; i < channel.data.length; i++) result.pixels[4 * i + k] = channel.data[i]!;
  }
  if (!from.opaque)
    for (let i = 0; i < result.pixels.length; i += 4)
      for (let k = i; k < i + 3; k++)
        result.pixels[k] = (result.pixels[k]! * 255) / Math.max(result.pixels[i + 3]!, 1);
  return result;
}

function multiplied(from: Picture): Picture {
  const result = picture(from.width, from.height, from.pixels.slice());
  for (let i = 0; i < result.pixels.length; i += 4)
    for (let k = i; k < i + 3; k++) result.pixels[k] = (result.pixels[k]! * result.pixels[i + 3]!) / 255;
  return result;
}
