import type { Component } from "svelte";
import type { Doubt, Matte } from "../document/types";
import type { StepLabel } from "../history/labels";
import type { Tool, ToolSettings, Touch } from "../tools/tool";
import type { Ask } from "../worker/bridge";
import type { MatteJobs, PixelJobs, Progress } from "../worker/jobs";
import type { CanvasProps } from "./canvas/props";
import type { Refusals } from "./controls/controls";
import type { Key } from "./key.svelte";
import type { Offer } from "./recipe/options";

/** All that the page asks others for; `App` gets one and knows nothing of workers and requests itself. */
export interface Engine {
  readonly pixels: Ask<PixelJobs>;
  /** The network on this device; null where this browser cannot run one. */
  readonly device: Ask<MatteJobs> | null;
  /** The service that the page came from; null for a static page. */
  readonly server: Server | null;
  readonly tools: readonly ToolEntry[];
  /** What the pixel worker cannot do, by option or `option=value`. */
  readonly refusals: Refusals;
  readonly Canvas: Component<CanvasProps>;
}

export interface Server {
  readonly key: Key;
  /** Sends a small copy, gets its matte. */
  matte(signal: AbortSignal, copy: Blob, progress: (at: Progress) => void): Promise<Cut>;
  offer(signal: AbortSignal): Promise<Offer>;
}

export interface Cut {
  readonly matte: Matte;
  readonly doubt: Doubt | null;
}

/** A tool, the keys that pick it, the settings it heeds, and what its steps are called. */
export interface ToolEntry {
  readonly tool: Tool;
  readonly picks: readonly { readonly key: string; readonly mode: ToolSettings["mode"] | null }[];
  readonly heeds: readonly (keyof ToolSettings)[];
  readonly label: (settings: ToolSettings, first: Touch) => StepLabel;
}
