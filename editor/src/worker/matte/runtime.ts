import type * as Ort from "onnxruntime-web/wasm";
import graphicsLoader from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import graphicsWasm from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import processorLoader from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import processorWasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";

/** ONNX Runtime as it is set up here. */
export interface Runtime {
  readonly ort: typeof Ort;
  readonly threads: number;
}

/** What is asked of WebGPU's adapter; where it says so has moved between versions. */
interface Adapter {
  readonly info?: { readonly isFallbackAdapter?: boolean };
  readonly isFallbackAdapter?: boolean;
}

/** More threads than this gain nothing for these networks and take memory each. */
const MOST_THREADS = 8;

/** The runtime that reaches graphics, or null where there are none; its file is twice as large, so it is asked first. */
export async function graphics(software: boolean): Promise<Runtime | null> {
  const gpu = (navigator as { gpu?: { requestAdapter(): Promise<Adapter | null> } }).gpu;
  const adapter = await gpu?.requestAdapter().catch(() => null);
  // Graphics drawn by the processor are slower than the processor itself.
  if (!adapter || ((adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter) && !software)) return null;
  return setUp(await import("onnxruntime-web/webgpu"), graphicsLoader, graphicsWasm);
}

export async function processor(): Promise<Runtime> {
  return setUp(await import("onnxruntime-web/wasm"), processorLoader, processorWasm);
}

function setUp(ort: typeof Ort, loader: string, wasm: string): Runtime {
  const threads = self.crossOriginIsolated ? Math.min(MOST_THREADS, navigator.hardwareConcurrency) : 1;
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = { mjs: absolute(loader), wasm: absolute(wasm) };
  return { ort, threads };
}

/** Addresses of a page under any prefix are relative to the script that names them. */
const absolute = (address: string): string => new URL(address, import.meta.url).href;
