import { fileURLToPath } from "node:url";
import { mergeConfig } from "vite";
import editor from "../vite.config";

/** The worker alone with a page around it, for tests and measurements. */
const from = (path: string) => fileURLToPath(new URL(path, import.meta.url));
export default mergeConfig(editor, {
  root: from("harness"),
  build: {
    outDir: from("../../.cache/device"),
    rolldownOptions: { input: from("harness/device.html") },
  },
});
