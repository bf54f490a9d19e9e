import { describe, expect, it, vi } from "vitest";
import { PLAIN_EDGES } from "../../document/types";
import { difference, drawn, load, matteOf, photoOf, unpack } from "../fixtures";
import { fromBytes, map, plane, toBytes, type Plane } from "../planes/plane";
import { resize, shrinkPlane } from "../planes/resize";
import { adjustEdges } from "./cleanup";
import { solve } from "./closed_form";
import { contrast, feather, shift } from "./edges";
import { coloursOf, enlarge } from "./refine";

vi.setConfig({ testTimeout: 60_000 });

type Packed = Parameters<typeof unpack>[0];
const recorded = load<{ photo: Packed; matte: Packed }>("photo");
const photo = photoOf(unpack(recorded.photo));
const matte = matteOf(unpack(recorded.matte));
const alpha = fromBytes(matte.alpha, matte.width, matte.height);

const bytes = (of: Plane) => ({ width: of.width, data: toBytes(of), stride: 1 });

describe("sliders", () => {
  it.each(load<{ shift: number; contrast: number; feather: number; result: Packed }[]>("edges"))(
    "shift $shift, contrast $contrast, feather $feather are as Python has them",
    ({ result, ...edges }) => {
      const made = adjustEdges(alpha, { ...PLAIN_EDGES, ...edges });
      const { mean, most } = difference(bytes(made), unpack(result));
      if (process.env.SHOW) console.log(edges, mean, most);
      expect(mean).toBeLessThan(0.1);
    },
  );

  it("moves a disc's edge by fractions of a pixel", () => {
    const disc = (radius: number) =>
      plane(
        80,
        80,
        Float32Array.from({ length: 6400 }, (_, i) => {
          const far = Math.hypot((i % 80) - 39.5, Math.floor(i / 80) - 39.5);
          return Math.min(1, Math.max(0, radius - far + 0.5));
        }),
      );
    const area = (of: Plane) => of.data.reduce((sum, v) => sum + v, 0);
    for (const pixels of [-3, -0.5, 0.5, 4])
      expect(Math.sqrt(area(shift(disc(25), pixels)) / Math.PI)).toBeCloseTo(25 + pixels, 0.8);
  });

  it("does nothing at its neutral values, and undoes a contrast by its inverse", () => {
    expect(adjustEdges(alpha, PLAIN_EDGES)).toBe(alpha);
    const back = contrast(contrast(alpha, 3), 1 / 3);
    back.data.forEach((v, i) => expect(v).toBeCloseTo(alpha.data[i]!, 3));
  });

  it("keeps a constant constant, also at the border", () => {
    const half = map(alpha, () => 0.5);
    for (const made of [feather(half, 8), shift(half, -6)])
      expect(Math.max(...made.data.map((v) => Math.abs(v - 0.5)))).toBeLessThan(1e-5);
  });
});

describe("enlarge", () => {
  const { small, step, result } = load<{ small: Packed; step: number; result: Packed }>("refine");

  it("draws edges anew as Python does", () => {
    const { photo } = drawn(900, 620);
    const little = matteOf(unpack(small));
    const made = enlarge(photo, fromBytes(little.alpha, little.width, little.height));
    const { mean, most } = difference(bytes(made), unpack(result), step);
    if (process.env.SHOW) console.log("enlarge", mean, most);
    expect(mean).toBeLessThan(0.1);
  });

  it("puts a crisp edge back where the photo's colours have it", () => {
    const { photo } = drawn(800, 500);
    const truth = plane(800, 500);
    for (let i = 0; i < truth.data.length; i++) {
      const inside = i % 800 > 300 + Math.floor(i / 800) * 0.4;
      truth.data[i] = inside ? 1 : 0;
      photo.pixels.set(inside ? [190, 90, 60, 255] : [70, 100, 170, 255], 4 * i);
    }
    const small = shrinkPlane(truth, 80, 50);
    const error = (of: Plane) => of.data.reduce((sum, v, i) => sum + Math.abs(v - truth.data[i]!), 0);
    expect(error(enlarge(photo, small))).toBeLessThan(error(resize(small, 800, 500)) / 4);
  });

  it("keeps a ramp a ramp: monotone, and not half a pixel off", () => {
    const ramp = plane(
      32,
      4,
      Float32Array.from({ length: 128 }, (_, i) => ((i % 32) + 0.5) / 32),
    );
    const large = resize(ramp, 320, 40);
    for (let x = 1; x < 320; x++) expect(large.data[x]! - large.data[x - 1]!).toBeGreaterThan(-1e-6);
    for (let x = 20; x < 300; x++) expect(Math.abs(large.data[x]! - (x + 0.5) / 320)).toBeLessThan(0.1 / 32);
  });

  it("leaves an empty and a full matte as they are", () => {
    const { photo } = drawn(800, 500);
    for (const level of [0, 1]) {
      const made = enlarge(photo, plane(20, 15, new Float32Array(300).fill(level)));
      expect(made.data.every((v) => v === level)).toBe(true);
    }
  });
});

it("solves the matting equation as Python does", () => {
  const unknown = map(alpha, (v) => (v > 0 && v < 1 ? 1 : 0));
  const weight = map(alpha, () => 0.01);
  const image = coloursOf(photo, photo.width, photo.height);
  const made = solve({ image, aim: alpha, weight, unknown });
  const { mean, most } = difference(bytes(made), unpack(load<{ result: Packed }>("solve").result));
  if (process.env.SHOW) console.log("solve", mean, most);
  expect(mean).toBeLessThan(0.2);
});
