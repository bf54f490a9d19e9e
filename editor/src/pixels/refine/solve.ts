/**
 * The smart brush: the matte inside a rectangle solved anew from marks of sure subject and sure background. The
 * matting equation runs on at most 512×512 pixels; as in `guided_filter.ts` its functions of colour are enlarged, so
 * that edges are the photo's own. Marks are kept exactly; what the solve does not move keeps its values exactly.
 */
import type { Rect } from "../../geometry/points";
import type { Matte, Photo } from "../../document/types";
import { cropPicture } from "../compose/resample";
import { chamfer } from "../planes/distance";
import { clamp, fromBytes, map, map2, mask, type Picture, type Plane } from "../planes/plane";
import { shrinkPlane } from "../planes/resize";
import { solve, type Problem } from "./closed_form";
import { RowOver, type Line } from "./guided_filter";
import { Laplacian, type Colours } from "./laplacian";
import { likeness } from "./likeness";
import { FIRM, WORK, coloursOf, sizeAtMost } from "./refine";

/** What marks say. */
const SUBJECT = 255;
const BACKGROUND = 1;
/** Weights against the matting equation: at least; to a mark's side where a colour is like it; to the old alpha where not. */
const WEAK = 2e-5;
const PULL = 0.01;
const KEEP = 0.1;
const STEPS = 24;
const FAR = 1e6;
/** A change of the alpha up to which the old one is left, and from which the new one is taken. */
const [SAME, MOVED] = [0.01, 0.08];

/** Returns the alpha of the rectangle, cut at the photo's borders, solved anew. */
export function solveWithin(photo: Photo, matte: Matte, marks: Matte, asked: Rect) {
  const within = cutAt(asked, photo);
  const [width, height] = [within.right - within.left, within.bottom - within.top];
  const own = bytesOf(matte, within);
  const said = bytesOf(marks, within);
  if (width <= 0 || height <= 0 || !said.some(Boolean)) return { alpha: own, within };
  const part = cropPicture(photo, within);
  const old = fromBytes(own, width, height);
  const { problem, near } = posed(part, old, said, openSides(within, photo));
  const operator = new Laplacian(problem.image);
  const answer = solve(problem, STEPS, operator);
  const small = shrinkPlane(old, near.width, near.height);
  const take = map2(near, (v, i) => {
    const moved = Math.abs(answer.data[i]! - small.data[i]!);
    return v * clamp((moved - SAME) / (MOVED - SAME), 0, 1);
  });
  const line = width === answer.width ? constant(answer) : operator.meanLine(answer);
  return { alpha: painted(part, old, said, withTake(line, take)), within };
}

/** An answer of the part's own size needs no colours. */
function constant({ width, height, data }: Plane): Line {
  const line = { width, height, data: new Float32Array(4 * data.length) };
  for (let i = 0; i < data.length; i++) line.data[4 * i + 3] = data[i]!;
  return line;
}

/** Of each place the line, then how much of what it draws is taken. */
const CHANNELS = 5;

function withTake({ width, height, data }: Line, take: Plane): Line {
  const grid = { width, height, data: new Float32Array(CHANNELS * take.data.length) };
  for (let i = 0; i < take.data.length; i++) {
    for (let k = 0; k < 4; k++) grid.data[CHANNELS * i + k] = data[4 * i + k]!;
    grid.data[CHANNELS * i + 4] = take.data[i]!;
  }
  return grid;
}

/** The new alpha: marks as they are, and where the solve moved the old one what the photo's own colours say. */
function painted(part: Picture, old: Plane, said: Uint8Array, grid: Line): Uint8Array {
  const { width, height } = part;
  const alpha = new Uint8Array(said.length);
  const over = new RowOver(grid, part);
  for (let y = 0, i = 0; y < height; y++) {
    over.moveTo(y, 0, width);
    for (let x = 0; x < width; x++, i++)
      if (said[i]) alpha[i] = said[i] === SUBJECT ? 255 : 0;
      else alpha[i] = Math.round(255 * taken(over, part.pixels, old.data[i]!, x, i));
  }
  return alpha;
}

