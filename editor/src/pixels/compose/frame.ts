/** The frame around a subject: canvas, margin, share and position asked for → where it goes (`compose/frame.py`). */
import type { Size } from "../../geometry/view";
import { PixelError } from "../errors";
import { round, type Plane, type Window } from "../planes/plane";
import type { Point } from "./backdrops";
import { parseAspect, parseCanvas, parseMargin, parsePosition, type Margin } from "./lengths";
import type { Placement } from "./placement";
import { NO_ROOM, type Room } from "./shadow/look";
import { findSubject, type Region } from "./subject";

/** The largest canvas of the page: a browser holds less than a server. */
const MOST_PIXELS = 120_000_000;
/** How often a subject is enlarged at most unless asked. */
const ENLARGE = 2;
/** Pixels of the photo beyond the canvas that resizing still looks at. */
const REACH = 4;
/** Share of a side that a subject and its shadow fill at most, where a scale is asked for. */
const TOGETHER = 0.9;

/** What is asked for, as people or a preset write it. */
export interface FrameWords {
  readonly crop?: boolean | null;
  readonly margin?: string | null;
  readonly aspect?: string | null;
  readonly canvas?: string | null;
  readonly scale?: number | null;
  readonly position?: string | null;
  readonly enlarge?: number | null;
  readonly least?: number | null;
}

export interface Frame {
  /** Whether the subject is framed, or the whole photo. */
  readonly crop: boolean;
  readonly margin: Margin;
  readonly aspect: number | null;
  readonly canvas: Size | null;
  /** Only the canvas' longest side, instead of `canvas`. */
  readonly longest: number | null;
  readonly scale: number | null;
  readonly position: Point;
  readonly enlarge: number;
  readonly least: number | null;
}

/** Returns the frame that words ask for; null where they ask for none. */
export function frameOf(words: FrameWords): Frame | null {
  const { crop, margin, aspect, canvas, scale, position } = words;
  const about = Boolean(crop) || [margin, scale, position].some((word) => word != null);
  if (!about && aspect == null && canvas == null) return null;
  const size = canvas == null ? null : parseCanvas(canvas);
  const frame: Frame = {
    crop: about,
    margin: parseMargin(margin ?? "0"),
    aspect: aspect == null ? null : parseAspect(aspect),
    canvas: typeof size === "number" ? null : size,
    longest: typeof size === "number" ? size : null,
    scale: scale ?? null,
    position: parsePosition(position ?? "center"),
    enlarge: words.enlarge ?? ENLARGE,
    least: words.least ?? null,
  };
  checkFrame(frame);
  return frame;
}

function checkFrame({ margin, canvas, aspect }: Frame): void {
  const [top, right, bottom, left] = margin.share;
  if (top + bottom >= 1 || left + right >= 1)
    throw new PixelError("Margin", "leaves no room, 100 % of a side or more", "Make it smaller.");
  if (!canvas || !aspect) return;
  const { width, height } = canvas;
  if (Math.abs(width - height * aspect) > 1 && Math.abs(height - width / aspect) > 1)
    throw new PixelError(
      "Canvas",
      `${width}×${height} contradicts the aspect`,
      "Leave out one of the two, or give the longest side.",
    );
}

/**
 * Returns where the subject goes. With room, pixels of the photo that its shadow takes, subject and shadow together
 * keep the margin and fill at most `TOGETHER` of a side, or the scale if that is more.
 */
export function place(alpha: Plane, frame: Frame, room: Room = NO_ROOM): Placement {
  const source = { width: alpha.width, height: alpha.height };
  const region = frame.crop ? findSubject(alpha) : whole(source);
  const [down, across] = axes(region.box, frame, room);
  const [asked, factor] = canvasOf(down, across, frame);
  checkCanvas(asked, factor);
  let [canvas, wanted] = [asked, factor];
  let scale = Math.min(wanted, frame.enlarge);
  if (frame.least && wanted > frame.enlarge) {
    canvas = shrunk(canvas, frame.enlarge / wanted, frame.least);
    wanted = scale = Math.min(factorOf(down, canvas.height), factorOf(across, canvas.width));
  }
  const start = {
    x: startOf(across, canvas.width, scale, frame.position[0]),
    y: startOf(down, canvas.height, scale, frame.position[1]),
  };
  const window = visible(region, canvas, start, scale);
  const content = {
    width: Math.max(1, round((window.right - window.left) * scale)),
    height: Math.max(1, round((window.bottom - window.top) * scale)),
  };
  const left = round(start.x - (region.box.left - window.left) * scale);
  const top = round(start.y - (region.box.top - window.top) * scale);
  return { source, canvas, window, content, left, top, limited: scale < wanted };
}

/** One direction: the subject's side, the margins before and behind it, the share it may fill, its shadow's room. */
interface Axis {
  readonly side: number;
  readonly pixels: readonly [number, number];
  readonly share: readonly [number, number];
  readonly fill: number;
  readonly room: readonly [number, number];
  /** The share that the subject and its shadow may fill together. */
  readonly most: number;
}

