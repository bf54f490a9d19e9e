const NAME = "alphacut-work";
/** Milliseconds in which another tab would have answered. */
const PATIENCE = 250;

/**
 * Asks for the turn to write. `granted` is called at once or when the tab that has it is closed; the promise says
 * which. Web Locks decide where the browser has them (secure pages only), else the tabs ask each other.
 */
export async function askForTurn(
  signal: AbortSignal,
  granted: () => void,
  name = NAME,
): Promise<"ours" | "theirs"> {
  signal.throwIfAborted();
  return globalThis.navigator?.locks ? byLock(signal, granted, name) : byWord(signal, granted, name);
}

async function byLock(signal: AbortSignal, granted: () => void, name: string): Promise<"ours" | "theirs"> {
  const hold = () => new Promise<void>((done) => signal.addEventListener("abort", () => done()));
  const first = await new Promise<boolean>((tell) => {
    void navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      tell(lock !== null);
      return lock ? hold() : undefined;
    });
  });
  if (first) return (granted(), "ours");
  void navigator.locks.request(name, { signal }, () => (granted(), hold())).catch(() => undefined); // aborted: the page no longer waits
  return "theirs";
}

async function byWord(signal: AbortSignal, granted: () => void, name: string): Promise<"ours" | "theirs"> {
  const channel = new BroadcastChannel(name);
  signal.addEventListener("abort", () => channel.close());
  let mine = false;
  let taken = false;
  channel.onmessage = ({ data }) => {
    if (data === "here") taken = true;
    else if (data === "anyone?" && mine) channel.postMessage("here");
  };
  channel.postMessage("anyone?");
  await new Promise((wait) => setTimeout(wait, PATIENCE));
  if (taken) return "theirs";
  mine = true;
  granted();
  return "ours";
}
