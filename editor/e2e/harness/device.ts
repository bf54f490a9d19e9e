import { connectServer } from "../../src/api/client";
import { openMatte } from "../../src/worker/matte";

/** What a test in Node calls inside the page. */
const device = { openMatte, connectServer };
export type Device = typeof device;
Object.assign(window, { device });
