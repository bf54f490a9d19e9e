import fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { PLAIN_EDGES, type Recipe } from "../../document/types";
import { finish } from "../cutout";
import bundled from "../../ui/recipe/options.json";
import { difference, drawn, load, matteOf, photoOf, unpack } from "../fixtures";
import { plane } from "../planes/plane";
import { parseBackdrop } from "./backdrops";
import { composite, solid, withAlpha } from "./background";
import { checkProduct } from "./check";
import { parseColour } from "./colours";
import { parseAspect, parseCanvas, parseMargin, parsePosition } from "./lengths";
import { readLook, UNSUPPORTED, whyNot } from "./options";
import { findPreset, maxBytesOf, PRESETS } from "./presets";
import { lay, under } from "./shadow/lay";

vi.setConfig({ testTimeout: 60_000 });

type Packed = Parameters<typeof unpack>[0];
const bytes = fc.integer({ min: 0, max: 255 });
const colours = fc.tuple(bytes, bytes, bytes, bytes);

describe("compositing", () => {
  it("gives white on white white, and every colour on itself that colour, at every alpha", () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, bytes, fc.boolean(), (r, g, b, alpha, linear) => {
        const same = () => solid([r, g, b, 255], 1, 1);
        const made = composite(same(), plane(1, 1, Float32Array.of(alpha / 255)), same(), linear);
        [r, g, b, 255].forEach((v, k) => expect(Math.abs(made.pixels[k]! - v)).toBeLessThanOrEqual(1));
      }),
    );
  });

  it("is the same by one step as by two: a shadow laid on a backdrop, or under the subject first", () => {
    fc.assert(
      fc.property(colours, colours, colours, bytes, (front, back, shade, opacity) => {
        const alpha = plane(1, 1, Float32Array.of(front[3] / 255));
        const dark = {
          opacity: plane(1, 1, Float32Array.of(opacity / 255)),
          colour: [shade[0], shade[1], shade[2]] as const,
          notes: [],
        };
        const behind = () => solid([back[0], back[1], back[2], 255], 1, 1);
        const laid = behind();
        lay(dark, laid);
        const first = composite(solid(front, 1, 1), alpha, laid);
        const both = under({ foreground: solid(front, 1, 1), alpha }, dark);
        const second = composite(both.foreground, both.alpha, behind());
        for (let k = 0; k < 4; k++)
          expect(Math.abs(first.pixels[k]! - second.pixels[k]!)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("over a clear background is the subject itself, straight", () => {
    fc.assert(
      fc.property(colours, ([r, g, b, alpha]) => {
        const own = solid([r, g, b, 255], 1, 1);
        const level = plane(1, 1, Float32Array.of(alpha / 255));
        const made = composite(own, level, solid([9, 9, 9, 0], 1, 1));
        expect([...made.pixels]).toEqual(alpha ? [...withAlpha(own, level).pixels] : [0, 0, 0, 0]);
      }),
    );
  });
});

describe("a picture behind", () => {
  const [first, ...cases] =
    load<[{ still: Packed }, ...{ name: string; recipe: Recipe; result: Packed }[]]>("still");
  const small = load<{ photo: Packed; matte: Packed }>("small");
  it.each(cases)("$name is as Python has it", ({ recipe, result }) => {
    const stills = new Map([["still.png", photoOf(unpack(first.still))]]);
    const made = finish(
      photoOf(unpack(small.photo)),
      matteOf(unpack(small.matte)),
      PLAIN_EDGES,
      recipe,
      stills,
    );
    expect(difference({ ...made, data: made.pixels, stride: 4 }, unpack(result)).mean).toBeLessThan(0.1);
  });

  it("that is not there is said", () => {
    const { photo, matte } = drawn(20, 20);
    expect(() => finish(photo, matte, PLAIN_EDGES, { background: "gone.jpg" })).toThrow("gone.jpg");
  });
});

describe("the marketplace check", () => {
  interface Case {
    readonly preset: string;
    readonly recipe: Recipe;
    readonly bytes: number;
    readonly findings: [rule: string, level: string, found: string][];
  }
  it.each(load<Case[]>("check"))(
    "of $preset finds what Python finds",
    ({ preset, recipe, bytes, findings }) => {
      const { photo, matte } = drawn(640, 420);
      const made = finish(photo, matte, PLAIN_EDGES, recipe);
      const found = checkProduct({ picture: made, format: "png", bytes }, preset);
      const told = found.map(({ rule, level, found }) => [rule, level, found ?? "cannot be measured"]);
      expect(told).toEqual(findings);
    },
  );
});

describe("words", () => {
  it("reads colours as CSS does", () => {
    expect(parseColour("rebeccapurple")).toEqual([102, 51, 153, 255]);
    expect(parseColour(" #F80 ")).toEqual([255, 136, 0, 255]);
    expect(parseColour("#12345678")).toEqual([18, 52, 86, 120]);
    expect(parseColour("hsl(120, 100%, 25%)")).toEqual([0, 128, 0, 255]);
    expect(parseColour("transparent")).toEqual([0, 0, 0, 0]);
    for (const wrong of ["", "#12", "whit", "rgb(1,2)"])
      expect(() => parseColour(wrong)).toThrow("no colour");
  });

  it("reads backdrops", () => {
    expect(parseBackdrop("linear(white, #ccc 60%, #999, 90)")).toMatchObject({
      angle: 90,
      stops: [
        [0, [255, 255, 255, 255]],
        [0.6, [204, 204, 204, 255]],
        [1, [153, 153, 153, 255]],
      ],
    });
    expect(parseBackdrop("radial(white, #bbb, at 50% 40%)")).toMatchObject({
      angle: null,
      centre: [0.5, 0.4],
    });
    expect(parseBackdrop("picture(my, beach.jpg, contain, top left, #eee)")).toMatchObject({
      path: "my, beach.jpg",
      fit: "contain",
      position: [0, 0],
      fill: [238, 238, 238, 255],
    });
    expect(parseBackdrop("blur(5%)")).toEqual({ kind: "blur", radius: 0.05 });
    for (const wrong of [
      "linear(white)",
      "blur(50%)",
      "studio-pink",
      "cone(red, blue)",
      "linear(red 60%, blue 20%)",
    ])
      expect(() => parseBackdrop(wrong)).toThrow(/^Background:/);
  });

  it("reads lengths", () => {
    expect(parseMargin("5% 10px 0")).toEqual({ pixels: [0, 10, 0, 10], share: [0.05, 0, 0, 0] });
    expect([parseAspect("4:5"), parseAspect("16/9"), parseAspect("0.8")]).toEqual([0.8, 16 / 9, 0.8]);
    expect([parseCanvas("2000x1500"), parseCanvas("800")]).toEqual([{ width: 2000, height: 1500 }, 800]);
    expect([parsePosition("bottom"), parsePosition("30% 70%"), parsePosition("top left")]).toEqual([
      [0.5, 1],
      [0.3, 0.7],
      [0, 0],
    ]);
  });

  it("refuses with a sentence what this page cannot do, and says it in one table", () => {
    const { photo, matte } = drawn(20, 20);
    const refuse = (recipe: Recipe) => () => finish(photo, matte, PLAIN_EDGES, recipe);
    expect(refuse({ depth: 16 })).toThrow(UNSUPPORTED["depth=16"]!.replace(/\.$/, ""));
    expect(refuse({ match: "shop.jpg" })).toThrow("command line");
    expect(refuse({ shadow: "long" })).toThrow("auto, keep, drop");
    expect(refuse({ subjects: "two" })).toThrow("all, largest");
    expect(refuse({ specks: 2 })).toThrow("0 to 1");
    expect(
      whyNot(
        new Map<string, string | number>([
          ["shadow", "drop"],
          ["depth", "8"],
          ["specks", 0],
        ]),
      ),
    ).toBeNull();
    expect(refuse({ outline: 9000 })).toThrow("0 to 400");
  });

  it("says in docs/editor.md what is not the page's, and nothing else", () => {
    const page = readFileSync(new URL("../../../../docs/editor.md", import.meta.url), "utf8");
    const section = page.split("## What the page leaves")[1]!.split("\n## ")[0]!;
    const told = [...section.matchAll(/^\| (`.*?`) \|/gm)].flatMap((row) => row[1]!.match(/[\w=]+/g)!);
    const ours = new Set([...Object.keys(readLook({})), ...Object.keys(PLAIN_EDGES)]);
    const others = Object.keys(bundled.schema.properties).filter((name) => !ours.has(name));
    const refused = Object.keys(UNSUPPORTED);
    const whole = new Set(refused.map((name) => name.split("=")[0]!));
    expect(new Set(told)).toEqual(
      new Set([...refused, ...others.filter((name) => !whole.has(name)), "format"]),
    );
  });

  it("takes numbers within the schema's limits, and no others", () => {
    const limited = Object.entries(bundled.schema.properties).flatMap(([name, rule]) =>
      name in readLook({}) && "maximum" in rule ? [[name, rule.minimum!, rule.maximum!] as const] : [],
    );
    expect(limited.map(([name]) => name)).toContain("shadow_length");
    for (const [name, least, most] of limited) {
      for (const value of [least, most]) expect(readLook({ [name]: value })).toHaveProperty(name, value);
      for (const value of [least - 0.0001, most * 1.01])
        expect(() => readLook({ [name]: value }), `${name} ${value}`).toThrow("cannot be");
    }
  });

  it("takes a preset's background and limits where the recipe names none", () => {
    expect(PRESETS.length).toBeGreaterThan(5);
    expect(readLook({ preset: "amazon" }).background).toBe("white");
    expect(readLook({ preset: "amazon", background: "red" }).background).toBe("red");
    expect(maxBytesOf(findPreset("ebay"))).toBe(12_000_000);
    expect(() => findPreset("amazn")).toThrow("Known: amazon");
  });
});

it("knows the presets that Python knows, with as many rules", () => {
  const toml = readFileSync(
    new URL("../../../../src/alphacut/compose/presets.toml", import.meta.url),
    "utf8",
  );
  const common = toml.match(/^\[\[rule\]\]$/gm)!.length;
  const names = [...toml.matchAll(/^\[preset\.(\w+)\]$/gm)].map((found) => found[1]!);
  expect(PRESETS.map(({ name }) => name)).toEqual(names);
  for (const { name, rules, title, canvas } of PRESETS) {
    expect(rules.length).toBe(common + toml.split(`[[preset.${name}.rule]]`).length - 1);
    expect(toml).toContain(`title = "${title}"`);
    expect(toml).toContain(`canvas = "${canvas}"`);
  }
});

it("finishes pictures of any size, down to a single pixel", () => {
  const looks: Recipe[] = [
    { background: "studio-grey", shadow: "cast" },
    { background: "linear(white, #0000)", shadow: "contact", outline: 3 },
    { shadow: "reflection", shadow_softness: 0.1, outline: 2, outline_rounding: 2, harmonise: 1 },
    { background: "white", crop: true, margin: "10%", balance: true, exposure: 0.8, shadow: "drop" },
    { background: "radial(red, blue)", canvas: "30x20", harmonise: 1, inverse: true },
    { background: "blur" },
  ];
  const edges = { shift: 2, feather: 1, contrast: 2, decontaminate: true, despill: "green" };
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 24 }),
      fc.integer({ min: 1, max: 24 }),
      fc.constantFrom(...looks),
      fc.infiniteStream(bytes),
      (width, height, look, values) => {
        const take = (count: number) => Array.from({ length: count }, () => values.next().value);
        const photo = {
          name: "p",
          width,
          height,
          pixels: new Uint8ClampedArray(take(4 * width * height)),
          ownAlpha: null,
        };
        const matte = { width, height, alpha: Uint8Array.from(take(width * height)) };
        try {
          const made = finish(photo, matte, edges, look);
          expect(made.pixels.length).toBe(4 * made.width * made.height);
        } catch (error) {
          expect((error as Error).name).toBe("PixelError"); // nothing to frame, or nothing to blur
        }
      },
    ),
    { numRuns: 60 },
  );
});

it("says what cannot be framed", () => {
  const { photo, matte } = drawn(40, 30);
  const empty = { ...matte, alpha: new Uint8Array(1200) };
  expect(() => finish(photo, empty, PLAIN_EDGES, { crop: true })).toThrow("no subject");
  expect(() => finish(photo, matte, PLAIN_EDGES, { margin: "60%" })).toThrow("no room");
  expect(() => finish(photo, matte, PLAIN_EDGES, { canvas: "90000x9000" })).toThrow("megapixels");
  const made = finish(photo, empty, PLAIN_EDGES, { background: "white", shadow: "drop" });
  expect(made.pixels.every((v) => v === 255)).toBe(true);
  expect(made.notes).toEqual(["no shadow: there is no subject"]);
});
