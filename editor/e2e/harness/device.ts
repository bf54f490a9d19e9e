import { connectServer } from "../../src/api/client";
import { connect } from "../../src/worker/bridge";
import type { PixelJobs } from "../../src/worker/jobs";
import { openMatte } from "../../src/worker/matte";

const startPixels = () =>
  new Worker(new URL("../../src/worker/pixels.worker.ts", import.meta.url), { type: "module" });

/** What a test in Node calls inside the page. */
const device = {
  openMatte,
  connectServer,
  /** Both are begun where a test asks for them. */
  matte: null as ReturnType<typeof openMatte>["ask"] | null,
  pixels: null as ReturnType<typeof connect<PixelJobs>> | null,
  openPixels: () => connect<PixelJobs>(startPixels),
};
export type Device = typeof device;
Object.assign(window, { device });