const wholeOf = ({ side, room }: Axis): number => side + room[0] + room[1];

/** How much the subject is scaled on a canvas of this side. */
function factorOf(axis: Axis, outer: number): number {
  const { side, pixels, share, fill, most } = axis;
  const inner = outer * (1 - (share[0] + share[1])) - (pixels[0] + pixels[1]);
  const whole = wholeOf(axis);
  return Math.min(inner / whole, (outer * fill) / side, (outer * most) / whole);
}

/** The least side of a canvas for a subject scaled so much. */
function outerOf(axis: Axis, factor: number): number {
  const { side, pixels, share, fill, most } = axis;
  const whole = wholeOf(axis) * factor;
  const least = (whole + (pixels[0] + pixels[1])) / (1 - (share[0] + share[1]));
  return Math.max(least, (side * factor) / fill, whole / most);
}

/** Where the subject begins. */
function startOf(axis: Axis, outer: number, factor: number, position: number): number {
  const { side, pixels, share, room, most } = axis;
  const before = pixels[0] + share[0] * outer;
  const behind = pixels[1] + share[1] * outer;
  const start = before + position * (outer - before - behind - side * factor);
  if (!room[0] && !room[1]) return start;
  const free = (outer * (1 - most)) / 2;
  const last = outer - Math.max(behind, free) - (side + room[1]) * factor;
  return Math.max(Math.min(start, last), Math.max(before, free) + room[0] * factor);
}

function axes(box: Window, { margin, scale }: Frame, room: Room): [Axis, Axis] {
  const [top, right, bottom, left] = margin.pixels;
  const share = margin.share;
  const fill = scale ?? 1;
  const most = (pixels: number) => (pixels ? Math.max(fill, TOGETHER) : 1);
  return [
    {
      side: box.bottom - box.top,
      pixels: [top, bottom],
      share: [share[0], share[2]],
      fill,
      room: [room.above, room.below],
      most: most(room.above + room.below),
    },
    {
      side: box.right - box.left,
      pixels: [left, right],
      share: [share[3], share[1]],
      fill,
      room: [room.before, room.beside],
      most: most(room.before + room.beside),
    },
  ];
}

/** The canvas and how much the subject is scaled on it. */
function canvasOf(down: Axis, across: Axis, frame: Frame): [Size, number] {
  const { longest, aspect } = frame;
  const canvas = longest && aspect ? ofLongest(longest, aspect) : frame.canvas;
  if (canvas) return [canvas, Math.min(factorOf(down, canvas.height), factorOf(across, canvas.width))];
  const factor = longest ? Math.min(factorOf(down, longest), factorOf(across, longest)) : 1;
  let [height, width] = [outerOf(down, factor), outerOf(across, factor)];
  if (aspect) [width, height] = [Math.max(width, height * aspect), Math.max(height, width / aspect)];
  return [{ width: Math.max(1, round(width)), height: Math.max(1, round(height)) }, factor];
}

function checkCanvas({ width, height }: Size, factor: number): void {
  if (factor <= 0)
    throw new PixelError(
      "Margin",
      `leaves no room on ${width}×${height} pixels`,
      "Make it smaller, or the canvas larger.",
    );
  if (width * height > MOST_PIXELS)
    throw new PixelError(
      "Canvas",
      `would be ${width}×${height} pixels, and at most ${MOST_PIXELS / 1e6} megapixels are made here`,
      "Give a smaller canvas, or a smaller margin.",
    );
}

/** The part of the window that the canvas shows, so that nothing is resized only to be cut. */
function visible(region: Region, canvas: Size, start: { x: number; y: number }, scale: number): Window {
  const left = region.box.left - start.x / scale;
  const top = region.box.top - start.y / scale;
  const { window } = region;
  return {
    left: Math.max(window.left, Math.floor(left) - REACH),
    top: Math.max(window.top, Math.floor(top) - REACH),
    right: Math.min(window.right, Math.ceil(left + canvas.width / scale) + REACH),
    bottom: Math.min(window.bottom, Math.ceil(top + canvas.height / scale) + REACH),
  };
}

/** The canvas made smaller to that share, but its longest side not below `least`. */
function shrunk({ width, height }: Size, asked: number, least: number): Size {
  const share = Math.max(asked, Math.min(1, least / Math.max(width, height)));
  return { width: Math.max(1, round(width * share)), height: Math.max(1, round(height * share)) };
}

function ofLongest(longest: number, aspect: number): Size {
  const [width, height] = aspect >= 1 ? [longest, longest / aspect] : [longest * aspect, longest];
  return { width: Math.max(1, round(width)), height: Math.max(1, round(height)) };
}

function whole({ width, height }: Size): Region {
  const box = { left: 0, top: 0, right: width, bottom: height };
  return { box, window: box };
}
