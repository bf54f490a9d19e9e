import { applyPatch } from "../document/actions";
import type { Document } from "../document/types";
import type { MattePatch } from "./patch";
import { difference } from "./tiles";

/** What undo puts back beside the matte. */
export type Fields = Partial<Pick<Document, "edges" | "look" | "doubt">>;

/** All that tells one state of a document from the next, in both directions. */
export interface Change {
  readonly patch: MattePatch | null;
  readonly before: Fields;
  readonly after: Fields;
}

const NAMES = ["edges", "look", "doubt"] as const;

/** A stroke's change: nothing but pixels of the matte. */
export const painted = (patch: MattePatch): Change => ({ patch, before: {}, after: {} });

/** Finds what has changed from one state of a document to a later one; null where nothing has. */
export function changeBetween(before: Document, after: Document): Change | null {
  const names = NAMES.filter((name) => !same(before[name], after[name]));
  const { matte } = before;
  const patch = matte.alpha === after.matte.alpha ? null : difference(matte.alpha, after.matte.alpha, matte);
  if (!patch && names.length === 0) return null;
  const pick = (from: Document): Fields => Object.fromEntries(names.map((name) => [name, from[name]]));
  return { patch, before: pick(before), after: pick(after) };
}

/** Returns the document with one side of a change put in. */
export function applyChange(document: Document, change: Change, side: "before" | "after"): Document {
  const told = change.patch ? applyPatch(document, change.patch, side) : document;
  return { ...told, ...change[side] };
}

/** One change that does what two did, one after the other, where neither touches the matte; null for none at all. */
export function joined(first: Change, second: Change): Change | null {
  const before = { ...second.before, ...first.before };
  const after = { ...first.after, ...second.after };
  const names = NAMES.filter((name) => name in after && !same(before[name], after[name]));
  if (names.length === 0) return null;
  const pick = (from: Fields): Fields => Object.fromEntries(names.map((name) => [name, from[name]]));
  return { patch: null, before: pick(before), after: pick(after) };
}

/** Bytes that a change keeps: the patch exactly, the fields as the text that they are. */
export function bytesOf(change: Change): number {
  return (change.patch?.bytes ?? 0) + JSON.stringify([change.before, change.after]).length;
}

const same = (a: unknown, b: unknown): boolean => a === b || canonical(a) === canonical(b);

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
