import { PlainRenderer } from "./plain";
import type { Renderer, RendererOptions } from "./scene";
import { GlRenderer } from "./webgl";

/** Takes a canvas for itself: with WebGL 2 where there is one, else without; `kind` says which it was. */
export function createRenderer(canvas: HTMLCanvasElement, options: RendererOptions = {}): Renderer {
  const gl = options.plain
    ? null
    : canvas.getContext("webgl2", {
        alpha: true,
        antialias: false,
        depth: false,
        // A stroke draws only what it changed; the rest of the canvas has to stay.
        preserveDrawingBuffer: true,
        powerPreference: "high-performance",
      });
  return gl ? new GlRenderer(canvas, gl, options) : new PlainRenderer(canvas, options);
}
