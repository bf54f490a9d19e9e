import type { Page } from "@playwright/test";
import { most, median } from "./page";

export interface Large {
  /** Milliseconds between frames while a stroke is drawn: median and 95 %. */
  readonly frames: readonly [number, number];
  /** Milliseconds from the key to the frame that shows it: median and worst. */
  readonly undo: readonly [number, number];
  readonly redo: readonly [number, number];
  /** Bytes that the page and its workers take before and after the strokes. */
  readonly memory: readonly [number, number];
  readonly strokes: number;
}

/** Strokes while frames are timed; more of them lie beside each other than a step's tiles. */
const FRAMES = 60;

/** Draws strokes on the photo that is open, and takes them back by keys. */
export async function paintLarge(page: Page, strokes: number): Promise<Large> {
  await page.keyboard.press("b");
  await watchKeys(page);
  await stroke(page, 0); // the first one warms up
  const before = await memoryOf(page);
  const gaps: number[] = [];
  for (let number = 1; number <= strokes; number++) {
    await page.keyboard.press(number % 2 ? "x" : "e");
    gaps.push(...(await stroke(page, number)));
  }
  const after = await memoryOf(page);
  const times = { undo: [] as number[], redo: [] as number[] };
  const keys = Math.min(10, strokes);
  for (let i = 0; i < keys; i++) times.undo.push(await keyTime(page, "Control+z"));
  for (let i = 0; i < keys; i++) times.redo.push(await keyTime(page, "Control+y"));
  const told = (values: number[]) => [median(values), Math.max(...values)] as const;
  return {
    frames: [median(gaps), most(gaps, 0.95)],
    undo: told(times.undo),
    redo: told(times.redo),
    memory: [before, after],
    strokes,
  };
}

declare global {
  interface Window {
    /** What the browser says of keys: milliseconds from the press to the next frame on the screen. */
    keyTimes: number[];
  }
}

function watchKeys(page: Page): Promise<void> {
  return page.evaluate(() => {
    window.keyTimes = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (entry.name === "keydown") window.keyTimes.push(entry.duration);
    }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
  });
}

/**
 * A wavy line across the photo, each at another height, with two moves of the pointer in every frame as a mouse gives
 * them; tells the milliseconds between frames. The events are made in the page: driven from outside they come too rarely.
 */
function stroke(page: Page, number: number): Promise<number[]> {
  return page.evaluate(
    async ([number, count]) => {
      const room = document.querySelector("[role=application]")!;
      const { left, top, width, height } = room.getBoundingClientRect();
      const fire = (type: string, step: number) =>
        room.dispatchEvent(
          new PointerEvent(type, {
            clientX: left + width * (0.25 + (0.5 * step) / count),
            clientY: top + height * (0.2 + 0.011 * (number % 50) + 0.03 * Math.sin(step / 4)),
            pointerType: "mouse",
            pointerId: 1,
            bubbles: true,
            isPrimary: true,
          }),
        );
      const frame = () => new Promise<number>(requestAnimationFrame);
      const gaps: number[] = [];
      fire("pointerdown", 0);
      let last = await frame();
      for (let step = 0; step < count; step++) {
        fire("pointermove", step + 0.5);
        fire("pointermove", step + 1);
        const now = await frame();
        gaps.push(now - last);
        last = now;
      }
      fire("pointerup", count);
      for (let rest = 0; rest < 4; rest++) await frame();
      return gaps;
    },
    [number, FRAMES] as const,
  );
}

async function keyTime(page: Page, key: string): Promise<number> {
  await page.evaluate(() => (window.keyTimes.length = 0));
  await page.keyboard.press(key);
  await page.waitForTimeout(400);
  const times = await page.evaluate(() => window.keyTimes);
  // What takes less than 16 ms the browser does not tell.
  return times.length ? Math.max(...times) : 16;
}

/** As the browser counts it, with all workers. */
export function memoryOf(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { measureUserAgentSpecificMemory: measure } = performance as unknown as {
      measureUserAgentSpecificMemory: () => Promise<{ bytes: number }>;
    };
    return (await measure.call(performance)).bytes;
  });
}
