import { expect, test } from "vitest";
import { PLAIN_EDGES, type Document } from "../../document/types";
import { imagePoint, type Rect } from "../../geometry/points";
import type { MattePatch } from "../../history/patch";
import type { Gesture, Tool, Touch } from "../../tools/tool";
import { Painting, type Begun } from "./painting";

const size = { width: 8, height: 1 };
const touch = (x: number): Touch => ({ at: imagePoint(x, 0), pressure: 1, shift: false, alt: false });
const pixel = (x: number): Rect => ({ left: x, top: 0, right: x + 1, bottom: 1 });

/** A tool that sets the pixel it touches, and whose end takes as long as `wait` does. */
function toolOf(wait: (signal: AbortSignal) => Promise<void>): Tool {
  return {
    name: "dot",
    key: "d",
    begin(_document, working): Gesture {
      const before = working.slice();
      const cancel = () => working.set(before);
      return {
        move: ({ at }) => {
          working[at.x] = 255;
          return pixel(at.x);
        },
        cancel,
        async end(signal) {
          await wait(signal).catch((error: unknown) => {
            cancel();
            throw error;
          });
          return { bounds: { left: 0, top: 0, right: 8, bottom: 1 }, tiles: [], bytes: 0 };
        },
      };
    },
  };
}

function set(wait: (signal: AbortSignal) => Promise<void> = async () => undefined) {
  const working = new Uint8Array(8);
  const photo = { ...size, name: "", pixels: new Uint8ClampedArray(32), ownAlpha: null };
  const matte = { ...size, alpha: working.slice() };
  const document: Document = { id: "1", photo, matte, edges: PLAIN_EDGES, look: {}, doubt: null };
  const settings = { size: 1, hardness: 1, opacity: 1, mode: "restore" } as const;
  const begun: Begun = { tool: toolOf(wait), document, working, settings };
  const heard = { painted: [] as Rect[], patched: [] as MattePatch[], failed: [] as unknown[] };
  const painting = new Painting({
    painted: (rect) => heard.painted.push(rect),
    patched: (patch) => heard.patched.push(patch),
    failed: (error) => heard.failed.push(error),
  });
  return { working, begun, heard, painting };
}

test("a stroke paints from its first touch, tells where, and ends with its patch", async () => {
  const { working, begun, heard, painting } = set();
  painting.begin(begun, touch(1));
  expect([...working]).toEqual([0, 255, 0, 0, 0, 0, 0, 0]);
  painting.move([touch(2), touch(4)]);
  expect(heard.painted).toEqual([pixel(1), { left: 2, top: 0, right: 5, bottom: 1 }]);
  await painting.end();
  expect(heard.patched).toHaveLength(1);
  expect(painting.busy).toBe(false);
});

test("what is taken back is drawn again where it was", () => {
  const { working, begun, heard, painting } = set();
  painting.begin(begun, touch(1));
  painting.move([touch(3)]);
  expect(painting.cancel()).toBe(true);
  expect(Math.max(...working)).toBe(0);
  expect(heard.painted.at(-1)).toEqual({ left: 1, top: 0, right: 4, bottom: 1 });
  expect(painting.cancel()).toBe(false);
});

test("nothing else paints while the end is worked out, and stopping that is no failure", async () => {
  const { working, begun, heard, painting } = set(
    (signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
  );
  painting.begin(begun, touch(1));
  const ended = painting.end();
  expect(painting.solving).toBe(true);
  painting.begin(begun, touch(5));
  painting.move([touch(6)]);
  expect([...working]).toEqual([0, 255, 0, 0, 0, 0, 0, 0]);
  expect(painting.cancel()).toBe(true);
  await ended;
  expect(Math.max(...working)).toBe(0);
  expect(heard).toMatchObject({ patched: [], failed: [] });
  expect(heard.painted.at(-1)).toEqual(pixel(1));
  expect(painting.busy).toBe(false);
});

test("a failure is told and leaves the matte as it was", async () => {
  const { working, begun, heard, painting } = set(() => Promise.reject(new Error("no room")));
  painting.begin(begun, touch(1));
  await painting.end();
  expect(heard.failed).toEqual([new Error("no room")]);
  expect(heard.patched).toEqual([]);
  expect(Math.max(...working)).toBe(0);
  expect(painting.busy).toBe(false);
});
