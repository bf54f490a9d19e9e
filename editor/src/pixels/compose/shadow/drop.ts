/** A drop shadow: the outline, moved away from the light and blurred, as on a wall close behind. */
import { crop, map, plane, round, type Plane, type Window } from "../../planes/plane";
import { boxOf, fall, nothing, placed, widened, type Room, type Shadow, type Style } from "./look";
import { soften } from "./soften";

/** Standard deviations after which a blurred edge is below 1/255 at every usual opacity. */
export const REACH = 3;

/** The alpha moved by `length` away from the light and blurred by `softness`. */
export function dropShadow(alpha: Plane, style: Style): Shadow {
  const box = boxOf(alpha);
  if (!box) return nothing(alpha, "no shadow: there is no subject");
  const height = box.bottom - box.top;
  const area = widened(box, dropRoom(box, style), alpha);
  const [right, down] = fall(style).map((part) => round(part * style.length * height)) as [number, number];
  const soft = soften(moved(crop(alpha, area), right, down), style.softness * height);
  const opacity = map(soft, (v) => v * style.opacity);
  return { opacity: placed(opacity, area, alpha), colour: style.colour, notes: [] };
}

/** The pixels that the shadow needs around a subject's box. */
export function dropRoom(box: Window, style: Style): Room {
  const height = box.bottom - box.top;
  const [right, down] = fall(style).map((part) => part * style.length * height) as [number, number];
  const edge = REACH * style.softness * height + 2;
  const room = (far: number) => Math.max(0, Math.ceil(far + edge));
  return { above: room(-down), beside: room(right), below: room(down), before: room(-right) };
}

function moved(from: Plane, right: number, down: number): Plane {
  const result = plane(from.width, from.height);
  for (let y = 0; y < from.height; y++)
    for (let x = 0; x < from.width; x++) {
      const [i, j] = [x - right, y - down];
      if (i >= 0 && j >= 0 && i < from.width && j < from.height)
        result.data[y * from.width + x] = from.data[j * from.width + i]!;
    }
  return result;
}
