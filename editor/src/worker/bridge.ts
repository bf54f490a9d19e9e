import type { Progress } from "./jobs";

/** A worker's jobs by name; see `PixelJobs`. */
type Jobs = { [name: string]: { takes: unknown; gives: unknown } };
type Asked = { id: number; name: string; takes: unknown } | { id: number; abort: true };
interface Held {
  readonly held: string;
}
type Answer =
  | { id: number; gives: unknown }
  | { id: number; progress: Progress }
  | { id: number; error: { name: string; message: string } };

/** Asks one job of a worker; rejects with the signal's reason when it is aborted. */
export type Ask<J> = <N extends keyof J & string>(
  signal: AbortSignal,
  name: N,
  takes: J[N] extends { takes: infer T } ? T : never,
  options?: { transfer?: Transferable[]; progress?: (at: Progress) => void },
) => Promise<J[N] extends { gives: infer G } ? G : never>;

/**
 * Returns the asking side of a worker that runs `serve`. One that dies (no memory, a crash, a script that does not load)
 * fails what it was doing with a `WorkerError`; the next job starts another, to which `greet` speaks first.
 */
export function connect<J>(start: () => Worker, greet: (ask: Ask<J>) => void = () => undefined): Ask<J> {
  const open = new Map<number, (answer: Answer) => void>();
  let last = 0;
  let alive: Worker | null = null;
  const lost = (dead: Worker, message: string) => {
    if (dead !== alive) return;
    alive = null;
    dead.terminate();
    for (const [id, settle] of open) settle({ id, error: { name: "WorkerError", message } });
  };
  const started = (): Worker => {
    if (alive) return alive;
    const worker = (alive = start());
    worker.onmessage = (event: MessageEvent<Answer | Held>) => {
      if ("held" in event.data) whenFree(event.data.held, () => lost(worker, "it ended"));
      else open.get(event.data.id)?.(event.data);
    };
    worker.onerror = (event) => lost(worker, event.message);
    greet(ask);
    return worker;
  };
  const ask: Ask<J> = (signal, name, takes, options = {}) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const worker = started();
      const id = ++last;
      worker.postMessage({ id, name, takes } satisfies Asked, options.transfer ?? []);
      const close = () => {
        open.delete(id);
        signal.removeEventListener("abort", abort);
      };
      const abort = () => {
        close();
        worker.postMessage({ id, abort: true } satisfies Asked);
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort);
      open.set(id, (answer) => {
        if ("progress" in answer) return options.progress?.(answer.progress);
        close();
        if ("error" in answer)
          reject(Object.assign(new Error(answer.error.message), { name: answer.error.name }));
        else resolve(answer.gives as never);
      });
    });
  started();
  return ask;
}

/** Calls when nobody holds a lock any more: no event tells that a worker has died, but what it held becomes free. */
function whenFree(lock: string, free: () => void): void {
  void navigator.locks.request(lock, free);
}

/** Holds a lock for as long as this worker lives, and says its name; without locks (plain HTTP) deaths go unseen. */
function hold(): void {
  const held = `alphacut-worker-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`;
  void navigator.locks?.request(held, () => {
    self.postMessage({ held } satisfies Held);
    return new Promise<never>(() => undefined);
  });
}

/** What a worker does for each job; it should look at the signal between its steps. */
export type Handlers<J> = {
  [N in keyof J]: (
    signal: AbortSignal,
    takes: J[N] extends { takes: infer T } ? T : never,
    progress: (at: Progress) => void,
  ) => Promise<{ gives: J[N] extends { gives: infer G } ? G : never; transfer?: Transferable[] }>;
};

/** Answers jobs inside a worker. */
export function serve<J extends { [N in keyof J]: Jobs[string] }>(handlers: Handlers<J>): void {
  const running = new Map<number, AbortController>();
  hold();
  self.onmessage = async (event: MessageEvent<Asked>) => {
    const asked = event.data;
    if ("abort" in asked) return running.get(asked.id)?.abort();
    const controller = new AbortController();
    running.set(asked.id, controller);
    try {
      const handler = handlers[asked.name as keyof J] as Handlers<Jobs>[string];
      const progress = (at: Progress) => self.postMessage({ id: asked.id, progress: at } satisfies Answer);
      const { gives, transfer } = await handler(controller.signal, asked.takes, progress);
      if (!controller.signal.aborted)
        self.postMessage({ id: asked.id, gives } satisfies Answer, { transfer: transfer ?? [] });
    } catch (error) {
      const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
      if (!controller.signal.aborted)
        self.postMessage({ id: asked.id, error: { name, message } } satisfies Answer);
    } finally {
      running.delete(asked.id);
    }
  };
}
