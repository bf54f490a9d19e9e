import { expect, it } from "vitest";
import { drawn } from "../fixtures";
import { map, plane } from "../planes/plane";
import { Laplacian } from "./laplacian";
import { coloursOf } from "./refine";

const [WIDTH, HEIGHT] = [24, 17];
const image = coloursOf(drawn(WIDTH, HEIGHT).photo, WIDTH, HEIGHT);
const p = plane(WIDTH, HEIGHT);
p.data.forEach((_, i) => (p.data[i] = Math.sin(i * 1.7) / 2 + 0.5));

const product = (operator: Laplacian, of = p) => {
  const result = new Float32Array(operator.length);
  operator.times(operator.wide(of), result);
  return operator.plain(result).data;
};

it("finds nothing to do where the alpha is one linear function of the colours", () => {
  const [red, green, blue] = image;
  const line = plane(
    WIDTH,
    HEIGHT,
    red.data.map((v, i) => 0.5 * v - 0.3 * green.data[i]! + 0.8 * blue.data[i]! + 0.1),
  );
  const most = (data: Float32Array) => Math.max(...data.map(Math.abs));
  expect(
    most(
      product(
        new Laplacian(image),
        map(p, () => 0.7),
      ),
    ),
  ).toBeLessThan(1e-4);
  // The little variance that is added to every window leaves a trace.
  expect(most(product(new Laplacian(image), line))).toBeLessThan(0.02 * most(product(new Laplacian(image))));
});

it("has the diagonal that its own products have", () => {
  const operator = new Laplacian(image);
  const wide = new Float32Array(operator.length);
  operator.diagonal(wide);
  const diagonal = operator.plain(wide).data;
  for (const at of [0, 5, WIDTH - 1, 7 * WIDTH + 11, WIDTH * HEIGHT - 1]) {
    const one = plane(WIDTH, HEIGHT);
    one.data[at] = 1;
    expect(product(operator, one)[at]).toBeCloseTo(diagonal[at]!, 4);
  }
});

it("gives the same where only a part is wanted", () => {
  const wanted = map(p, () => 0);
  for (const at of [0, 30, 31, 5 * WIDTH, 9 * WIDTH - 1, WIDTH * HEIGHT - 1]) wanted.data[at] = 1;
  const [all, some] = [new Laplacian(image), new Laplacian(image, wanted)];
  const [whole, part] = [product(all), product(some)];
  const [line, near] = [all.meanLine(p).data, some.meanLine(p).data];
  wanted.data.forEach((v, i) => {
    if (!v) return;
    expect(part[i]).toBe(whole[i]);
    for (let k = 0; k < 4; k++) expect(near[4 * i + k]).toBe(line[4 * i + k]);
  });
});
