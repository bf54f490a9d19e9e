import { describe, expect, test } from "vitest";
import doubts from "../../../fixtures/device/doubts.json";
import fits from "../../../fixtures/device/fits.json";
import resized from "../../../fixtures/device/resized.json";
import tensors from "../../../fixtures/device/tensors.json";
import { fromBytes } from "../../pixels/planes/plane";
import fused from "../../../fixtures/device/fused.json";
import { doubtOf, measure } from "./doubt";
import { fitFor, roundEven, type Card } from "./fit";
import { fuse } from "./fuse";
import { resizePhoto, type Pixels } from "./resample";
import { answerOf, reflected, tensorOf } from "./tensor";

// Values that fixtures/device.py recorded from Python.

const ISNET: Card = {
  name: "isnet",
  size: [1024, 1024],
  fit: "aspect",
  multiple: 64,
  mean: [0.5, 0.5, 0.5],
  std: [1, 1, 1],
  kind: "probability",
};

const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, "base64"));

function pixels(text: string, width: number, height: number): Pixels {
  const rgb = bytes(text);
  const data = Uint8Array.from({ length: width * height * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : rgb[Math.floor(i / 4) * 3 + (i % 4)]!,
  );
  return { width, height, data };
}

test("a photo lies in the input as in Python", () => {
  for (const [kind, height, width, ...wanted] of fits) {
    const fit = fitFor(
      { width: Number(width), height: Number(height) },
      { ...ISNET, fit: kind as Card["fit"] },
    );
    const got = [
      fit.target.height,
      fit.target.width,
      fit.content.height,
      fit.content.width,
      fit.top,
      fit.left,
    ];
    expect(got, `${kind} ${height}×${width}`).toEqual(wanted);
  }
});

test("halves are rounded to even", () => {
  expect([0.5, 1.5, 2.5, 3.5, 2.4, 2.6].map(roundEven)).toEqual([0, 2, 2, 4, 2, 3]);
});

describe("a photo is resized as Pillow does", () => {
  for (const { source, target, photo, result } of resized)
    test(`${source.join("×")} to ${target.join("×")}`, () => {
      const made = resizePhoto(pixels(photo, source[1]!, source[0]!), {
        width: target[1]!,
        height: target[0]!,
      });
      const wanted = pixels(result, target[1]!, target[0]!);
      // To the last bit, but where squares were averaged first: OpenCV adds floats in another order.
      const averaged = source[0]! / target[0]! > 3;
      const most = Math.max(...Array.from(wanted.data, (value, i) => Math.abs(value - made.data[i]!)));
      expect(most).toBeLessThanOrEqual(averaged ? 1 : 0);
    });
});

test("the input's numbers are Python's", () => {
  for (const { fit: kind, source, photo, result } of tensors) {
    const card: Card = {
      ...ISNET,
      size: [24, 16],
      multiple: 8,
      fit: kind as Card["fit"],
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    };
    const image = pixels(photo, source[1]!, source[0]!);
    const made = tensorOf(image, fitFor(image, card), card);
    const wanted = new Float32Array(bytes(result).buffer);
    expect(made.length).toBe(wanted.length);
    made.forEach((value, i) => expect(value, `${kind} ${i}`).toBeCloseTo(wanted[i]!, 5));
  }
});

test("reflection repeats the border and goes on for ever", () => {
  expect([-4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6].map((i) => reflected(i, 3))).toEqual([
    2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0,
  ]);
});

test("the answer beside the photo is cut away; logits become probabilities; a broken number is nothing", () => {
  const card: Card = { ...ISNET, size: [16, 8], fit: "letterbox", kind: "logits" };
  const fit = fitFor({ width: 8, height: 8 }, card);
  const answer = Float32Array.from({ length: 16 * 8 }, (_, i) => (i % 16 < 4 || i % 16 >= 12 ? 50 : 0));
  answer[4] = NaN;
  const { width, height, data } = answerOf(answer, fit, card);
  expect([width, height]).toEqual([8, 8]);
  expect([data[0], ...new Set(data.subarray(1))]).toEqual([0, 0.5]);
});

describe("doubt is Python's, as far as the networks' answers tell", () => {
  const [width, height] = doubts.size as [number, number];
  const photo = pixels(doubts.photo, width, height);
  // What is not ported: it needs the photo at its own size, or more than a look at the matte.
  const elsewhere = ["tiny-photo", "blurred", "compressed", "similar-colours", "translucent"];
  for (const { name, alpha, others, uncertainty, codes, signals } of doubts.rows)
    test(name, () => {
      const given = [
        fromBytes(bytes(alpha), width, height),
        others.map((text) => fromBytes(bytes(text), width, height)),
      ] as const;
      const doubt = doubtOf(photo, ...given);
      for (const [signal, value] of Object.entries(measure(photo, ...given))) {
        const wanted = signals[signal as keyof typeof signals];
        if (value === null) expect(wanted, signal).toBe(null);
        else expect(value, signal).toBeCloseTo(Number(wanted), 2);
      }
      expect(doubt.uncertainty).toBeCloseTo(uncertainty, 3);
      expect(doubt.reasons.map(({ code }) => code)).toEqual(
        codes.filter((code) => !elsewhere.includes(code)),
      );
    });
});

test("two answers are joined as in Python", () => {
  for (const { size, first, second, result } of fused) {
    const [height, width] = size as [number, number];
    const plane = (text: string) => fromBytes(bytes(text), width, height);
    const made = fuse(plane(first), plane(second));
    const wanted = plane(result);
    // The recorded result is rounded to a byte.
    made.data.forEach((value, i) => expect(Math.abs(value - wanted.data[i]!)).toBeLessThan(1.6 / 255));
  }
});
