import { connect, type Ask } from "./bridge";
import type { MatteJobs } from "./jobs";

/** Starts the network's worker; nothing is fetched before a job needs it. `base` is where the page is. */
export function openMatte(
  base: string = document.baseURI,
  software = false,
): { ask: Ask<MatteJobs>; close(): void } {
  let worker: Worker;
  const start = () =>
    (worker = new Worker(new URL("./matte.worker.ts", import.meta.url), { type: "module", name: "matte" }));
  const ask = connect<MatteJobs>(start, (ask) => {
    void ask(new AbortController().signal, "at", { base, software }).catch(() => undefined); // the next job says why
  });
  return { ask, close: () => worker.terminate() };
}
