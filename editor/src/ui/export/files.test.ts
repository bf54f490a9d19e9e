import { unzipSync } from "fflate";
import { expect, test } from "vitest";
import { apart, savedAs, zipper } from "./files";

test("a file is named after its photo and never as it", () => {
  expect(savedAs("photo.jpg", "png")).toBe("photo-cutout.png");
  expect(savedAs("a.b.JPEG", "jpeg")).toBe("a.b-cutout.jpg");
  expect(savedAs("no suffix", "webp")).toBe("no suffix-cutout.webp");
  expect(savedAs(".png", "png")).toBe("photo-cutout.png");
});

test("names that are the same get numbers, whatever their case", () => {
  expect(apart(["a.png", "A.png", "a.png", "a-2.png"])).toEqual(["a.png", "A-2.png", "a-3.png", "a-2-2.png"]);
});

test("the zip has every file, byte for byte", async () => {
  const zip = zipper();
  const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => (at * 31) % 256);
  await zip.add("one.png", new Blob([bytes]));
  await zip.add("grün.png", new Blob([bytes.slice(0, 7)]));
  const files = unzipSync(new Uint8Array(await zip.end().arrayBuffer()));
  expect(Object.keys(files)).toEqual(["one.png", "grün.png"]);
  expect(Buffer.from(files["one.png"]!).equals(bytes)).toBe(true);
  expect(files["grün.png"]).toEqual(bytes.slice(0, 7));
});
