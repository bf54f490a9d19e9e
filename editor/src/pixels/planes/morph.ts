import type { Size } from "../../geometry/view";
import { plane, type Plane } from "./plane";

/** The largest value (or smallest) in the square of 2·radius + 1 pixels around each; nothing lies beyond the border. */
export function extreme(from: Plane, radius: number, which: "largest" | "smallest" = "largest"): Plane {
  const { width, height } = from;
  const sign = which === "largest" ? 1 : -1;
  const middle = plane(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let best = -Infinity;
      const stop = Math.min(width - 1, x + radius);
      for (let k = Math.max(0, x - radius); k <= stop; k++)
        best = Math.max(best, sign * from.data[y * width + k]!);
      middle.data[y * width + x] = best;
    }
  }
  const result = plane(width, height);
  for (let y = 0; y < height; y++) {
    const stop = Math.min(height - 1, y + radius);
    const start = Math.max(0, y - radius);
    for (let x = 0; x < width; x++) {
      let best = -Infinity;
      for (let k = start; k <= stop; k++) best = Math.max(best, middle.data[k * width + x]!);
      result.data[y * width + x] = sign * best;
    }
  }
  return result;
}

/** 1 where any value in the square of 2·radius + 1 pixels around is above 0. */
export function near(
  { width, height, data }: Size & { readonly data: ArrayLike<number> },
  radius: number,
): Uint8Array {
  const middle = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    let since = radius + 1; // pixels since the last one above 0, to the left and then to the right
    for (let i = y * width; i < (y + 1) * width; i++) {
      since = data[i]! > 0 ? 0 : since + 1;
      middle[i] = since <= radius ? 1 : 0;
    }
    since = radius + 1;
    for (let i = (y + 1) * width - 1; i >= y * width; i--) {
      since = data[i]! > 0 ? 0 : since + 1;
      if (since <= radius) middle[i] = 1;
    }
  }
  const result = new Uint8Array(data.length);
  const counts = new Uint16Array(width);
  for (let y = -radius; y < height; y++) {
    const [enters, leaves] = [(y + radius) * width, (y - radius - 1) * width];
    if (y + radius < height) for (let x = 0; x < width; x++) counts[x]! += middle[enters + x]!;
    if (y - radius - 1 >= 0) for (let x = 0; x < width; x++) counts[x]! -= middle[leaves + x]!;
    if (y >= 0) for (let x = 0; x < width; x++) result[y * width + x] = counts[x]! > 0 ? 1 : 0;
  }
  return result;
}
