import { expect, test } from "vitest";
import { applyPatch } from "../document/actions";
import { PLAIN_EDGES, type Document } from "../document/types";
import { painted } from "../history/change";
import { BUDGET, emptyHistory, redo, remember, undo } from "../history/history";
import { difference } from "../history/tiles";
import { settingsOf, signal, touchAt } from "../testing/drawn";
import { brush } from "./brush/brush";
import { edge } from "./edge/edge";
import { lasso } from "./lasso/lasso";
import { part } from "./part/part";
import type { Tool, ToolSettings } from "./tool";

/** Prints times at 24 MP; only what does not hang on the machine is asserted. */

const [width, height] = [6000, 4000];
const SLOW = 120_000;

/** A big disc with a soft, noisy rim, as hair gives; colours in slow waves. */
function photo24(): Document {
  const alpha = new Uint8Array(width * height);
  const pixels = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const far = Math.sqrt((x - 3000) ** 2 + (y - 2000) ** 2) - 1500;
      const noise = (Math.imul(at, 2654435761) >>> 24) - 128;
      alpha[at] = far < -100 ? 255 : far > 100 ? 0 : Math.max(0, Math.min(255, 128 - far * 1.2 + noise));
      pixels[4 * at] = far < 0 ? 150 + (x >> 7) : 60;
      pixels[4 * at + 1] = 90 + (y >> 8);
      pixels[4 * at + 2] = 100;
    }
  const photo = { name: "24.png", width, height, pixels, ownAlpha: null };
  return { id: "24", photo, matte: { width, height, alpha }, edges: PLAIN_EDGES, look: {}, doubt: null };
}

const document = photo24();
const say = (what: string, milliseconds: number): void =>
  console.info(`24 MP, ${what}: ${milliseconds.toFixed(1)} ms of processor time`);

/** Milliseconds that the process has worked: on a machine that others use too a clock would tell of them. */
function worked(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function timed<T>(work: () => T): { result: T; took: number } {
  const begun = worked();
  return { result: work(), took: worked() - begun };
}

const wave = (k: number, phase = 0) => touchAt(200 + k * 55, 2000 + 1500 * Math.sin(k / 12 + phase));

async function stroked(name: string, tool: Tool, settings: ToolSettings): Promise<void> {
  const working = document.matte.alpha.slice();
  const gesture = tool.begin(document, working, settings, wave(0));
  const moves = Array.from({ length: 100 }, (_, k) => timed(() => gesture.move(wave(k))).took).slice(1);
  const begun = worked();
  const patch = await gesture.end(signal());
  moves.sort((a, b) => a - b);
  say(`${name}, median of moves of some 110 px`, moves[50]!);
  say(`${name}, slowest but one of 99 moves`, moves.at(-2)!);
  say(`${name}, end (${((patch?.bytes ?? 0) / 2 ** 20).toFixed(1)} MiB)`, worked() - begun);
  expect(patch).not.toBeNull();
}

test(
  "strokes of a 300 px brush",
  async () => {
    const set = { size: 300, opacity: 0.9, mode: "erase" } as const;
    await stroked("soft brush", brush(), settingsOf({ ...set, hardness: 0 }));
    await stroked("soft brush again", brush(), settingsOf({ ...set, hardness: 0 }));
    await stroked("hard brush", brush(), settingsOf({ ...set, hardness: 1 }));
    await stroked("edge brush", edge(), settingsOf({ ...set, hardness: 0.5 }));
  },
  SLOW,
);

test(
  "fifty long strokes stay in the budget, and undo all of them",
  async () => {
    let now = { document, history: emptyHistory() };
    const working = document.matte.alpha.slice();
    for (let k = 0; k < 50; k++) {
      const set = settingsOf({ size: 300, hardness: (k % 5) / 4, mode: k % 2 ? "erase" : "restore" });
      const gesture = brush().begin(now.document, working, set, wave((k % 3) * 30, k));
      for (let at = 0; at < 30; at += 3) gesture.move(wave(at + (k % 3) * 30, k));
      const patch = (await gesture.end(signal()))!;
      now = {
        document: applyPatch(now.document, patch),
        history: remember(now.history, { what: "erase" }, painted(patch)),
      };
    }
    console.info(`24 MP, 50 strokes of some 2500 px: ${(now.history.bytes / 2 ** 20).toFixed(1)} MiB`);
    expect([now.history.done.length, now.history.dropped]).toEqual([50, 0]);
    expect(now.history.bytes).toBeLessThanOrEqual(BUDGET);
    const last = now.document.matte.alpha;
    const backs: number[] = [];
    for (let k = 0; k < 50; k++) {
      const { result, took } = timed(() => undo(now.history, now.document)!);
      now = result;
      backs.push(took);
    }
    backs.sort((a, b) => a - b);
    say("undo of a stroke, median of 50", backs[25]!);
    say("undo of a stroke, slowest of 50", backs.at(-1)!);
    expect(Buffer.compare(now.document.matte.alpha, document.matte.alpha)).toBe(0);
    for (let k = 0; k < 50; k++) now = redo(now.history, now.document)!;
    expect(Buffer.compare(now.document.matte.alpha, last)).toBe(0);
  },
  SLOW,
);

test(
  "the whole matte at once: replaced, lassoed, a part dropped",
  async () => {
    const other = document.matte.alpha.map((value) => 255 - value);
    const replaced = timed(() => difference(document.matte.alpha, other, document.matte)!);
    say(`another matte as a patch (${(replaced.result.bytes / 2 ** 20).toFixed(1)} MiB)`, replaced.took);
    say("undo of that", timed(() => applyPatch(document, replaced.result, "before")).took);
    const working = document.matte.alpha.slice();
    const corners = [wave(0), touchAt(5900, 100), touchAt(5800, 3900), touchAt(100, 3800)];
    const around = lasso().begin(document, working, settingsOf({ hardness: 0, size: 300 }), corners[0]!);
    for (const corner of corners) around.move(corner);
    let begun = worked();
    expect(await around.end(signal())).not.toBeNull();
    say("lasso around nearly everything, as soft as can be", worked() - begun);
    around.cancel();
    const click = part().begin(
      document,
      working,
      settingsOf({ mode: "erase", tolerance: 1 }),
      touchAt(3000, 2000),
    );
    begun = worked();
    expect(await click.end(signal())).not.toBeNull();
    say("part of 7 MP dropped", worked() - begun);
    const all = document.matte.alpha.fill(255);
    const every = part().begin(
      document,
      all,
      settingsOf({ mode: "erase", tolerance: 1 }),
      touchAt(3000, 2000),
    );
    begun = worked();
    await every.end(signal());
    say("part of 24 MP dropped", worked() - begun);
  },
  SLOW,
);
