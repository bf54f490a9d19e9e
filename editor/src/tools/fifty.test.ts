import { expect, test } from "vitest";
import { applyPatch } from "../document/actions";
import { PLAIN_EDGES, type Document } from "../document/types";
import { painted } from "../history/change";
import { BUDGET, emptyHistory, redo, remember, undo } from "../history/history";
import { settingsOf, signal, touchAt } from "../testing/drawn";
import { brush } from "./brush/brush";

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
const wave = (k: number, phase = 0) => touchAt(200 + k * 55, 2000 + 1500 * Math.sin(k / 12 + phase));

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
    expect([now.history.done.length, now.history.dropped]).toEqual([50, 0]);
    expect(now.history.bytes).toBeLessThanOrEqual(BUDGET);
    const last = now.document.matte.alpha;
    for (let k = 0; k < 50; k++) now = undo(now.history, now.document)!;
    expect(Buffer.compare(now.document.matte.alpha, document.matte.alpha)).toBe(0);
    for (let k = 0; k < 50; k++) now = redo(now.history, now.document)!;
    expect(Buffer.compare(now.document.matte.alpha, last)).toBe(0);
  },
  SLOW,
);
