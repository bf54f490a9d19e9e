import { connectServer } from "../api/client";
import { UNSUPPORTED } from "../pixels/compose/options";
import { connect } from "../worker/bridge";
import type { PixelJobs } from "../worker/jobs";
import { openMatte } from "../worker/matte";
import Canvas from "./canvas/Canvas.svelte";
import type { Engine, Server } from "./engine";
import { Key } from "./key.svelte";
import { offerOf } from "./recipe/options";
import { strings } from "./strings";
import { toolEntries } from "./tools";

/** The options that only the network's own run heeds, which the page asks for the plain matte alone. */
const NETWORKS = ["edges", "extend", "source_alpha"];

/** The page with its workers and the service it came from. */
export function plugIn(): Engine {
  const pixels = connect<PixelJobs>(
    () =>
      new Worker(new URL("../worker/pixels.worker.ts", import.meta.url), { type: "module", name: "pixels" }),
  );
  const ours = Object.fromEntries(NETWORKS.map((name) => [name, strings.controls.networks]));
  return {
    pixels,
    device: typeof WebAssembly === "object" ? openMatte().ask : null,
    server: import.meta.env.MODE === "static" ? null : serverOf(), // of a static page there is none
    tools: toolEntries((signal, takes) => pixels(signal, "solve", takes)),
    refusals: { ...ours, ...UNSUPPORTED },
    Canvas,
  };
}

function serverOf(): Server {
  const key = new Key();
  const client = connectServer(document.baseURI, () => key.value);
  return {
    key,
    matte: (signal, copy) => client.matte(signal, copy),
    async offer(signal) {
      const [schema, told] = await Promise.all([client.schema(signal), client.presets(signal)]);
      return offerOf(schema, (told as { presets?: unknown }).presets);
    },
  };
}
