import fc from "fast-check";
import { expect, test } from "vitest";
import { pack, unpack } from "./runs";

const runs = fc
  .array(
    fc.tuple(fc.nat(255), fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 100, max: 66000 }))),
    {
      maxLength: 6,
    },
  )
  .map((pieces) => Uint8Array.from(pieces.flatMap(([value, count]) => Array<number>(count).fill(value))));

test("what is packed comes back, and never takes more room than before", () => {
  fc.assert(
    fc.property(fc.oneof(runs, fc.uint8Array({ maxLength: 600 })), (bytes) => {
      const packed = pack(bytes);
      expect(packed.byteLength).toBe(packed.buffer.byteLength);
      expect(packed.length <= bytes.length).toBe(true);
      expect(Buffer.compare(unpack(packed, bytes.length), bytes)).toBe(0);
    }),
    { numRuns: 60 },
  );
}, 60_000);

test("a tile of one value takes four bytes", () => {
  expect(pack(new Uint8Array(256 * 256).fill(255))).toEqual(Uint8Array.of(255, 255, 255, 255));
});

test("bytes in disorder are kept as they are, in a copy", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5);
  const packed = pack(bytes);
  expect(packed).toEqual(bytes);
  expect(packed.buffer).not.toBe(bytes.buffer);
});
