import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUNDLED, offerOf, type OptionRule } from "../recipe/options";
import { controlOf, controlsOf, fits, fromTrack, shownValue, toTrack, type Control } from "./controls";

const control = (name: string, refusals = {}): Control =>
  controlOf(name, BUNDLED.options[name]!, refusals, BUNDLED);

describe("controls are derived from the schema", () => {
  test("each option of the groups has one, of the kind its type asks for", () => {
    const kinds = (group: string) =>
      Object.fromEntries(controlsOf(BUNDLED, group, {}).map(({ name, kind }) => [name, kind]));
    expect(kinds("Shadow")).toEqual({
      shadow: "choice",
      shadow_direction: "number",
      shadow_length: "number",
      shadow_softness: "number",
      shadow_opacity: "number",
      shadow_colour: "colour",
    });
    expect(kinds("Look")).toMatchObject({
      background: "backdrop",
      linear: "switch",
      exposure: "number",
      outline: "number",
      outline_colour: "colour",
      match: "file",
    });
    expect(kinds("Frame")).toMatchObject({ crop: "switch", margin: "text", enlarge: "number" });
  });

  test("limits, units and help come along", () => {
    const outline = control("outline");
    expect(outline).toMatchObject({ kind: "number", least: 0, most: 400, unit: "px", optional: false });
    expect(outline.help).toBe("Width of an outline around the subject");
    expect(control("shadow_direction")).toMatchObject({ optional: true, unit: "degrees", initial: null });
  });

  test("what the page cannot do is said, for an option and for a choice", () => {
    const refusals = { match: "Needs more.", "shadow=keep": "Needs the service." };
    expect(control("match", refusals).refused).toBe("Needs more.");
    const shadow = control("shadow", refusals);
    const keep = shadow.kind === "choice" ? shadow.choices.find(({ value }) => value === "keep") : null;
    expect(shadow.refused).toBeNull();
    expect(keep?.refused).toBe("Needs the service.");
  });

  test("an option that is new in the service gets a control of its own", () => {
    const rule = { type: "number", minimum: 0, maximum: 2, default: 1, description: "new (in share)" };
    const offer = offerOf({ properties: { sparkle: { ...rule, group: "Look", unit: "share" } } }, []);
    expect(controlsOf(offer, "Look", {})).toMatchObject([
      { name: "sparkle", label: "Sparkle", help: "New", kind: "number", most: 2, step: 0.01 },
    ]);
  });

  test("a table of a recipe that has an option's name is that option", () => {
    const shadow = {
      type: "string",
      enum: ["none"],
      default: "none",
      description: "",
      group: "Shadow",
      unit: "",
    };
    const offer = offerOf({ properties: { shadow: { anyOf: [shadow, { type: "object" }] }, look: {} } }, []);
    expect(Object.keys(offer.options)).toEqual(["shadow"]);
  });
});

test("a slider's every place is within its limits, and its place comes back", () => {
  const names = ["outline", "harmonise", "enlarge", "scale", "shadow_direction", "exposure"];
  const property = fc.property(
    fc.constantFrom(...names),
    fc.double({ min: 0, max: 1, noNaN: true }),
    (name, at) => {
      const range = control(name);
      if (range.kind !== "number") throw new Error(name);
      const value = fromTrack(range, at);
      expect(value).toBeGreaterThanOrEqual(range.least);
      expect(value).toBeLessThanOrEqual(range.most);
      expect(fits(BUNDLED.options[name]!, value)).toBe(true);
      expect(fromTrack(range, toTrack(range, value))).toBeCloseTo(value, 6);
    },
  );
  fc.assert(property);
});

test("values fit an option by its type, its choices and its limits", () => {
  const rule = (name: string): OptionRule => BUNDLED.options[name]!;
  expect(fits(rule("feather"), 8)).toBe(true);
  expect(fits(rule("feather"), 8.1)).toBe(false);
  expect(fits(rule("feather"), "8")).toBe(false);
  expect(fits(rule("quality"), 91.5)).toBe(false);
  expect(fits(rule("shadow"), "drop")).toBe(true);
  expect(fits(rule("shadow"), "dropp")).toBe(false);
  expect(fits(rule("exposure"), null)).toBe(true);
  expect(fits(rule("linear"), true)).toBe(true);
});

test("values are shown as people write them", () => {
  expect(shownValue(0.25, "share")).toBe("25 %");
  expect(shownValue(1.234567, "px")).toBe("1.23 px");
  expect(shownValue(45, "degrees")).toBe("45°");
});
