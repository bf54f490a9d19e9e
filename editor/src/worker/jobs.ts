import type { Doubt, Edges, Matte, Photo, Recipe } from "../document/types";
import type { Rect } from "../geometry/points";
import type { Finding } from "../pixels/compose/check";

/** What can be asked of the pixel worker: name → what it takes and gives. Big arrays are transferred or shared. */
export interface PixelJobs {
  /** File → upright sRGB pixels at full size; errors are sentences for people. */
  decode: { takes: { file: File }; gives: Photo };
  /** A small copy for the networks, as a file, its longest side at most `side`. */
  shrink: { takes: { photo: Photo; side: number }; gives: Blob };
  /** A network's matte of any size → one of the photo's size, edges by the photo's colours. */
  enlarge: { takes: { photo: Photo; matte: Matte }; gives: Matte };
  /** The finished picture at full size, RGBA straight. */
  compose: {
    takes: { photo: Photo; matte: Matte; edges: Edges; look: Recipe; files: Readonly<Record<string, Blob>> };
    gives: Composed;
  };
  /** The same as a file. */
  export: {
    takes: PixelJobs["compose"]["takes"] & {
      format: "png" | "webp" | "jpeg";
      quality: number;
      maxBytes: number | null;
    };
    gives: { file: Blob; notes: readonly string[] };
  };
  /** A rough stroke of sure subject (255) and sure background (1), 0 elsewhere → the matte solved anew around it. */
  solve: {
    takes: { photo: Photo; matte: Matte; marks: Matte; within: Rect };
    gives: { alpha: Uint8Array; within: Rect };
  };
  /** A finished picture, made a file as `export` does → what came of each of a marketplace's rules. */
  check: {
    takes: { picture: Composed; format: "png" | "webp" | "jpeg"; quality: number; preset: string };
    gives: readonly Finding[];
  };
}

export interface Composed {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray;
  readonly notes: readonly string[];
}

/** The network's worker: on this device. */
export interface MatteJobs {
  /** Where the page is, and whether graphics drawn in software may run the network (for tests); `openMatte` says it. */
  at: { takes: { base: string; software: boolean }; gives: null };
  /** Starts the network ahead of the first photo if this browser keeps it already; fetches nothing. */
  wake: { takes: Record<string, never>; gives: null };
  /** Fetches and starts the network, and tells what runs it. */
  prepare: { takes: Record<string, never>; gives: Device };
  matte: { takes: { photo: Blob }; gives: { matte: Matte; doubt: Doubt } };
}

/** What runs on this device, and what a person should know of it: sentences. */
export interface Device {
  readonly engine: "webgpu" | "wasm";
  readonly model: string;
  readonly notes: readonly string[];
}

/** Bytes or parts done of all; `all` is null where it is unknown. */
export interface Progress {
  readonly what: string;
  readonly done: number;
  readonly all: number | null;
}
