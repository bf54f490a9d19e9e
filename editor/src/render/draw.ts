import type { Rect } from "../geometry/points";
import { common, grown } from "../geometry/rects";
import { rectOnScreen, type Size } from "../geometry/view";
import { bind, type GL, type Program } from "./gl";
import type { GpuTile, Layer, Programs } from "./layer";
import { levelCount, levelFor, type Plan } from "./plan";
import { CHECKER, HIGHLIGHT, type Backdrop, type Scene } from "./scene";
import type { Damage } from "./stage";

/** Everything that drawing needs besides the pictures. */
export interface Pen {
  readonly gl: GL;
  readonly show: Programs["show"];
  /** The texture that a gradient's colours are put into. */
  readonly ramp: WebGLTexture;
  readonly canvas: HTMLCanvasElement;
  readonly scene: Scene;
  /** CSS pixels. */
  readonly size: Size;
  readonly density: number;
  /** Where the highlight's stripes are, 0 to 1. */
  readonly phase: number;
}

type Gradient = Extract<Backdrop, { kind: "gradient" }>;

const SHOWN = { cutout: 0, result: 0, matte: 1, original: 2 } as const;

/** Draws what is damaged of the picture: left of the split the original, right of it what the scene shows. */
export function drawPicture(pen: Pen, live: Layer | null, exact: Layer | null, damage: Damage): void {
  const { gl, canvas, scene } = pen;
  gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  gl.viewport(0, 0, canvas.width, canvas.height);
  gl.enable(gl.SCISSOR_TEST);
  const all: Rect = { left: 0, top: 0, right: canvas.width, bottom: canvas.height };
  const area = damage === "all" ? all : common(all, damagedPixels(pen, damage));
  if (!area) return;
  scissor(pen, area);
  gl.clearColor(0, 0, 0, 0);
  gl.clear(gl.COLOR_BUFFER_BIT);
  const at = scene.split === null ? 0 : Math.round(scene.split * canvas.width);
  const before = common(area, { ...all, right: at });
  const after = common(area, { ...all, left: at });
  if (before && live) drawLayer(pen, live, SHOWN.original, before);
  const layer = exact ?? live;
  if (after && layer) drawLayer(pen, layer, SHOWN[scene.show], after);
}

/** The device pixels that a change of a part of the photo reaches. */
function damagedPixels(pen: Pen, damage: Rect): Rect {
  const { edges } = pen.scene;
  const reach = Math.abs(edges.shift) * 2.5 + edges.feather + 2;
  const { left, top, right, bottom } = inDevicePixels(pen, grown(damage, Math.ceil(reach)));
  // Two more: a pixel's mean reaches over it, and so does that of a coarser level's texel.
  return {
    left: Math.floor(left) - 2,
    top: Math.floor(top) - 2,
    right: Math.ceil(right) + 2,
    bottom: Math.ceil(bottom) + 2,
  };
}

function scissor({ gl, canvas }: Pen, area: Rect): void {
  gl.scissor(area.left, canvas.height - area.bottom, area.right - area.left, area.bottom - area.top);
}

function setScene(pen: Pen, program: Program, picture: Size): void {
  const { gl, scene, density, canvas, phase } = pen;
  const { edges } = scene;
  gl.uniform1f(program.at("uHeight"), canvas.height);
  gl.uniform1f(program.at("uSquare"), CHECKER.side * density);
  gl.uniform2f(program.at("uGreys"), CHECKER.light / 255, CHECKER.dark / 255);
  const [r, g, b] = HIGHLIGHT;
  gl.uniform3f(program.at("uHighlight"), r / 255, g / 255, b / 255);
  gl.uniform1f(program.at("uPhase"), phase);
  gl.uniform3f(program.at("uEdges"), edges.shift, edges.feather, edges.contrast);
  setBackdrop(pen, program, picture);
}

function setBackdrop({ gl, scene, ramp }: Pen, program: Program, { width, height }: Size): void {
  const { backdrop } = scene;
  const linear = backdrop.kind === "gradient" && backdrop.angle !== null;
  gl.uniform1i(
    program.at("uBackdrop"),
    backdrop.kind === "checker" ? 0 : backdrop.kind === "colour" ? 1 : linear ? 2 : 3,
  );
  if (backdrop.kind === "colour") {
    const [r, g, b] = backdrop.colour;
    gl.uniform3f(program.at("uBehind"), r / 255, g / 255, b / 255);
  }
  if (backdrop.kind !== "gradient") return;
  bind(gl, program, 3, "uRamp", ramp);
  setGradient(gl, program, backdrop, { width, height });
}

