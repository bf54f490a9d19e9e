import type { Doubt, Matte } from "../../document/types";
import { deviceStrings } from "../../ui/strings.device";
import type { Device, Progress } from "../jobs";
import { getWeights, listWeights } from "../weights/fetch";
import { fitFor } from "./fit";
import { doubtOf } from "./doubt";
import type { Pixels } from "./resample";
import { MatteError, openNetwork, type Network } from "./session";
import { matteOf, tensorOf } from "./tensor";

type Report = (at: Progress) => void;

/** What this device cuts photos out with: one network, loaded at the first photo and kept; photos one at a time. */
export class Cutting {
  private base = "./";
  private software = false;
  private open: { network: Network; notes: readonly string[] } | null = null;
  private last: Promise<unknown> = Promise.resolve();

  /** Says where the page is; lists of weights are looked for there. */
  at(base: string, software = false): null {
    this.base = base;
    this.software = software;
    return null;
  }

  async prepare(signal: AbortSignal, progress: Report): Promise<Device> {
    return this.inTurn(async () => {
      const { network, notes } = await this.opened(signal, progress);
      return { engine: network.engine, model: network.listed.name, notes };
    });
  }

  async matte(signal: AbortSignal, photo: Blob, progress: Report): Promise<{ matte: Matte; doubt: Doubt }> {
    return this.inTurn(async () => {
      signal.throwIfAborted();
      const pixels = await read(photo);
      const { network } = await this.opened(signal, progress);
      signal.throwIfAborted();
      progress({ what: deviceStrings.progress.matte, done: 0, all: null });
      const fit = fitFor(pixels, network.listed);
      const input = tensorOf(pixels, fit, network.listed);
      const answer = await this.run(network, input, fit.target);
      signal.throwIfAborted();
      const matte = matteOf(answer, fit, network.listed);
      return { matte, doubt: doubtOf(pixels, matte) };
    });
  }

  private async run(network: Network, input: Float32Array, target: { width: number; height: number }) {
    try {
      return await network.run(input, target.width, target.height);
    } catch (error) {
      // A session that failed (a lost device, no memory) may fail for ever: the next photo gets a new one.
      this.open = null;
      await network.release().catch(() => undefined);
      throw new MatteError(deviceStrings.matte.failed(wordsOf(error)));
    }
  }

  private async opened(signal: AbortSignal, progress: Report) {
    if (this.open) return this.open;
    const list = await listWeights(signal, this.base);
    const notes: string[] = [];
    const opened = await openNetwork(async (precision) => {
      const listed = list.models.find((model) => model.precision === precision);
      if (!listed) return null;
      const weights = await getWeights(signal, list, listed, progress);
      notes.push(...weights.notes);
      progress({ what: deviceStrings.progress.network, done: 0, all: null });
      return weights;
    }, this.software).catch((error: unknown) => {
      if (error instanceof Error && ["AbortError", "WeightsError", "MatteError"].includes(error.name))
        throw error;
      throw new MatteError(deviceStrings.matte.failed(wordsOf(error)));
    });
    this.open = { network: opened.network, notes: [...notes, ...opened.notes] };
    return this.open;
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
