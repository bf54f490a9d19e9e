import { describe, expect, it, vi } from "vitest";
import { PLAIN_EDGES, type Edges, type Matte, type Photo, type Recipe } from "../../document/types";
import { finish } from "../cutout";
import { difference, drawn, floor, load, matteOf, photoOf, unpack } from "../fixtures";
import { parseBackdrop } from "./backdrops";
import { readLook } from "./options";
import { KINDS } from "./shadow/look";

vi.setConfig({ testTimeout: 60_000 });

type Packed = Parameters<typeof unpack>[0];
interface Case {
  readonly name: string;
  readonly recipe: Recipe;
  readonly of: "shot" | [number, number] | { readonly floor: [number, number, number, number] };
  readonly size?: [number, number];
  readonly step?: number;
  readonly notes: readonly string[];
  readonly result: Packed;
}

const small = load<{ photo: Packed; matte: Packed }>("small");

/** The sliders of the matte are beside the recipe in the page, and in it in Python. */
function parted(recipe: Recipe): { edges: Edges; look: Recipe } {
  const entries = Object.entries(recipe);
  const edges = Object.fromEntries(entries.filter(([name]) => name in PLAIN_EDGES));
  const look = Object.fromEntries(entries.filter(([name]) => !(name in PLAIN_EDGES)));
  return { edges: { ...PLAIN_EDGES, ...edges }, look };
}

const cases = load<Case[]>("compose");

describe("compose", () => {
  it.each(cases)("$name is as Python has it", ({ name, recipe, of, size, step, notes, result }) => {
    const { photo, matte } = sceneOf(of);
    const { edges, look } = parted(recipe);
    const made = finish(photo, matte, edges, look);
    if (size) expect([made.width, made.height]).toEqual(size);
    expect(made.notes).toEqual(notes);
    const wanted = unpack(result);
    const { mean, most } = difference({ ...made, data: made.pixels, stride: 4 }, wanted, step);
    if (process.env.SHOW) console.log(name.padEnd(20), mean.toFixed(3), most);
    expect(mean).toBeLessThan(0.05);
    expect(most).toBeLessThanOrEqual(2);
  });
});

function sceneOf(of: Case["of"]): { photo: Photo; matte: Matte } {
  if (of === "shot") return { photo: photoOf(unpack(small.photo)), matte: matteOf(unpack(small.matte)) };
  return "floor" in of ? floor(...of.floor) : drawn(...of);
}

describe("every option that the page knows", () => {
  const recipes = [...cases, ...load<Partial<Case>[]>("still")].map(({ recipe = {} }) => recipe);
  const named = (name: string) =>
    recipes.map((recipe) => recipe[name]).filter((value) => value !== undefined);

  it.each([...Object.keys(readLook({})), ...Object.keys(PLAIN_EDGES)])(
    "%s is compared with Python",
    (name) => {
      expect(named(name)).not.toEqual([]);
    },
  );

  it("so is every kind of shadow, and every kind of background", () => {
    expect(KINDS.filter((kind) => kind !== "none" && !named("shadow").includes(kind))).toEqual([]);
    const backdrops = named("background").map((text) => parseBackdrop(String(text)).kind);
    expect(new Set(backdrops)).toEqual(new Set(["colour", "gradient", "studio", "blur", "still"]));
  });
});
