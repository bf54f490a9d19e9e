/** Joins two networks' answers as Python's infer/fuse.py: each is believed as far as it is decided, and around each place. */
import { gaussian } from "../../pixels/planes/blur";
import { clamp, plane, type Plane } from "../../pixels/planes/plane";
import { linear, shrinkPlane } from "../../pixels/planes/resize";

/** These numbers are those of fuse.py, where they are explained. */
const GRID = 256;
const REACH = 0.05;
const POWER = 4;
const TRUST = 2;
const GAIN = 2;
const TINY = 1e-6;

/** Joins two answers of one size, in [0, 1]. */
export function fuse(first: Plane, second: Plane): Plane {
  const { width, height } = first;
  const belief = linear(beliefIn(small(first), small(second)), width, height);
  const joined = plane(width, height);
  for (let i = 0; i < joined.data.length; i++) {
    const other = second.data[i]!;
    const mean = other + belief.data[i]! * (first.data[i]! - other);
    joined.data[i] = clamp((mean - 0.5) * GAIN + 0.5, 0, 1);
  }
  return joined;
}

/** How far the first is to be believed rather than the second. */
function beliefIn(first: Plane, second: Plane): Plane {
  const [mine, others] = [doubtIn(first), doubtIn(second)];
  const [here, there] = [decided(first), decided(second)];
  const belief = plane(first.width, first.height);
  for (let i = 0; i < belief.data.length; i++) {
    const a = here.data[i]! ** POWER * others;
    const b = there.data[i]! ** POWER * mine;
    belief.data[i] = a / (a + b + TINY * Math.min(mine, others));
  }
  return belief;
}

function doubtIn({ data }: Plane): number {
  let [between, all] = [0, 0];
  for (const value of data) {
    between += Math.min(value, 1 - value);
    all += value;
  }
  return (between / Math.max(all, 1) + TINY) ** TRUST;
}

function decided(alpha: Plane): Plane {
  const squares = plane(alpha.width, alpha.height);
  for (let i = 0; i < squares.data.length; i++) squares.data[i] = (2 * alpha.data[i]! - 1) ** 2;
  return gaussian(squares, REACH * Math.max(alpha.width, alpha.height));
}

function small(alpha: Plane): Plane {
  const scale = Math.min(1, GRID / Math.max(alpha.width, alpha.height));
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return shrinkPlane(alpha, side(alpha.width), side(alpha.height));
}
