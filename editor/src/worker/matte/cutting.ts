import type { Doubt, Matte } from "../../document/types";
import { deviceStrings } from "../../ui/strings.device";
import type { Device, Progress } from "../jobs";
import { toBytes, type Plane } from "../../pixels/planes/plane";
import { resize } from "../../pixels/planes/resize";
import { areKept, getWeights, listWeights } from "../weights/fetch";
import { fitFor } from "./fit";
import { doubtOf } from "./doubt";
import { fuse } from "./fuse";
import type { Pixels } from "./resample";
import { MatteError, openNetwork, type Give, type Network } from "./session";
import { answerOf, tensorOf } from "./tensor";

type Report = (at: Progress) => void;

interface Opened {
  readonly networks: readonly Network[];
  readonly notes: readonly string[];
}

/** What this device cuts photos out with: the listed networks, joined where there are two, loaded at the first photo. */
export class Cutting {
  private base = "./";
  private software = false;
  private open: Opened | null = null;
  private last: Promise<unknown> = Promise.resolve();

  /** `broken` is called after a failure that a new worker may not have. */
  constructor(private readonly broken: () => void) {}

  /** Says where the page is; lists of weights are looked for there. */
  at(base: string, software = false): null {
    this.base = base;
    this.software = software;
    return null;
  }

  async wake(signal: AbortSignal): Promise<null> {
    return this.inTurn(async () => {
      if (await areKept()) await this.opened(signal, () => undefined);
      return null;
    });
  }

  async prepare(signal: AbortSignal, progress: Report): Promise<Device> {
    return this.inTurn(async () => {
      const { networks, notes } = await this.opened(signal, progress);
      const model = networks.map((network) => network.listed.name).join("+");
      return { engine: networks[0]!.engine, model, notes };
    });
  }

  async matte(signal: AbortSignal, photo: Blob, progress: Report): Promise<{ matte: Matte; doubt: Doubt }> {
    return this.inTurn(async () => {
      signal.throwIfAborted();
      const pixels = await read(photo);
      const { networks } = await this.opened(signal, progress);
      const opinions: Plane[] = [];
      for (const [done, network] of networks.entries()) {
        signal.throwIfAborted();
        progress({
          what: deviceStrings.progress.matte,
          done,
          all: networks.length > 1 ? networks.length : null,
        });
        opinions.push(await this.answer(network, pixels, opinions[0]));
      }
      signal.throwIfAborted();
      const alpha = opinions.reduce((first, second) => fuse(first, second));
      const matte = { width: alpha.width, height: alpha.height, alpha: toBytes(alpha) };
      return { matte, doubt: doubtOf(pixels, alpha, opinions) };
    });
  }

  /** A network's answer, of the size of the one before it. */
  private async answer(network: Network, pixels: Pixels, before: Plane | undefined): Promise<Plane> {
    const { listed } = network;
    const fit = fitFor(pixels, listed);
    const { width, height } = fit.target;
    try {
      const answer = answerOf(await network.run(tensorOf(pixels, fit, listed), width, height), fit, listed);
      return before ? resize(answer, before.width, before.height) : answer;
    } catch (error) {
      // What failed (a lost device, no memory) may fail for ever, and WASM never gives memory back.
      this.broken();
      throw new MatteError(deviceStrings.matte.failed(wordsOf(error)));
    }
  }

  private async opened(signal: AbortSignal, progress: Report): Promise<Opened> {
    if (this.open) return this.open;
    const list = await listWeights(signal, this.base);
    const networks: Network[] = [];
    const notes = new Set<string>();
    let before = 0;
    for (const name of new Set(list.models.map((model) => model.name))) {
      const give: Give = async (precision) => {
        const ofKind = list.models.filter((model) => model.precision === precision);
        const listed = ofKind.find((model) => model.name === name);
        if (!listed) return null;
        const all = ofKind.reduce((sum, { bytes }) => sum + bytes, 0);
        const counted = (at: Progress) => progress({ ...at, done: before + at.done, all });
        const weights = await getWeights(signal, list, listed, counted);
        before += listed.bytes;
        for (const note of weights.notes) notes.add(note);
        progress({ what: deviceStrings.progress.network, done: 0, all: null });
        return weights;
      };
      const opened = await this.load(give);
      networks.push(opened.network);
      for (const note of opened.notes) notes.add(note);
    }
    return (this.open = { networks, notes: [...notes] });
  }

  private async load(give: Give) {
    return openNetwork(give, this.software).catch((error: unknown) => {
      if (error instanceof Error && ["AbortError", "WeightsError", "MatteError"].includes(error.name))
        throw error;
      this.broken();
      throw new MatteError(deviceStrings.matte.failed(wordsOf(error)));
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.last.then(work, work);
    this.last = next.catch(() => undefined);
    return next;
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Decodes a picture upright, in sRGB, on the grey that stands behind transparency in Python too. */
async function read(photo: Blob): Promise<Pixels> {
  const bitmap = await createImageBitmap(photo).catch(() => {
    throw new MatteError(deviceStrings.matte.unreadable);
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new MatteError(deviceStrings.matte.unreadable);
  context.fillStyle = "rgb(128 128 128)";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}
