import { HEEDS, labelOf, makeTools, PICKS, type ToolName } from "../tools/table";
import type { Solve } from "../tools/smart/smart";
import type { ToolEntry } from "./engine";

/** The tools as the page shows them, in the order of their keys. */
export function toolEntries(solve: Solve): ToolEntry[] {
  const tools = makeTools(solve);
  const names = [...new Set(PICKS.map((pick) => pick.tool))];
  return names.map((name: ToolName) => ({
    tool: tools[name],
    picks: PICKS.filter((pick) => pick.tool === name),
    heeds: HEEDS[name],
    label: (settings, first) => labelOf(name, settings, first),
  }));
}
