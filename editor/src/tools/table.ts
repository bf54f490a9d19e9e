import type { StepLabel } from "../history/labels";
import { brush } from "./brush/brush";
import { edge } from "./edge/edge";
import { lasso } from "./lasso/lasso";
import { part } from "./part/part";
import { smart, type Solve } from "./smart/smart";
import { modeOf, type Tool, type ToolSettings, type Touch } from "./tool";

export type ToolName = "brush" | "smart" | "lasso" | "part" | "edge";
export type Mode = ToolSettings["mode"];

/** What picks a tool: its key, and the mode that comes with it; null leaves the mode as it is. */
export interface Pick {
  readonly key: string;
  readonly tool: ToolName;
  readonly mode: Mode | null;
}

/** Every key that picks a tool, in the order of the buttons. */
export const PICKS: readonly Pick[] = [
  { key: "b", tool: "brush", mode: "restore" },
  { key: "e", tool: "brush", mode: "erase" },
  { key: "s", tool: "smart", mode: null },
  { key: "l", tool: "lasso", mode: null },
  { key: "w", tool: "part", mode: null },
  { key: "h", tool: "edge", mode: null },
];

/** The settings that each tool heeds, for showing only these. */
export const HEEDS: Readonly<Record<ToolName, readonly (keyof ToolSettings)[]>> = {
  brush: ["mode", "size", "hardness", "opacity", "pressure"],
  smart: ["mode", "size"],
  lasso: ["mode", "size", "hardness", "opacity"],
  part: ["mode", "tolerance", "opacity"],
  edge: ["mode", "size", "hardness", "opacity", "pressure"],
};

export const FIRST_SETTINGS: Required<ToolSettings> = {
  size: 60,
  hardness: 0.7,
  opacity: 1,
  mode: "restore",
  pressure: "size",
  tolerance: 0.25,
};

/** The least and the most that the brush's size can be, in photo pixels. */
export const SIZES = { least: 1, most: 2000 } as const;

/** The tools, by name; each keeps what it has to know from one stroke to the next. */
export function makeTools(solve: Solve): Readonly<Record<ToolName, Tool>> {
  return { brush: brush(), smart: smart(solve), lasso: lasso(), part: part(), edge: edge() };
}

/** What history calls a gesture. */
export function labelOf(tool: ToolName, settings: ToolSettings, first: Touch): StepLabel {
  return { what: LABELS[tool][modeOf(settings, first)] };
}

const LABELS: Readonly<Record<ToolName, Readonly<Record<Mode, StepLabel["what"]>>>> = {
  brush: { restore: "restore", erase: "erase" },
  smart: { restore: "smartSubject", erase: "smartBackground" },
  lasso: { restore: "lassoRestore", erase: "lassoErase" },
  part: { restore: "keepPart", erase: "dropPart" },
  edge: { restore: "harden", erase: "soften" },
};

/**
 * The settings after a key that no tool is picked by: X takes the other mode, [ and ] make the brush smaller and
 * bigger by about a tenth, with Shift softer and harder. Null where the key means none of these.
 */
export function settingsAfter(key: string, settings: ToolSettings): ToolSettings | null {
  const { size, hardness } = settings;
  const step = Math.max(1, Math.round(size / 10));
  switch (key) {
    case "x":
    case "X":
      return { ...settings, mode: settings.mode === "restore" ? "erase" : "restore" };
    case "[":
      return { ...settings, size: Math.max(SIZES.least, size - step) };
    case "]":
      return { ...settings, size: Math.min(SIZES.most, size + step) };
    case "{":
      return { ...settings, hardness: Math.max(0, Math.round(hardness * 10 - 1) / 10) };
    case "}":
      return { ...settings, hardness: Math.min(1, Math.round(hardness * 10 + 1) / 10) };
    default:
      return null;
  }
}
