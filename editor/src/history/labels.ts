/** What a step did; its words stand in `ui/strings.ts`. */
export type StepName =
  | "restore"
  | "erase"
  | "smartSubject"
  | "smartBackground"
  | "lassoRestore"
  | "lassoErase"
  | "keepPart"
  | "dropPart"
  | "soften"
  | "harden"
  | "newMatte"
  | "shift"
  | "feather"
  | "contrast"
  | "decontaminate"
  | "despill"
  | "resetEdges"
  | "look"
  | "preset"
  | "recipe"
  | "paste";

/** A step's name and the value it ended at, where it has one. */
export interface StepLabel {
  readonly what: StepName;
  readonly value?: string | number | boolean | null;
}
