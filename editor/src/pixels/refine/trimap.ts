/** Where an alpha is refined: near its outline, by the photo's own scale (`refine/trimap.py`). */
import { chamfer } from "../planes/distance";
import { map, mask, type Plane } from "../planes/plane";

/** How far the unknown band reaches to either side of an outline, as a share of the longer side. */
const BAND = 0.007;
/** And at least, in pixels of the alpha that is given. */
const LEAST = 3;
/** How far from an outline, in reaches of the band, an alpha that is soft belongs to it: strands of hair. */
const FAR = 4;
/** Alphas this near to 0 or 1 are not soft. */
const SURE = 0.1;

/** Each pixel's distance from the outline at 0.5, in reaches of the band; null where there is no outline. */
export function distance(alpha: Plane): Plane | null {
  const { width, height } = alpha;
  const subject = mask(alpha.data, (v) => v > 0.5);
  if (!subject.includes(1) || !subject.includes(0)) return null;
  const inside = chamfer(subject, width, height, 5);
  for (let i = 0; i < subject.length; i++) subject[i] = 1 - subject[i]!;
  const outside = chamfer(subject, width, height, 5);
  const reach = reachOf(alpha);
  for (let i = 0; i < inside.data.length; i++) inside.data[i] = (inside.data[i]! + outside.data[i]!) / reach;
  return inside;
}

/** Each pixel's distance from the edge, which is the outline and what is soft around it: 0 on it, 1 from the band's end. */
export function band(alpha: Plane, far: Plane): Plane {
  const reach = reachOf(alpha);
  const beyond = mask(alpha.data, (value, i) => {
    const soft = Math.abs(value - 0.5) < 0.5 - SURE;
    return !(far.data[i]! * reach < 1.5 || (soft && far.data[i]! < FAR));
  });
  return map(chamfer(beyond, alpha.width, alpha.height, 5), (v) => Math.min(v / reach, 1));
}

const reachOf = ({ width, height }: Plane): number => Math.max(LEAST, BAND * Math.max(width, height));
