import fc from "fast-check";
import { expect, test } from "vitest";
import { applyPatch, replaceMatte, setEdges, setLook } from "../document/actions";
import type { Document } from "../document/types";
import { discAlpha, drawn } from "../testing/drawn";
import { strings } from "../ui/strings";
import { changeBetween, painted } from "./change";
import { BUDGET, emptyHistory, redo, remember, undo, type History } from "./history";
import { difference } from "./tiles";

const start = drawn(300, 40, discAlpha(150, 20, 15));

type Act = (document: Document, history: History) => { document: Document; history: History };

const edges = fc.record({ feather: fc.nat(5) }).map((set): Act => (document, history) => {
  const next = setEdges(document, set);
  const label = { what: "feather", value: set.feather } as const;
  return { document: next, history: remember(history, label, changeBetween(document, next)) };
});
const look = fc
  .record({ background: fc.constantFrom("white", "black", undefined) })
  .map((set): Act => (document, history) => {
    const next = setLook(document, set);
    return { document: next, history: remember(history, { what: "look" }, changeBetween(document, next)) };
  });
const stroke = fc
  .tuple(fc.nat(299), fc.nat(39), fc.nat(255))
  .map(([x, y, value]): Act => (document, history) => {
    const now = document.matte.alpha.slice();
    now.fill(value, y * 300 + x, y * 300 + x + 50);
    const patch = difference(document.matte.alpha, now, document.matte);
    if (!patch) return { document, history };
    return {
      document: applyPatch(document, patch),
      history: remember(history, { what: "erase" }, painted(patch)),
    };
  });
const matte = fc.nat(255).map((value): Act => (document, history) => {
  const fresh = { width: 300, height: 40, alpha: new Uint8Array(12000).fill(value) };
  const next = replaceMatte(document, fresh, { uncertainty: value / 255, needsLook: false, reasons: [] });
  return { document: next, history: remember(history, { what: "newMatte" }, changeBetween(document, next)) };
});
const doing = fc.oneof(edges, look, stroke, matte);
const moving = fc.oneof(
  { weight: 3, arbitrary: doing },
  { weight: 2, arbitrary: fc.constantFrom("undo" as const, "redo" as const) },
);

const state = ({ matte: { alpha }, edges: e, look: l, doubt }: Document): string =>
  JSON.stringify([Buffer.from(alpha).toString("base64"), e, Object.entries(l).sort(), doubt]);

test("undo and redo go through the very states that were there", () => {
  fc.assert(
    fc.property(fc.array(moving, { maxLength: 30 }), (acts) => {
      let now = { document: start, history: emptyHistory() };
      let line = [state(start)]; // the reference: every state, kept whole
      let at = 0;
      for (const act of acts) {
        if (act === "undo") {
          now = undo(now.history, now.document) ?? now;
          at = Math.max(0, at - 1);
        } else if (act === "redo") {
          now = redo(now.history, now.document) ?? now;
          at = Math.min(line.length - 1, at + 1);
        } else {
          now = act(now.document, now.history);
          const next = state(now.document);
          if (next !== line[at]) line = [...line.slice(0, ++at), next];
        }
        expect(state(now.document)).toBe(line[at]);
      }
      for (; at > 0; at--) {
        now = undo(now.history, now.document)!;
        expect(state(now.document)).toBe(line[at - 1]);
      }
      expect(undo(now.history, now.document)).toBeNull();
    }),
    { numRuns: 60 },
  );
}, 60_000);

test("the budget is never exceeded, and what had to go is counted", () => {
  fc.assert(
    fc.property(fc.array(doing, { maxLength: 30 }), fc.integer({ min: 0, max: 3000 }), (acts, budget) => {
      let now = { document: start, history: emptyHistory(budget) };
      for (const act of acts) {
        const steps = now.history.done.length + now.history.dropped;
        now = act(now.document, now.history);
        const { done, bytes, dropped } = now.history;
        expect(bytes).toBe(done.reduce((sum, step) => sum + step.bytes, 0));
        expect(bytes <= budget).toBe(true);
        expect(done.length + dropped - steps).toBeLessThanOrEqual(1);
        expect(done.length + dropped).toBeGreaterThanOrEqual(steps);
      }
      const end = state(now.document);
      const count = now.history.done.length;
      for (let k = 0; k < count; k++) now = undo(now.history, now.document)!;
      for (let k = 0; k < count; k++) now = redo(now.history, now.document)!;
      expect(state(now.document)).toBe(end);
    }),
    { numRuns: 60 },
  );
}, 60_000);

function drag(history: History, document: Document, feather: number, at: number, held = false) {
  const next = setEdges(document, { feather });
  const flow = { key: "feather", at, held };
  const change = changeBetween(document, next);
  return { document: next, history: remember(history, { what: "feather", value: feather }, change, flow) };
}

test("a drag of a slider is one step, which says where it ended", () => {
  let now = { document: start, history: emptyHistory() };
  for (const [feather, at] of [
    [1, 0],
    [2, 400],
    [3, 900],
  ] as const)
    now = drag(now.history, now.document, feather, at);
  expect(now.history.done.map((step) => strings.history.step(step.label))).toEqual([
    expect.stringMatching(/^Feather 3/),
  ]);
  now = drag(now.history, now.document, 4, 2500);
  expect(now.history.done).toHaveLength(2);
  now = drag(now.history, now.document, 5, 9000, true);
  expect(now.history.done).toHaveLength(2);
  const back = undo(now.history, now.document)!;
  expect(back.document.edges.feather).toBe(3);
  expect(undo(back.history, back.document)!.document.edges.feather).toBe(0);
});

test("a drag that ends where it began leaves no step", () => {
  let now = drag(emptyHistory(), start, 4, 0);
  now = drag(now.history, now.document, 0, 50);
  expect(now.history.done).toHaveLength(0);
  expect(now.history.bytes).toBe(0);
});

test("another slider, or a stroke in between, begins a step of its own", () => {
  const first = drag(emptyHistory(), start, 4, 0);
  const other = setEdges(first.document, { shift: 2 });
  const change = changeBetween(first.document, other);
  const history = remember(first.history, { what: "shift", value: 2 }, change, { key: "shift", at: 10 });
  expect(history.done).toHaveLength(2);
  expect(drag(history, other, 5, 20).history.done).toHaveLength(3);
});

test("after undo a drag does not join what lies before", () => {
  const first = drag(emptyHistory(), start, 4, 0);
  const second = drag(first.history, first.document, 5, 5000);
  const back = undo(second.history, second.document)!;
  const third = drag(back.history, back.document, 6, 100);
  expect(third.history.done).toHaveLength(2);
  expect(third.history.undone).toHaveLength(0);
});

test("a new matte takes its doubt along, back and forth", () => {
  const doubt = { uncertainty: 0.4, needsLook: true, reasons: [{ code: "soft", sentence: "Soft." }] };
  const alpha = new Uint8Array(12000).fill(255);
  const next = replaceMatte(start, { width: 300, height: 40, alpha }, doubt);
  const history = remember(emptyHistory(), { what: "newMatte" }, changeBetween(start, next));
  const back = undo(history, next)!;
  expect(back.document.doubt).toBeNull();
  expect(back.dirty).not.toBeNull();
  expect(redo(back.history, back.document)!.document.doubt).toEqual(doubt);
});

test("the budget is 256 MB where nothing else is said", () => {
  expect([emptyHistory().budget, BUDGET]).toEqual([256 * 2 ** 20, 256 * 2 ** 20]);
});