/** One pixel's new value. */
function taken(
  { data, columns, scale }: RowOver,
  pixels: Uint8ClampedArray,
  old: number,
  x: number,
  i: number,
): number {
  const across = (x + 0.5) * scale - 0.5;
  const column = Math.floor(across);
  const part = across - column;
  const near = column < 0 ? 0 : CHANNELS * column;
  const next = column + 1 < columns ? CHANNELS * (column + 1) : near;
  const between = (k: number) => data[near + k]! + part * (data[next + k]! - data[near + k]!);
  const share = between(4);
  if (share <= 0) return old;
  let drawn = between(3);
  for (let k = 0; k < 3; k++) drawn += (between(k) * pixels[4 * i + k]!) / 255;
  return old + share * (clamp(drawn, 0, 1) - old);
}

/** The equation at a size that is solved at once, and how near a mark each place is: 1 beside it, 0 at the rim. */
function posed(part: Picture, old: Plane, said: Uint8Array, open: Sides): { problem: Problem; near: Plane } {
  const [width, height] = sizeAtMost(part.width, part.height, WORK);
  const image = coloursOf(part, width, height);
  const [subject, ground] = [SUBJECT, BACKGROUND].map((mark) => {
    const marked = fromBytes(
      mask(said, (value) => value === mark),
      part.width,
      part.height,
    );
    return map(shrinkPlane(marked, width, height), (v) => 255 * v);
  }) as [Plane, Plane];
  const marked = map2(subject, (v, i) => (v + ground.data[i]! > 0 ? 1 : 0));
  const far = chamfer(
    mask(marked.data, (v) => v === 0),
    width,
    height,
    5,
  );
  const way = map2(far, (v, i) => {
    const rim = toRim(i % width, Math.floor(i / width), width, height, open);
    return v / Math.max(v + rim, 1e-6);
  });
  const problem = { image, unknown: map2(marked, (v, i) => (v || way.data[i] === 1 ? 0 : 1)) };
  const drawn = drawnTo(image, shrinkPlane(old, width, height), { subject, ground, way });
  return { problem: { ...problem, ...drawn }, near: map(way, (v) => clamp(4 * (1 - v), 0, 1)) };
}

interface Marked {
  readonly subject: Plane;
  readonly ground: Plane;
  /** 0 beside a mark, 1 at the rim. */
  readonly way: Plane;
}

/** What each place is drawn to, and how strongly: what is like a mark to it, what is like none to its old alpha. */
function drawnTo(
  image: Colours,
  old: Plane,
  { subject, ground, way }: Marked,
): Pick<Problem, "aim" | "weight"> {
  const [front, back] = [likeness(image, subject), likeness(image, ground)];
  const pull = map2(front, (v, i) => (v - back.data[i]!) * (1 - way.data[i]!) ** 2);
  const aim = map2(old, (v, i) => {
    const [yes, no] = [subject.data[i]!, ground.data[i]!];
    if (yes + no > 0) return yes / (yes + no);
    return v + Math.abs(pull.data[i]!) * ((pull.data[i]! > 0 ? 1 : 0) - v);
  });
  const weight = map2(pull, (v, i) => {
    const like = Math.max(front.data[i]!, back.data[i]!);
    return WEAK + PULL * Math.abs(v) + KEEP * (1 - like) + FIRM * way.data[i]! ** 8;
  });
  return { aim, weight };
}

/** On which sides more of the photo follows, which the answer has to meet. */
interface Sides {
  readonly left: boolean;
  readonly top: boolean;
  readonly right: boolean;
  readonly bottom: boolean;
}

const openSides = (within: Rect, photo: Picture): Sides => ({
  left: within.left > 0,
  top: within.top > 0,
  right: within.right < photo.width,
  bottom: within.bottom < photo.height,
});

/** Pixels to the nearest open side: 0 on it. */
const toRim = (x: number, y: number, width: number, height: number, open: Sides): number =>
  Math.min(
    open.left ? x : FAR,
    open.top ? y : FAR,
    open.right ? width - 1 - x : FAR,
    open.bottom ? height - 1 - y : FAR,
  );

const cutAt = ({ left, top, right, bottom }: Rect, { width, height }: Picture): Rect => ({
  left: Math.max(0, Math.floor(left)),
  top: Math.max(0, Math.floor(top)),
  right: Math.min(width, Math.ceil(right)),
  bottom: Math.min(height, Math.ceil(bottom)),
});

/** A part of a matte; one of the part's own size is taken as it is. */
function bytesOf(matte: Matte, { left, top, right, bottom }: Rect): Uint8Array {
  const [width, height] = [Math.max(0, right - left), Math.max(0, bottom - top)];
  if (matte.width === width && matte.height === height) return matte.alpha.slice();
  const result = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * matte.width + left;
    result.set(matte.alpha.subarray(start, start + width), y * width);
  }
  return result;
}
