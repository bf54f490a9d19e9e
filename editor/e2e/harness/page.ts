/** The page with small stand-ins for the workers and the service: drawn mattes, plain mixing, nothing hidden. */
import { mount } from "svelte";
import App from "../../src/ui/App.svelte";
import Canvas from "../../src/ui/canvas/Canvas.svelte";
import type { Engine, Server } from "../../src/ui/engine";
import { BUNDLED } from "../../src/ui/recipe/options";
import { toolEntries } from "../../src/ui/tools";
import { checkProduct } from "../../src/pixels/compose/check";
import { ServerError } from "../../src/api/client";
import { Key } from "../../src/ui/key.svelte";
import { connect, type Ask } from "../../src/worker/bridge";
import type { MatteJobs, PixelJobs } from "../../src/worker/jobs";
import { composed, decoded, enlarged, ellipse, exported, shrunk } from "./stand_in";

/** What a test can turn. */
export const lab = {
  /** Milliseconds that the network takes. */
  slow: 60,
  /** Whether the server is gone. */
  gone: false,
  /** How often the server says that it has too much to do. */
  busy: 0,
};
declare global {
  interface Window {
    rig: typeof lab;
  }
}
window.rig = lab;

const rest = (signal: AbortSignal, time: number) =>
  new Promise<void>((done, fail) => {
    const timer = setTimeout(done, time);
    signal.addEventListener("abort", () => (clearTimeout(timer), fail(signal.reason as Error)));
  });

const JOBS: { [N in keyof PixelJobs]: (takes: PixelJobs[N]["takes"]) => Promise<PixelJobs[N]["gives"]> } = {
  decode: ({ file }) => decoded(file),
  shrink: ({ photo, side }) => shrunk(photo, side),
  enlarge: async ({ photo, matte }) => enlarged(photo, matte),
  compose: async (takes) => composed(takes),
  export: async (takes) => ({ file: await exported(composed(takes), takes.format), notes: [] }),
  check: async ({ picture, format, preset }) =>
    checkProduct({ picture, format, bytes: (await exported(picture, format)).size }, preset),
  solve: async ({ matte, within }) => ({ alpha: matte.alpha, within }),
};

const standIn: Ask<PixelJobs> = async (signal, name, takes) => {
  signal.throwIfAborted();
  const gives = await JOBS[name](takes as never);
  signal.throwIfAborted();
  return gives as never;
};

/** `?worker`: the real pixel worker, so that only the network is stood in for. */
const pixels = new URLSearchParams(location.search).has("worker")
  ? connect<PixelJobs>(
      () => new Worker(new URL("../../src/worker/pixels.worker.ts", import.meta.url), { type: "module" }),
    )
  : standIn;

const device: Ask<MatteJobs> = async (signal, name, takes, options) => {
  if (name === "wake") return null as never;
  if (name === "prepare") return { engine: "wasm", model: "drawn", notes: [] } as never;
  for (let part = 0; part < 4; part++) {
    options?.progress?.({ what: "Fetching the network", done: part * 25, all: 100 });
    await rest(signal, lab.slow / 4);
  }
  return ellipse((takes as MatteJobs["matte"]["takes"]).photo) as never;
};

const server: Server = {
  key: new Key(),
  offer: async () => BUNDLED,
  async matte(signal, copy) {
    await rest(signal, lab.slow);
    if (lab.busy-- > 0) throw new ServerError("The server is busy.", 503, 1);
    if (!lab.gone) return ellipse(copy);
    throw new ServerError("The server does not answer.");
  },
};

const engine: Engine = {
  pixels,
  device,
  server,
  tools: toolEntries((signal, takes) => pixels(signal, "solve", takes)),
  refusals: {
    match: "Matching a finished listing needs the command line.",
    "shadow=keep": "Needs the service.",
  },
  Canvas,
};

const target = document.getElementById("app");
if (target) mount(App, { target, props: { engine } });
