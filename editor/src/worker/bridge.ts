import type { Progress } from "./jobs";

/** A worker's jobs by name; see `PixelJobs`. */
type Jobs = { [name: string]: { takes: unknown; gives: unknown } };
type Asked = { id: number; name: string; takes: unknown } | { id: number; abort: true };
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

/** Returns the asking side of a worker that runs `serve`. */
export function connect<J>(worker: Worker): Ask<J> {
  const open = new Map<number, (answer: Answer) => void>();
  let last = 0;
  worker.onmessage = (event: MessageEvent<Answer>) => open.get(event.data.id)?.(event.data);
  worker.onerror = (event) => {
    for (const [id, settle] of open) settle({ id, error: { name: "WorkerError", message: event.message } });
  };
  return (signal, name, takes, options = {}) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const id = ++last;
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
      worker.postMessage({ id, name, takes } satisfies Asked, options.transfer ?? []);
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
