import { expect, test } from "vitest";
import { pause } from "./pause";

test("ends early, with the reason, when it is aborted", async () => {
  const stop = new AbortController();
  const waited = pause(stop.signal, 60_000);
  stop.abort(new Error("no longer wanted"));
  await expect(waited).rejects.toThrow("no longer wanted");
  await pause(new AbortController().signal, 1);
});
