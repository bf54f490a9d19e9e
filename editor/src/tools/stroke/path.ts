import type { Size } from "../../geometry/view";
import type { Touch } from "../tool";

/** Calls for each dab of a straight piece, its end but not its beginning, `spacing` photo pixels apart or less. */
export function alongLine(
  from: Touch,
  to: Touch,
  spacing: number,
  photo: Size,
  radius: number,
  call: (x: number, y: number, pressure: number) => void,
): void {
  const [dx, dy] = [to.at.x - from.at.x, to.at.y - from.at.y];
  const count = Math.max(1, Math.ceil(Math.hypot(dx, dy) / spacing));
  const [enters, leaves] = visible(from.at, dx, dy, photo, radius + 1);
  const last = Math.min(count, Math.floor(leaves * count));
  for (let k = Math.max(1, Math.ceil(enters * count)); k <= last; k++) {
    const t = k / count;
    call(from.at.x + dx * t, from.at.y + dy * t, from.pressure + (to.pressure - from.pressure) * t);
  }
}

/** The part of a line, 0 to 1 along it, that comes near the photo; its end before its beginning where none does. */
function visible(from: { x: number; y: number }, dx: number, dy: number, photo: Size, room: number) {
  let [enters, leaves] = [0, 1];
  for (const [at, way, far] of [
    [from.x, dx, photo.width],
    [from.y, dy, photo.height],
  ] as const) {
    if (way === 0) {
      if (at < -room || at > far + room) return [1, 0] as const;
      continue;
    }
    const [a, b] = [(-room - at) / way, (far + room - at) / way];
    enters = Math.max(enters, Math.min(a, b));
    leaves = Math.min(leaves, Math.max(a, b));
  }
  return [enters, leaves] as const;
}
