import { unzlibSync } from "fflate";
import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { readHeader } from "../decode/header";
import { takeAlpha } from "../decode/decode";
import { shrunk } from "../decode/shrink";
import { fingerprint } from "../fingerprint";
import { drawn } from "../fixtures";
import { picture, type Picture } from "../planes/plane";
import { encodeWithin } from "./encode";
import { encodePng, type Channels } from "./png";

vi.setConfig({ testTimeout: 60_000 });

/** Reads a PNG of 8 bits a channel back, its checksums by an implementation of their own. */
async function decoded(
  file: Blob,
): Promise<{ width: number; height: number; values: Uint8Array; kinds: string[] }> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const view = new DataView(bytes.buffer);
  const kinds: string[] = [];
  const data: Uint8Array[] = [];
  for (let at = 8; at < bytes.length;) {
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    kinds.push(kind);
    if (kind === "IDAT") data.push(bytes.subarray(at + 8, at + 8 + length));
    expect(view.getUint32(at + 8 + length)).toBe(checksum(bytes.subarray(at + 4, at + 8 + length)));
    at += 12 + length;
  }
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const channels = { 0: 1, 2: 3, 6: 4 }[bytes[25] as 0 | 2 | 6];
  return {
    width,
    height,
    values: unfiltered(unzlibSync(data[0]!), width * channels, height, channels),
    kinds,
  };
}

/** Bit by bit, without a table. */
function checksum(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let k = 0; k < 8; k++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

function unfiltered(raw: Uint8Array, length: number, height: number, step: number): Uint8Array {
  const result = new Uint8Array(length * height);
  for (let y = 0; y < height; y++)
    for (let i = 0; i < length; i++) {
      const at = (row: number, place: number) => (row < 0 || place < 0 ? 0 : result[row * length + place]!);
      const [a, b, c] = [at(y, i - step), at(y - 1, i), i < step ? 0 : at(y - 1, i - step)];
      const p = a + b - c;
      const order = [a, b, c].map((v) => Math.abs(p - v));
      const nearest = [a, b, c][order.indexOf(Math.min(...order))]!;
      const guess = [0, a, b, (a + b) >> 1, nearest][raw[y * (length + 1)]!]!;
      result[y * length + i] = raw[y * (length + 1) + 1 + i]! + guess;
    }
  return result;
}

const pictures = fc
  .tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }))
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: 4 * width * height, maxLength: 4 * width * height })
      .map((values) => picture(width, height, new Uint8ClampedArray(values))),
  );

it("writes PNG that keeps every byte, also the colours under a clear alpha", async () => {
  await fc.assert(
    fc.asyncProperty(pictures, fc.constantFrom<Channels>(1, 3, 4), async (from, channels) => {
      const { width, height, values, kinds } = await decoded(await encodePng(from, channels));
      expect([width, height]).toEqual([from.width, from.height]);
      const wanted = Array.from({ length: width * height * channels }, (_, i) => {
        return from.pixels[4 * Math.floor(i / channels) + (i % channels)]!;
      });
      expect([...values]).toEqual(wanted);
      expect(kinds).toEqual(["IHDR", "IDAT", "IEND"]);
    }),
    { numRuns: 40 },
  );
});

it("writes a large PNG by strips", async () => {
  const { photo } = drawn(900, 700);
  const { values } = await decoded(await encodePng(photo, 3));
  for (let i = 0; i < 900 * 700; i += 977) expect(values[3 * i]).toBe(photo.pixels[4 * i]);
});

const finished = (from: Picture, opaque: boolean) => ({ ...from, opaque, grey: false, notes: [] });
const { signal } = new AbortController();

it("refuses what a format or a limit cannot hold, with a sentence", async () => {
  const { photo } = drawn(200, 150);
  await expect(encodeWithin(signal, finished(photo, false), "jpeg", 90, null)).rejects.toThrow(
    "no transparency",
  );
  await expect(encodeWithin(signal, finished(photo, true), "png", 90, 500)).rejects.toThrow(
    "500 are allowed",
  );
  await expect(encodeWithin(signal, finished(picture(17000, 1), true), "webp", 90, null)).rejects.toThrow(
    "16383",
  );
});

it("reads the size of a file from its first bytes", async () => {
  const png = new Uint8Array(await (await encodePng(picture(123, 45), 3)).arrayBuffer());
  expect(readHeader(png)).toEqual({ kind: "png", size: { width: 123, height: 45 } });
  const text = (words: string) => [...words].map((letter) => letter.charCodeAt(0));
  const jpeg = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc2, 0, 11, 8, 0x27, 0x10, 0x4e, 0x20, 3, 0, 0, 0];
  expect(readHeader(Uint8Array.from(jpeg))).toEqual({ kind: "jpeg", size: { width: 20000, height: 10000 } });
  const webp = [
    ...text("RIFF"),
    0,
    0,
    0,
    0,
    ...text("WEBPVP8X"),
    10,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0x1f,
    0x4e,
    0,
    0x0f,
    0x27,
    0,
  ];
  expect(readHeader(Uint8Array.from(webp)).size).toEqual({ width: 20000, height: 10000 });
  const box = [0, 0, 0, 20, ...text("ispe"), 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0];
  const brand = [0, 0, 0, 16, ...text("ftypavif"), 0, 0, 0, 0];
  expect(readHeader(Uint8Array.from([...brand, ...box])).size).toEqual({ width: 256, height: 512 });
  expect(readHeader(Uint8Array.from([0, 0, 0, 24, ...text("ftypheic")])).kind).toBe("heic");
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => void readHeader(noise)));
});

it("takes a photo's own alpha apart", () => {
  const pixels = Uint8ClampedArray.of(1, 2, 3, 255, 4, 5, 6, 100);
  expect(takeAlpha(pixels)).toEqual(Uint8Array.of(255, 100));
  expect([...pixels]).toEqual([1, 2, 3, 255, 4, 5, 6, 255]);
  expect(takeAlpha(pixels)).toBeNull();
});

it("makes a small copy of the same colours", () => {
  const small = shrunk(drawn(640, 420).photo, 64);
  expect([small.width, small.height]).toEqual([64, 42]);
  expect(shrunk(small, 64).pixels).toEqual(small.pixels);
});

it("tells different pixels apart", () => {
  const bytes = new Uint8Array(4001);
  const prints = new Set([fingerprint(bytes)]);
  for (const at of [0, 1, 2000, 3999, 4000])
    prints.add(fingerprint(bytes.map((v, i) => (i === at ? v + 1 : v))));
  expect(prints.size).toBe(6);
});
