import type { InferenceSession, Tensor } from "onnxruntime-web/wasm";
import { deviceStrings } from "../../ui/strings.device";
import type { Listed } from "../weights/list";
import { graphics, processor, type Runtime } from "./runtime";

export class MatteError extends Error {
  override readonly name = "MatteError";
}

/** A network that is loaded. */
export interface Network {
  readonly listed: Listed;
  readonly engine: "webgpu" | "wasm";
  run(input: Float32Array, width: number, height: number): Promise<Float32Array>;
  release(): Promise<void>;
}

/** What gives a network its file; asked only for the one that will be run. */
export type Give = (precision: Listed["precision"]) => Promise<{ listed: Listed; data: Uint8Array } | null>;

/** Sides of the picture of the self-test, in the network's smallest steps. */
const TEST_STEPS = 2;
/** Largest difference at a pixel that rounding may make between two engines. */
const SAME = 0.02;

/** Loads a network where it runs best: graphics if they pass the self-test, else the processor. */
export async function openNetwork(
  give: Give,
  software: boolean,
): Promise<{ network: Network; notes: string[] }> {
  const notes: string[] = [];
  const gpu = await graphics(software);
  if (gpu) {
    const weights = await give("f16");
    const network = weights && (await tested(gpu, weights.listed, weights.data, notes));
    if (network) return { network, notes };
  }
  const cpu = await processor();
  if (cpu.threads === 1) notes.push(deviceStrings.matte.alone);
  const weights = (await give("int8")) ?? (await give("f16"));
  if (!weights) throw new MatteError(deviceStrings.weights.none);
  return { network: await load(cpu, "wasm", weights.listed, weights.data), notes };
}

async function tested(
  runtime: Runtime,
  listed: Listed,
  data: Uint8Array,
  notes: string[],
): Promise<Network | null> {
  let network: Network | null = null;
  try {
    network = await load(runtime, "webgpu", listed, data);
    if (await agrees(runtime, network, data)) return network;
    notes.push(deviceStrings.matte.notWebgpu);
  } catch {
    notes.push(deviceStrings.matte.noWebgpu); // drivers fail in ways of their own; the processor does not
  }
  await network?.release().catch(() => undefined);
  return null;
}

async function agrees(runtime: Runtime, network: Network, data: Uint8Array): Promise<boolean> {
  const { listed } = network;
  const [width, height] =
    listed.fit === "aspect"
      ? [listed.multiple * TEST_STEPS, listed.multiple * TEST_STEPS]
      : [listed.size[0], listed.size[1]];
  const picture = testPicture(width, height, listed);
  const sure = await load(runtime, "wasm", listed, data);
  try {
    const [wanted, got] = [await sure.run(picture, width, height), await network.run(picture, width, height)];
    return wanted.every((value, i) => Math.abs(value - got[i]!) <= SAME);
  } finally {
    await sure.release();
  }
}

/** A bright disc on a dark ramp: something to find, and every value in between. */
function testPicture(width: number, height: number, listed: Listed): Float32Array {
  return Float32Array.from({ length: 3 * width * height }, (_, i) => {
    const c = Math.floor(i / (width * height));
    const [x, y] = [(i % width) / width - 0.5, (Math.floor(i / width) % height) / height - 0.5];
    const value = Math.hypot(x, y) < 0.3 ? 0.9 - 0.2 * c : 0.2 + 0.3 * (x + 0.5);
    return (value - listed.mean[c]!) / listed.std[c]!;
  });
}

async function load(
  runtime: Runtime,
  engine: Network["engine"],
  listed: Listed,
  data: Uint8Array,
): Promise<Network> {
  const { ort } = runtime;
  const session: InferenceSession = await ort.InferenceSession.create(data, {
    executionProviders: [engine],
    logSeverityLevel: 3,
  });
  const [input, output] = [session.inputNames[0]!, session.outputNames[0]!];
  return {
    listed,
    engine,
    async run(values, width, height) {
      const fed: Tensor = new ort.Tensor("float32", values, [1, 3, height, width]);
      const answer = (await session.run({ [input]: fed }))[output]!;
      const data = (await answer.getData()) as Float32Array;
      fed.dispose();
      answer.dispose();
      return data;
    },
    release: () => session.release(),
  };
}
