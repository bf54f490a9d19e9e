import type { Document } from "../document/types";
import type { Rect } from "../geometry/points";
import { applyChange, bytesOf, joined, type Change } from "./change";
import type { StepLabel } from "./labels";

/** One thing that undo takes back. */
export interface Step {
  readonly label: StepLabel;
  readonly change: Change;
  readonly bytes: number;
  readonly flow: Flow | null;
}

/** Marks the steps of one drag of a slider, which become one step. */
export interface Flow {
  /** What is being dragged. */
  readonly key: string;
  /** When, in milliseconds of any steady clock. */
  readonly at: number;
  /** Whether the pointer is still down: then the drag goes on however long it pauses. */
  readonly held?: boolean;
}

/** The steps of one document, none of which ever changes. */
export interface History {
  /** Oldest first. */
  readonly done: readonly Step[];
  /** The next to redo last. */
  readonly undone: readonly Step[];
  /** Bytes that all steps keep together; never above the budget. */
  readonly bytes: number;
  readonly budget: number;
  /** How many of the oldest steps were let go to stay within the budget; for telling the person. */
  readonly dropped: number;
}

/** Where a document stands after a move through its history, and what to draw anew; null for nothing of the matte. */
export interface Moved {
  readonly history: History;
  readonly document: Document;
  readonly step: Step;
  readonly dirty: Rect | null;
}

export const BUDGET = 256 * 1024 * 1024;
/** Milliseconds within which two moves of a slider by keys are one step. */
const PAUSE = 1000;
/** What a step takes beside its arrays, so that a million tiny ones cannot pass the budget. */
const STEP_BYTES = 256;

export const emptyHistory = (budget = BUDGET): History => ({
  done: [],
  undone: [],
  bytes: 0,
  budget,
  dropped: 0,
});

/** Adds what was just done; what had been undone is gone. A null change adds nothing. */
export function remember(
  history: History,
  label: StepLabel,
  change: Change | null,
  flow: Flow | null = null,
): History {
  if (!change) return history;
  const last = history.done.at(-1);
  if (last && history.undone.length === 0 && flows(last, change, flow)) {
    const whole = joined(last.change, change);
    const kept = history.done.slice(0, -1);
    return within(history, whole ? [...kept, stepOf(label, whole, flow)] : kept, []);
  }
  return within(history, [...history.done, stepOf(label, change, flow)], []);
}

/** Takes the last step back; null where there is none. */
export function undo(history: History, document: Document): Moved | null {
  const step = history.done.at(-1);
  if (!step) return null;
  const next = { ...history, done: history.done.slice(0, -1), undone: [...history.undone, step] };
  return moved(next, document, step, "before");
}

/** Does the last step that was taken back again; null where there is none. */
export function redo(history: History, document: Document): Moved | null {
  const step = history.undone.at(-1);
  if (!step) return null;
  const next = { ...history, done: [...history.done, step], undone: history.undone.slice(0, -1) };
  return moved(next, document, step, "after");
}

const moved = (history: History, document: Document, step: Step, side: "before" | "after"): Moved => ({
  history,
  document: applyChange(document, step.change, side),
  step,
  dirty: step.change.patch?.bounds ?? null,
});

const stepOf = (label: StepLabel, change: Change, flow: Flow | null): Step => ({
  label,
  change,
  bytes: STEP_BYTES + bytesOf(change),
  flow,
});

function flows(last: Step, change: Change, flow: Flow | null): boolean {
  if (!flow || last.flow?.key !== flow.key || last.change.patch || change.patch) return false;
  return flow.held === true || flow.at - last.flow.at <= PAUSE;
}

function within(history: History, done: readonly Step[], undone: readonly Step[]): History {
  const sizes = [...done, ...undone].map((step) => step.bytes);
  let bytes = sizes.reduce((sum, size) => sum + size, 0);
  let gone = 0;
  while (bytes > history.budget) bytes -= sizes[gone++]!;
  return { ...history, done: done.slice(gone), undone, bytes, dropped: history.dropped + gone };
}
