import { expect, test } from "vitest";
import { isAbort, sentenceOf } from "./problems";

const named = (name: string, message: string) => Object.assign(new Error(message), { name });

test("our own sentences are said as they are", () => {
  expect(sentenceOf(named("PixelError", "a.png: is no picture."), "a.png")).toBe("a.png: is no picture.");
});

test("what the browser throws is put into words", () => {
  expect(sentenceOf(new RangeError("Array buffer allocation failed"), "a.png")).toMatch(/not enough memory/);
  expect(sentenceOf(new TypeError("Failed to fetch"), "a.png")).toMatch(/server cannot be reached/);
  expect(sentenceOf(named("WorkerError", ""), "a.png")).toMatch(/had stopped/);
  expect(sentenceOf(new Error("odd"), "a.png")).toMatch(/a\.png: something went wrong \(odd\)/);
});

test("an abort is no problem", () => {
  expect(isAbort(new DOMException("", "AbortError"))).toBe(true);
  expect(isAbort(new Error("x"))).toBe(false);
});
