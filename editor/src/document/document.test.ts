import fc from "fast-check";
import { expect, test } from "vitest";
import { discAlpha, drawn } from "../testing/drawn";
import { applyPatch, replaceLook, replaceMatte, resetEdges, setEdges, setLook } from "./actions";
import { blurred, reach } from "./blur";
import { editRegion } from "./edit-region";
import { mixed } from "./region";
import { hardened } from "./reshape";
import { movedEdges, shares, subjectBounds } from "./selectors";
import { PLAIN_EDGES } from "./types";

const disc = drawn(80, 60, discAlpha(40, 30, 15));

test("sliders and looks give a new document and leave the old one alone", () => {
  const frozen = Object.freeze({
    ...disc,
    edges: Object.freeze({ ...PLAIN_EDGES }),
    look: Object.freeze({ crop: true }),
  });
  const next = setLook(setEdges(frozen, { feather: 3, despill: "#00ff00" }), {
    background: "white",
    crop: undefined,
  });
  expect(movedEdges(next)).toEqual(["feather", "despill"]);
  expect(next.look).toEqual({ background: "white" });
  expect(next.matte).toBe(disc.matte);
  expect(movedEdges(resetEdges(next, "feather"))).toEqual(["despill"]);
  expect(resetEdges(next).edges).toEqual(PLAIN_EDGES);
  expect(replaceLook(next, { margin: "5%" }).look).toEqual({ margin: "5%" });
});

test("a matte of another size is refused, saying which was wanted", () => {
  const small = { width: 8, height: 6, alpha: new Uint8Array(48) };
  expect(() => replaceMatte(disc, small, null)).toThrow(/80×60, got 8×6/);
});

test("the subject's bounds and shares are those of counting", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 35, maxLength: 35 }), (alpha) => {
      const matte = { width: 7, height: 5, alpha };
      const at = [...alpha.keys()].filter((k) => alpha[k]! > 127);
      const bounds = subjectBounds(matte);
      if (at.length === 0) expect(bounds).toBeNull();
      else {
        const [xs, ys] = [at.map((k) => k % 7), at.map((k) => Math.floor(k / 7))];
        expect(bounds).toEqual({
          left: Math.min(...xs),
          top: Math.min(...ys),
          right: Math.max(...xs) + 1,
          bottom: Math.max(...ys) + 1,
        });
      }
      const { subject, background, between } = shares(matte);
      expect(subject).toBeCloseTo(alpha.filter((v) => v === 255).length / 35);
      expect(background).toBeCloseTo(alpha.filter((v) => v === 0).length / 35);
      expect(subject + background + between).toBeCloseTo(1);
    }),
  );
});

test("mixing two bytes rounds exactly", () => {
  for (let a = 0; a < 256; a += 5)
    for (let b = 0; b < 256; b += 3)
      for (let c = 0; c < 256; c++)
        if (mixed(a, b, c) !== Math.floor((a * (255 - c) + b * c) / 255 + 0.5)) expect.fail(`${a} ${b} ${c}`);
});

test("the blur is a Gaussian's near enough, keeps constants, and reaches as far as it says", () => {
  for (const radius of [0, 1, 2.5, 6, 15]) {
    const side = 2 * reach(radius) + 3;
    expect(blurred(new Uint8Array(side * side).fill(200), side, side, radius)).toEqual(
      new Uint8Array(side * side).fill(200),
    );
    const step = Uint8Array.from({ length: side }, (_, x) => (x < side / 2 ? 0 : 255));
    const soft = blurred(step, side, 1, radius);
    expect(soft[0]).toBe(0);
    expect(soft[side - 1]).toBe(255);
    if (radius < 2) continue;
    const weights = [...soft].slice(1).map((value, k) => value - soft[k]!);
    const mean = weights.reduce((sum, w, k) => sum + w * k, 0) / 255;
    const variance = weights.reduce((sum, w, k) => sum + w * (k - mean) ** 2, 0) / 255;
    expect(Math.abs(Math.sqrt(variance) - radius / 2)).toBeLessThan(0.1 * radius + 0.1);
  }
});

test("hardening keeps both ends and the order, and pushes away from the middle", () => {
  const ramp = Uint8Array.from({ length: 256 }, (_, k) => k);
  const hard = hardened(ramp, 3);
  expect([hard[0], hard[255], hard[100]! < 100, hard[160]! > 160]).toEqual([0, 255, true, true]);
  expect([...hard].every((value, k) => k === 0 || value >= hard[k - 1]!)).toBe(true);
});

const rect = { left: 20, top: -5, right: 50, bottom: 70 };
const full = new Uint8Array(30 * 75).fill(255);

test.each([
  { kind: "restore" },
  { kind: "erase" },
  { kind: "soften", radius: 6 },
  { kind: "harden", gain: 2 },
] as const)("a region is changed ($kind) inside and nowhere else, and taken back", (action) => {
  const edited = editRegion(disc, { rect, mask: full }, action)!;
  const { alpha } = edited.document.matte;
  for (let k = 0; k < alpha.length; k++) {
    const inside = k % 80 >= 20 && k % 80 < 50;
    if (!inside) expect(alpha[k]).toBe(disc.matte.alpha[k]);
    else if (action.kind === "restore") expect(alpha[k]).toBe(255);
    else if (action.kind === "erase") expect(alpha[k]).toBe(0);
  }
  const before = shares(disc.matte).between;
  if (action.kind === "soften") expect(shares(edited.document.matte).between).toBeGreaterThan(before);
  if (action.kind === "harden") expect(shares(edited.document.matte).between).toBeLessThan(before);
  expect(applyPatch(edited.document, edited.patch, "before").matte.alpha).toEqual(disc.matte.alpha);
});

test("a region outside the photo changes nothing", () => {
  const away = { left: 100, top: 0, right: 130, bottom: 75 };
  expect(editRegion(disc, { rect: away, mask: full }, { kind: "erase" })).toBeNull();
});
