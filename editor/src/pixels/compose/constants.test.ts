/** Numbers that stand both in Python and here: few pictures would show that one of them was changed in one place. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const PYTHON = new URL("../../../../src/alphacut/", import.meta.url);
const OURS = new URL("../", import.meta.url);
const FOLDERS = ["compose/", "compose/shadow/"];

const numbersOf = (text: string): number[] => (text.match(/-?[\d.]+(?:e-?\d+)?/g) ?? []).map(Number);
const PLAIN = /^[-\d\s.,e()[\]]+$/;

/** `NAME = 0.5`, `A, B = 1, 2` and tuples of numbers, at the start of a line. */
function pythonConstants(text: string): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [, left, right] of text.matchAll(
    /^([A-Z_]+(?:, [A-Z_]+)*) = (\([^)]*(?:\)[,)\s]+\([^)]*)*\)+|[^\n]+)/gm,
  )) {
    const names = left!.split(", ");
    const value = right!.replace(/#.*$/gm, "").trim();
    if (!PLAIN.test(value)) continue;
    const numbers = numbersOf(value);
    if (names.length === 1) found.set(names[0]!, numbers);
    else names.forEach((name, k) => found.set(name, [numbers[k]!]));
  }
  return found;
}

function ourConstants(text: string): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [, name, right] of text.matchAll(/^(?:export )?const ([A-Z_]+) = ([^;]+);/gm)) {
    const value = right!.replace(/ as const|Math\.fround/g, "");
    if (PLAIN.test(value)) found.set(name!, numbersOf(value));
  }
  return found;
}

const read = (base: URL, path: string) => readFileSync(new URL(path, base), "utf8");
const stemsIn = (base: URL, folder: string, suffix: string) =>
  readdirSync(new URL(folder, base)).flatMap((name) => (name.endsWith(suffix) ? name.slice(0, -3) : []));
const pairs = FOLDERS.flatMap((folder) => {
  const theirs = new Set(stemsIn(PYTHON, folder, ".py"));
  return stemsIn(OURS, folder, ".ts").flatMap((stem) => (theirs.has(stem) ? folder + stem : []));
});

it.each([...pairs, "refine/regions"])("%s has Python's constants", (path) => {
  const theirs = pythonConstants(read(PYTHON, `${path}.py`));
  const shared = [...ourConstants(read(OURS, `${path}.ts`))].filter(([name]) => theirs.has(name));
  expect(Object.fromEntries(shared)).toEqual(
    Object.fromEntries(shared.map(([name]) => [name, theirs.get(name)])),
  );
});

it("compares those of shadows and of harmonising", () => {
  const count = (path: string) => {
    const theirs = pythonConstants(read(PYTHON, `${path}.py`));
    return [...ourConstants(read(OURS, `${path}.ts`)).keys()].filter((name) => theirs.has(name)).length;
  };
  const least = { keep: 16, surface: 8, shading: 7, auto: 1, cast: 4, contact: 2, drop: 1, soften: 3 };
  for (const [name, many] of Object.entries(least))
    expect(count(`compose/shadow/${name}`), name).toBeGreaterThanOrEqual(many);
  expect(count("compose/harmonise")).toBeGreaterThanOrEqual(7);
});
