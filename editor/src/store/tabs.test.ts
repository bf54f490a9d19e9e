import { expect, test, vi } from "vitest";
import { askForTurn } from "./tabs";

test("without locks the tabs ask each other, and the first one has the turn", async () => {
  vi.stubGlobal("navigator", {});
  const leaving = new AbortController();
  let granted = 0;
  const ask = () => askForTurn(leaving.signal, () => granted++, "tabs-test");
  expect(await ask()).toBe("ours");
  expect(await ask()).toBe("theirs");
  expect(granted).toBe(1);
  leaving.abort();
  vi.unstubAllGlobals();
});
