import type { Document } from "../../document/types";
import type { MattePatch } from "../../history/patch";
import type { Backdrop } from "../../render/scene";
import type { Tool, ToolSettings, Touch } from "../../tools/tool";
import type { Composed } from "../../worker/jobs";

/** What the canvas shows. */
export interface Sight {
  readonly show: "cutout" | "matte" | "original" | "result";
  /** "checker" or a colour `#rrggbb`. */
  readonly backdrop: string;
  /** Share of the width that shows the original; null for none. */
  readonly split: number | null;
  readonly highlight: boolean;
}

/** How a gesture began. */
export interface Stroke {
  readonly tool: Tool;
  readonly settings: ToolSettings;
  readonly first: Touch;
}

export interface CanvasProps {
  readonly document: Document;
  /** The finished picture for the document as it is; null while there is none. */
  readonly exact: Composed | null;
  readonly sight: Sight;
  readonly onsight: (change: Partial<Sight>) => void;
  /** The tool that paints; null while only looking. */
  readonly tool: Tool | null;
  readonly settings: ToolSettings;
  /** A gesture has ended with this change of the matte; the tool in hand may be another by then. */
  readonly onpatch: (patch: MattePatch, by: Stroke) => void;
  readonly onerror: (error: unknown) => void;
  /** Stands behind the cutout instead of the sight's backdrop: a gradient. */
  readonly behind?: Backdrop | null;
}

/** Reads a sight's backdrop; anything that is no colour is the checkerboard. */
export function backdropOf(name: string): Backdrop {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(name);
  if (!hex) return { kind: "checker" };
  const [r, g, b] = hex.slice(1).map((digits) => parseInt(digits, 16)) as [number, number, number];
  return { kind: "colour", colour: [r, g, b] };
}
