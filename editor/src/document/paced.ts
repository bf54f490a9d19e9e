/** Milliseconds of work between two chances for the page to draw and to hear of an abort. */
const SLICE = 16;

/** Does a long piece of work a slice at a time, so that the page stays alive; rejects when the signal is aborted. */
export async function paced<T>(signal: AbortSignal, work: Generator<void, T>): Promise<T> {
  for (;;) {
    const until = performance.now() + SLICE;
    do {
      signal.throwIfAborted();
      const step = work.next();
      if (step.done) return step.value;
    } while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Does it all at once. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