/** Puts a gradient's colours into the texture that is bound, and its axis as alphacut's gradient.py lays it. */
function setGradient(gl: GL, program: Program, backdrop: Gradient, { width, height }: Size): void {
  gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
  gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, 0);
  gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 0);
  const steps = backdrop.ramp.length / 4;
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, steps, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, backdrop.ramp);
  if (backdrop.angle === null) {
    const [x, y] = backdrop.centre;
    const radius = (at: number) => Math.SQRT2 * Math.max(at, 1 - at);
    gl.uniform4f(program.at("uAxis"), x, y, radius(x), radius(y));
    return;
  }
  const turn = (backdrop.angle * Math.PI) / 180;
  const right = Math.sin(turn) * width;
  const below = -Math.cos(turn) * height;
  const length = Math.abs(right) + Math.abs(below) || 1;
  gl.uniform4f(program.at("uAxis"), right / length, below / length, 0.5 - (right + below) / length / 2, 0);
}

function drawLayer(pen: Pen, layer: Layer, shown: number, area: Rect): void {
  const { gl, scene, density } = pen;
  const { edges } = scene;
  const { plan, ownAlpha } = layer;
  scissor(pen, area);
  const neutral = edges.shift === 0 && edges.feather === 0 && edges.contrast === 1;
  const adjust = !neutral && !ownAlpha && shown !== SHOWN.original;
  const level = levelFor(scene.view.scale * density * plan.reduced, levelCount(plan));
  const highlight = scene.highlight && !ownAlpha && shown !== SHOWN.original;
  const ramp = scene.backdrop.kind === "gradient";
  const program = pen.show({ source: level > 0 ? 0 : ownAlpha ? 2 : 1, adjust, ramp, highlight });
  program.use();
  setScene(pen, program, plan);
  gl.uniform1i(program.at("uShow"), shown);
  const needColour = !ownAlpha && (shown === SHOWN.original || adjust || highlight);
  gl.uniform1i(program.at("uNeedColour"), needColour ? 1 : 0);
  plan.tiles.forEach((rect, index) => {
    const tile = layer.tile(index);
    const on = inDevicePixels(pen, rect);
    if (!tile || !common(on, area)) return;
    setTile(pen, program, plan, tile, level, on);
    if (adjust) setSliders(pen, program, plan.reduced, tile, level);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  });
}

function inDevicePixels({ scene, density }: Pen, rect: Rect): Rect {
  const { left, top, right, bottom } = rectOnScreen(scene.view, rect);
  return { left: left * density, top: top * density, right: right * density, bottom: bottom * density };
}

function setTile(pen: Pen, program: Program, plan: Plan, tile: GpuTile, level: number, on: Rect): void {
  const { gl, scene, density, canvas } = pen;
  const cut = tile.cut[level] ?? tile.colour[0]!;
  bind(gl, program, 0, "uColour", tile.colour[level] ?? cut);
  bind(gl, program, 1, "uCut", cut);
  const step = plan.reduced * 2 ** level;
  const pixels = scene.view.scale * density * step;
  gl.uniform1f(program.at("uSpan"), 1 / pixels);
  gl.uniform1i(program.at("uTaps"), taps(pixels, on));
  gl.uniform2f(program.at("uOrigin"), on.left, on.top);
  const { left, top } = tile.rect;
  const [right, below] = [step / plan.width, step / plan.height];
  gl.uniform4f(program.at("uPlace"), right, below, left / plan.width, top / plan.height);
  const x = (at: number) => (at / canvas.width) * 2 - 1;
  const y = (at: number) => 1 - (at / canvas.height) * 2;
  gl.uniform4f(program.at("uQuad"), x(on.left), y(on.top), x(on.right), y(on.bottom));
}

/** How many texels a side a device pixel can touch, where a texel is `pixels` of them large. */
function taps(pixels: number, { left, top }: Rect): number {
  const whole = (value: number) => Math.abs(value - Math.round(value)) < 1e-4;
  if (pixels > 1 - 1e-6 && whole(pixels) && whole(left) && whole(top)) return 1;
  return pixels > 1 - 1e-6 ? 2 : 3;
}

/** Gives the sliders a level whose texels are a quarter of their reach, so that a few samples cover it evenly. */
function setSliders(
  { gl, scene }: Pen,
  program: Program,
  reduced: number,
  tile: GpuTile,
  level: number,
): void {
  const reach = Math.max(scene.edges.feather, Math.abs(scene.edges.shift) * 1.5);
  const coarse = Math.floor(Math.log2(Math.max(1, reach / 4 / reduced)));
  const from = Math.min(tile.sizes.length - 1, Math.max(level, coarse));
  const { width, height } = tile.sizes[from]!;
  bind(gl, program, 2, "uAlpha", tile.cut[from] ?? tile.colour[0]!);
  gl.uniform1i(program.at("uAlphaInRed"), from === 0 && tile.cut[0] ? 1 : 0);
  const down = 2 ** (level - from);
  gl.uniform2f(program.at("uAlphaScale"), down / width, down / height);
  gl.uniform1f(program.at("uTexel"), reduced * 2 ** level);
}
