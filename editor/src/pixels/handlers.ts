/** What the pixel worker does for each job. */
import type { Edges, Matte, Photo } from "../document/types";
import type { Handlers } from "../worker/bridge";
import type { PixelJobs } from "../worker/jobs";
import { parseBackdrop } from "./compose/backdrops";
import { checkProduct } from "./compose/check";
import { limitsOf, readLook, type Look } from "./compose/options";
import { alphaOf, coloursOf, finish, type Finished } from "./cutout";
import { decode } from "./decode/decode";
import { shrinkToFile } from "./decode/shrink";
import { PixelError } from "./errors";
import { encodeWithin } from "./export/encode";
import { fingerprint } from "./fingerprint";
import { fromBytes, toBytes, type Picture } from "./planes/plane";
import { enlarge } from "./refine/refine";
import { solveWithin } from "./refine/solve";

type Composing = PixelJobs["compose"]["takes"];

export const handlers: Handlers<PixelJobs> = {
  async decode(signal, { file }) {
    const photo = await decode(signal, file);
    return { gives: photo, transfer: buffersOf(photo.pixels, photo.ownAlpha) };
  },
  async shrink(_signal, { photo, side }) {
    return { gives: await shrinkToFile(photo, side) };
  },
  async enlarge(_signal, { photo, matte }) {
    const large = toBytes(enlarge(photo, fromBytes(matte.alpha, matte.width, matte.height)));
    const own = photo.ownAlpha;
    if (own) for (let i = 0; i < large.length; i++) large[i] = Math.round((large[i]! * own[i]!) / 255);
    return { gives: matteOf(photo, large), transfer: buffersOf(large) };
  },
  async compose(signal, takes) {
    const { width, height, pixels, notes } = await composed(signal, takes);
    return { gives: { width, height, pixels, notes }, transfer: buffersOf(pixels) };
  },
  async export(signal, takes) {
    const picture = await composed(signal, takes);
    const preset = limitsOf(readLook(takes.look));
    const asked = Math.min(takes.quality, preset.quality);
    const limit = takes.maxBytes ?? preset.maxBytes;
    const { file, quality } = await encodeWithin(signal, picture, takes.format, asked, limit);
    const fell = quality < asked ? [`quality: lowered to ${quality}, so that the file is small enough`] : [];
    return { gives: { file, notes: [...picture.notes, ...fell] } };
  },
  async solve(_signal, { photo, matte, marks, within }) {
    const gives = solveWithin(photo, matte, marks, within);
    return { gives, transfer: buffersOf(gives.alpha) };
  },
  async check(signal, { picture, format, quality, preset }) {
    const limits = limitsOf(readLook({ preset }));
    const finished = { ...picture, opaque: isOpaque(picture.pixels), grey: false };
    const written = (limit: number | null) =>
      encodeWithin(signal, finished, format, Math.min(quality, limits.quality), limit);
    const { file } = await written(limits.maxBytes).catch(() => {
      signal.throwIfAborted();
      return written(null); // too large however it is written: the check says by how much
    });
    return { gives: checkProduct({ picture, format, bytes: file.size }, preset) };
  },
};

function isOpaque(pixels: Uint8ClampedArray): boolean {
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i] !== 255) return false;
  return true;
}

const matteOf = ({ width, height }: { width: number; height: number }, alpha: Uint8Array): Matte => ({
  width,
  height,
  alpha,
});

const buffersOf = (...arrays: ({ readonly buffer: ArrayBufferLike } | null)[]): Transferable[] =>
  arrays.flatMap((array) => (array?.buffer instanceof ArrayBuffer ? [array.buffer] : []));

/** Lets a message that aborts come in between two long steps. */
async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  signal.throwIfAborted();
}

async function composed(signal: AbortSignal, takes: Composing): Promise<Finished> {
  const { photo, matte, edges, look } = takes;
  if (photo.width !== matte.width || photo.height !== matte.height)
    throw new PixelError("Matte", "is not of the photo's size", "Enlarge it first.");
  const read = readLook(look);
  const stills = await stillsOf(signal, read.background, takes.files);
  await breathe(signal);
  const colours = remembered(photo, matte, edges, read, () => coloursOf(photo, alphaOf(matte, read), edges));
  await breathe(signal);
  return finish(photo, matte, edges, look, stills, () => colours);
}

/** Decodes the picture that the background names, if it names one. */
async function stillsOf(
  signal: AbortSignal,
  background: string | null,
  files: Readonly<Record<string, Blob>>,
): Promise<Map<string, Photo>> {
  const backdrop = background === null ? null : parseBackdrop(background);
  if (backdrop?.kind !== "still") return new Map();
  const file = files[backdrop.path];
  if (!file)
    throw new PixelError(
      "Background",
      `the picture “${backdrop.path}” is not here`,
      "Choose the file again.",
    );
  return new Map([[backdrop.path, await decode(signal, new File([file], backdrop.path))]]);
}

/** The last subject's colours: most changes of a look leave photo, matte and edges as they are. */
let last: { readonly key: string; readonly colours: Picture } | null = null;

function remembered(
  photo: Photo,
  matte: Matte,
  edges: Edges,
  { subjects, specks, inverse }: Look,
  make: () => Picture,
): Picture {
  const prints = [fingerprint(photo.pixels), fingerprint(matte.alpha)];
  const key = [photo.width, ...prints, edges.decontaminate, edges.despill, subjects, specks, inverse].join();
  if (last?.key !== key) {
    last = null; // two of them would not fit beside a large photo
    last = { key, colours: make() };
  }
  return last.colours;
}
