import { expect, test } from "vitest";
import { plainName, readBackdrop, writeBackdrop } from "./backdrop";

test.each([
  "white",
  "#f2f2f0",
  "linear(white, #ccc)",
  "linear(#ffffff, #cccccc, 45)",
  "radial(white, #bbb)",
  "blur",
  "blur(5%)",
  "studio-warm",
  "beach.jpg",
  "picture(beach.jpg, contain)",
  "linear(white, #ccc 60%, #999, 90)",
  "radial(white, #bbb, at 50% 40%)",
  "rgb(240, 232, 216)",
])("%s is written as it was read", (text) => {
  expect(writeBackdrop(readBackdrop(text))).toBe(text);
});

test("what the panel has no fields for stays text", () => {
  expect(readBackdrop("linear(white, #ccc 60%, #999, 90)").kind).toBe("text");
  expect(readBackdrop("linear(white, #ccc, 90deg)")).toMatchObject({ kind: "gradient", angle: 90 });
  expect(readBackdrop("linear(white, #ccc)")).toMatchObject({ angle: 180 });
});

test("none and nothing are the same", () => {
  for (const text of [null, "", "none", " None "]) expect(readBackdrop(text)).toEqual({ kind: "none" });
  expect(writeBackdrop({ kind: "none" })).toBeNull();
});

test("a file's name cannot be taken for the recipe's own brackets", () => {
  const name = plainName("me (2), beach.jpg");
  const text = writeBackdrop({ kind: "picture", name, fit: "tile" });
  expect(readBackdrop(text)).toEqual({ kind: "picture", name, fit: "tile" });
});
