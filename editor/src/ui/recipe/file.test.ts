import { describe, expect, test } from "vitest";
import { PLAIN_EDGES } from "../../document/types";
import { readRecipe, recipeOf, writeRecipe } from "./file";
import { BUNDLED } from "./options";

const looks = {
  look: { background: "white", shadow: "drop", shadow_opacity: 0.4, crop: true, exposure: null },
  edges: { ...PLAIN_EDGES, feather: 1.5, decontaminate: false },
};

describe("a recipe file", () => {
  test.each(["toml", "json"] as const)("as %s gives back what was saved", async (suffix) => {
    const recipe = recipeOf(looks, BUNDLED);
    expect(recipe).not.toHaveProperty("shift");
    const text = await writeRecipe(recipe, BUNDLED, suffix);
    const read = await readRecipe(`look.${suffix}`, text, BUNDLED);
    expect(read.edges).toEqual(looks.edges);
    expect(recipeOf(read, BUNDLED)).toEqual(recipe);
  });

  test("in TOML has the options' groups as tables, as the command line writes them", async () => {
    const text = await writeRecipe(recipeOf(looks, BUNDLED), BUNDLED, "toml");
    expect(text).toContain("[look]\n");
    expect(text).toMatch(/\[edges\]\n(.*\n)*feather = 1\.5/);
    expect(text).toMatch(/\[shadow\]\nshadow = "drop"/);
  });

  test("may be flat, use dashes, and say none", async () => {
    const text = 'shadow-opacity = 0.5\nbackground = "none"\n[edges]\nshift = -2\n';
    const { look, edges } = await readRecipe("a.toml", text, BUNDLED);
    expect(look).toEqual({ shadow_opacity: 0.5, background: null });
    expect(edges.shift).toBe(-2);
  });

  test("that is wrong is refused with everything that is wrong", async () => {
    const text = '{"shaddow": "drop", "feather": 99, "look": {"background": "white"}, "background": "red"}';
    const refused = readRecipe("bad.json", text, BUNDLED);
    await expect(refused).rejects.toThrow(/shaddow.*feather.*background.*twice/);
    await expect(readRecipe("x.json", "[1]", BUNDLED)).rejects.toThrow(/holds no options/);
    await expect(readRecipe("x.toml", "= 3", BUNDLED)).rejects.toThrow(/cannot be read as a recipe/);
  });
});
