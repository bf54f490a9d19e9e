import { flushSync, mount, unmount } from "svelte";
import { createRenderer } from "../../src/render/renderer";
import type { Renderer, RendererOptions, Scene } from "../../src/render/scene";
import CanvasPage from "./CanvasPage.svelte";
import { drawnAlpha, drawnPhoto } from "./drawn";

const stage = document.getElementById("stage")!;
const states: { reduced: number; lost: boolean }[] = [];

/** The renderer on a bare canvas, for tests that read pixels back. */
function bare(width: number, height: number, density: number, options: RendererOptions = {}): Renderer {
  lab.renderer?.dispose();
  stage.replaceChildren();
  const canvas = document.createElement("canvas");
  canvas.style.cssText = `width:${width}px;height:${height}px`;
  stage.append(canvas);
  states.length = 0;
  const renderer = createRenderer(canvas, { ...options, onchange: (state) => states.push(state) });
  renderer.resize({ width, height }, density);
  lab.renderer = renderer;
  lab.canvas = canvas;
  return renderer;
}

type Shown = ReturnType<typeof mounted>;
let shown: Shown | null = null;

const mounted = (width: number, height: number) =>
  mount(CanvasPage, { target: stage, props: { width, height } });

/** The canvas as the page has it, with a tool. */
function page(width: number, height: number): Shown {
  lab.renderer?.dispose();
  lab.renderer = null;
  if (shown) void unmount(shown);
  stage.replaceChildren();
  shown = mounted(width, height);
  flushSync();
  lab.canvas = stage.querySelector("canvas");
  lab.page = shown;
  return shown;
}

/** Resolves when everything is uploaded and drawn. */
async function settled(): Promise<void> {
  const log = () => (lab.renderer?.frames ?? shown?.frames())!.all.length;
  let frames = -1;
  while (frames !== log()) {
    frames = log();
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
  }
}

/** RGBA of device pixels on the canvas as it is. */
function read(left: number, top: number, width: number, height: number): number[] {
  const copy = document.createElement("canvas");
  copy.width = width;
  copy.height = height;
  const context = copy.getContext("2d", { willReadFrequently: true })!;
  context.drawImage(lab.canvas!, -left, -top);
  return [...context.getImageData(0, 0, width, height).data];
}

const view = (scale: number, x: number, y: number): Scene["view"] => ({
  scale,
  offset: { space: "screen", x, y },
});

const lab = {
  renderer: null as Renderer | null,
  canvas: null as HTMLCanvasElement | null,
  page: null as Shown | null,
  states,
  bare,
  mount: page,
  settled,
  read,
  view,
  drawnPhoto,
  drawnAlpha,
};

export type Lab = typeof lab;
Object.assign(window, { lab });
