/** What the tests compare with: `fixtures/make.py` wrote it, and draws the same pictures. */
import { unzlibSync } from "fflate";
import { readFileSync } from "node:fs";
import type { Matte, Photo } from "../document/types";

interface Packed {
  readonly shape: readonly number[];
  readonly zlib: string;
}

/** An array of bytes: height, width, channels. */
export interface Recorded {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly bytes: Uint8Array;
}

export function unpack({ shape, zlib }: Packed): Recorded {
  const bytes = unzlibSync(Uint8Array.from(Buffer.from(zlib, "base64")));
  return { height: shape[0]!, width: shape[1]!, channels: shape[2] ?? 1, bytes };
}

export function load<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../fixtures/${name}.json`, import.meta.url), "utf8")) as T;
}

export function photoOf({ width, height, channels, bytes }: Recorded): Photo {
  const pixels = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++)
    for (let k = 0; k < channels; k++) pixels[4 * i + k] = bytes[channels * i + k]!;
  return { name: "photo", width, height, pixels, ownAlpha: null };
}

export const matteOf = ({ width, height, bytes }: Recorded): Matte => ({ width, height, alpha: bytes });

/** The photo and matte that `drawn` in make.py draws. */
export function drawn(width: number, height: number): { photo: Photo; matte: Matte } {
  const pixels = new Uint8ClampedArray(4 * width * height).fill(255);
  const alpha = new Uint8Array(width * height);
  const size = Math.min(width, height);
  const div = (a: number, b: number) => Math.floor(a / b);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const square = (2 * x + 1 - width) ** 2 + div((2 * y + 1 - height) ** 2 * 3, 4);
      const disc = div((div(size * size, 4) - square) * 16, div(size * size, 32) + 1) + 128;
      const bar = Math.abs(2 * x - width) < div(width, 12) && y > div(height, 2) && y < div(height * 7, 8);
      const a = Math.max(Math.min(255, Math.max(0, disc)), bar ? 255 : 0);
      alpha[i] = a;
      const front = [200 - div(x * 60, width), 80 + div(y * 90, height), 60 + ((x * 5 + y * 11) % 23)];
      const back = [60 + div(x * 150, width), 110 + ((x * 13 + y * 7) % 17), 190 - div(y * 100, height)];
      for (let k = 0; k < 3; k++) pixels[4 * i + k] = div(front[k]! * a + back[k]! * (255 - a) + 127, 255);
    }
  return { photo: { name: "drawn", width, height, pixels, ownAlpha: null }, matte: { width, height, alpha } };
}

/** The ball, floor and crumbs that `floor` in make.py draws. */
export function floor(
  width: number,
  height: number,
  dark: number,
  crumbs: number,
): { photo: Photo; matte: Matte } {
  const pixels = new Uint8ClampedArray(4 * width * height).fill(255);
  const alpha = new Uint8Array(width * height);
  const div = (a: number, b: number) => Math.floor(a / b);
  const radius = div(Math.min(width, height) * 9, 32);
  const near = [
    [div(radius * 5, 4), div(-radius, 4), div(radius, 3)],
    [-radius, radius, div(radius, 8) + 1],
  ].slice(0, crumbs);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const [right, down] = [x - div(width * 2, 5), y - div(height * 9, 20)];
      let ball = div((radius * radius - right * right - down * down) * 255, 4 * radius) + 128;
      ball = Math.min(255, Math.max(0, ball));
      for (const [beside, below, size] of near as [number, number, number][])
        ball = Math.max(ball, 255 - div(((right - beside) ** 2 + (down - below) ** 2) * 255, size * size));
      alpha[i] = ball;
      const across = div((right - div(radius, 2)) * 256, div(radius * 3, 2));
      const along = div((down - radius) * 256, div(radius, 2));
      const lost = div(Math.min(65536, Math.max(0, 65536 - across ** 2 - along ** 2)) * dark, 65536);
      const base = 222 - div(y * 30, height) + div(x * 12, width);
      const lit = 150 - div(right * 60 + down * 30, radius);
      const front = [lit, div(lit * 3, 4), div(lit, 2)].map((v) => Math.min(255, Math.max(0, v)));
      [base, base - 4, base - 10].forEach((own, k) => {
        const back = div(own * (256 - div(lost * [8, 7, 4][k]!, 8)), 256);
        pixels[4 * i + k] = div(front[k]! * ball + back * (255 - ball) + 127, 255);
      });
    }
  return { photo: { name: "floor", width, height, pixels, ownAlpha: null }, matte: { width, height, alpha } };
}

/** Mean and largest difference between a picture (RGBA, or one byte a pixel) and what was recorded, sampled at a step. */
export function difference(
  got: { width: number; data: ArrayLike<number>; stride: number },
  wanted: Recorded,
  step = 1,
  counts: (pixel: number) => boolean = () => true,
): { mean: number; most: number } {
  let [sum, count, most] = [0, 0, 0];
  const start = Math.floor(step / 2) * (step > 1 ? 1 : 0);
  for (let y = 0; y < wanted.height; y++)
    for (let x = 0; x < wanted.width; x++) {
      const at = (start + y * step) * got.width + start + x * step;
      if (!counts(at)) continue;
      for (let k = 0; k < wanted.channels; k++) {
        const own = got.data[at * got.stride + k]!;
        const far = Math.abs(own - wanted.bytes[(y * wanted.width + x) * wanted.channels + k]!);
        sum += far;
        count++;
        most = Math.max(most, far);
      }
    }
  return { mean: sum / Math.max(count, 1), most };
}
