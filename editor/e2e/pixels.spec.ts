import { expect, test } from "@playwright/test";
import type { Recipe } from "../src/document/types";
import { load, photoOf, unpack, matteOf } from "../src/pixels/fixtures";
import type { PixelLab } from "./harness/pixels";
import { servePage } from "./harness/serve";
import { readPng } from "./png";

declare global {
  interface Window {
    pixelLab: PixelLab;
  }
}

type Packed = Parameters<typeof unpack>[0];

let site: Awaited<ReturnType<typeof servePage>>;
test.beforeAll(async () => {
  site = await servePage("pixels.html");
});
test.afterAll(() => site.close());
test.beforeEach(async ({ page }) => {
  await page.goto(site.url);
  await page.waitForFunction(() => "pixelLab" in window);
});

test("opens JPEG, PNG, WebP and a wide-gamut PNG as upright sRGB", async ({ page }) => {
  const found = await page.evaluate(async () => {
    const { ask, file, turned } = window.pixelLab;
    const { signal } = new AbortController();
    const colour = "rgb(204, 102, 51)";
    const files = {
      png: await file("image/png", 40, 20, colour),
      webp: await file("image/webp", 40, 20, colour),
      jpeg: await file("image/jpeg", 40, 20, colour),
      wide: await file("image/png", 40, 20, colour, "display-p3"),
      turned: await turned(await file("image/jpeg", 40, 20, colour), 6),
    };
    const rows = [];
    for (const [name, one] of Object.entries(files)) {
      const { width, height, pixels, ownAlpha } = await ask(signal, "decode", { file: one });
      const at = (x: number, y: number) => [...pixels.slice(4 * (y * width + x), 4 * (y * width + x) + 3)];
      rows.push({ name, width, height, first: at(3, 3), last: at(width - 4, height - 4), ownAlpha });
    }
    return rows;
  });
  for (const { name, width, height, first, last, ownAlpha } of found) {
    expect([width, height], name).toEqual(name === "turned" ? [20, 40] : [40, 20]);
    [204, 102, 51].forEach((v, k) => expect(Math.abs(first[k]! - v), name).toBeLessThanOrEqual(6));
    [20, 60, 220].forEach((v, k) => expect(Math.abs(last[k]! - v), name).toBeLessThanOrEqual(6));
    expect(ownAlpha, name).toBeNull();
  }
});

test("takes a file's own transparency apart, and shrinks a copy for the networks", async ({ page }) => {
  const found = await page.evaluate(async () => {
    const { ask, file, shown } = window.pixelLab;
    const { signal } = new AbortController();
    const photo = await ask(signal, "decode", {
      file: await file("image/png", 640, 400, "rgba(200, 100, 0, 0.6)"),
    });
    const copy = await ask(signal, "shrink", { photo, side: 320 });
    const { width, height } = await shown(copy);
    return {
      alpha: [photo.ownAlpha![0], photo.ownAlpha![639]],
      first: [...photo.pixels.slice(0, 4)],
      width,
      height,
    };
  });
  expect(found.alpha).toEqual([153, 255]);
  [200, 100, 0, 255].forEach((v, k) => expect(Math.abs(found.first[k]! - v)).toBeLessThanOrEqual(1));
  expect([found.width, found.height]).toEqual([320, 200]);
});

test("says in a sentence why a file cannot be opened", async ({ page }) => {
  const said = await page.evaluate(async () => {
    const { ask, file } = window.pixelLab;
    const { signal } = new AbortController();
    const text = (words: string) => Uint8Array.from(words, (letter) => letter.charCodeAt(0));
    const good = new Uint8Array(await (await file("image/png", 40, 20, "red")).arrayBuffer());
    const broken = good.slice();
    broken.fill(7, 33);
    const huge = good.slice();
    new DataView(huge.buffer).setUint32(16, 20_000);
    new DataView(huge.buffer).setUint32(20, 10_000);
    const files = {
      empty: new File([], "empty.jpg"),
      text: new File(["not a picture"], "notes.txt"),
      heic: new File([Uint8Array.of(0, 0, 0, 24), text("ftypheic0000mif1heic")], "phone.heic"),
      broken: new File([broken], "broken.png"),
      huge: new File([huge], "huge.png"),
    };
    const rows: Record<string, string> = {};
    for (const [name, one] of Object.entries(files))
      rows[name] = await ask(signal, "decode", { file: one }).then(
        () => "opened",
        (error: Error) => error.message,
      );
    return rows;
  });
  expect(said["empty"]).toContain("is empty");
  expect(said["text"]).toContain("not a picture that this browser can open");
  expect(said["heic"]).toContain("HEIC");
  expect(said["broken"]).toContain("damaged");
  expect(said["huge"]).toContain("200 megapixels, and at most 120");
});

test("exports the pixels that Python writes, as PNG, WebP and JPEG", async ({ page }) => {
  const small = load<{ photo: Packed; matte: Packed }>("small");
  const cases = load<{ name: string; of: unknown; recipe: Recipe; result: Packed }[]>("compose");
  const photo = photoOf(unpack(small.photo));
  const matte = matteOf(unpack(small.matte));
  const exported = (name: string, format: "png" | "webp" | "jpeg") => {
    const { recipe, result } = cases.find((one) => one.name === name && one.of === "shot")!;
    const wanted = unpack(result);
    const takes = {
      pixels: [...photo.pixels],
      alpha: [...matte.alpha],
      width: photo.width,
      height: photo.height,
    };
    return page
      .evaluate(
        async ([{ pixels, alpha, width, height }, look, format]) => {
          const { ask, shown, PLAIN_EDGES } = window.pixelLab;
          const photo = { name: "p", width, height, pixels: new Uint8ClampedArray(pixels), ownAlpha: null };
          const matte = { width, height, alpha: new Uint8Array(alpha) };
          const given = {
            photo,
            matte,
            edges: PLAIN_EDGES,
            look,
            files: {},
            format,
            quality: 92,
            maxBytes: null,
          };
          const { file } = await ask(new AbortController().signal, "export", given);
          const seen = await shown(file);
          return {
            type: file.type,
            bytes: [...new Uint8Array(await file.arrayBuffer())],
            seen: [...seen.pixels],
          };
        },
        [takes, recipe, format] as const,
      )
      .then((made) => ({ ...made, wanted }));
  };
  for (const name of ["transparent", "white", "gradient", "clear gradient", "contact", "matte"]) {
    const { bytes, wanted } = await exported(name, "png");
    const own = readPng(Uint8Array.from(bytes)).values;
    const far = [...own].map((v, i) => Math.abs(v - wanted.bytes[i]!));
    expect(own.length).toBe(wanted.bytes.length);
    expect(far.reduce((sum, v) => sum + v, 0) / far.length, name).toBeLessThan(0.1);
  }
  for (const format of ["webp", "jpeg"] as const) {
    const { type, seen, wanted } = await exported("white", format);
    expect(type).toBe(`image/${format}`);
    let sum = 0;
    wanted.bytes.forEach((v, i) => (sum += Math.abs(seen[4 * Math.floor(i / 3) + (i % 3)]! - v)));
    expect(sum / wanted.bytes.length, format).toBeLessThan(8); // a tiny picture of sharp edges, in 4:2:0
  }
});

test("keeps within a limit of bytes by a lower quality, says so, and stops when asked to", async ({
  page,
}) => {
  const found = await page.evaluate(async () => {
    const { ask, scene, PLAIN_EDGES } = window.pixelLab;
    const { signal } = new AbortController();
    const takes = {
      ...scene(600, 400),
      edges: PLAIN_EDGES,
      look: { background: "white" },
      files: {},
      quality: 92,
    };
    const free = await ask(signal, "export", { ...takes, format: "jpeg", maxBytes: null });
    const limit = Math.round(free.file.size / 2);
    const held = await ask(signal, "export", { ...takes, format: "jpeg", maxBytes: limit });
    const said = await ask(signal, "export", { ...takes, format: "png", maxBytes: 900 }).catch(
      (e: Error) => e.message,
    );
    const stop = new AbortController();
    const never = ask(stop.signal, "export", { ...takes, format: "png", maxBytes: null });
    stop.abort();
    const name = await never.catch((error: Error) => error.name);
    return { limit, size: held.file.size, notes: held.notes, said, name };
  });
  expect(found.size).toBeLessThanOrEqual(found.limit);
  expect(found.notes.join()).toContain("lowered to");
  expect(found.said).toContain("900 are allowed");
  expect(found.name).toBe("AbortError");
});

test("takes a photo of 24 megapixels through", async ({ page }) => {
  const size = await page.evaluate(async () => {
    const { ask, scene, PLAIN_EDGES } = window.pixelLab;
    const { signal } = new AbortController();
    const look = { background: "studio-grey", shadow: "drop" };
    const takes = { ...scene(6000, 4000), edges: PLAIN_EDGES, look, files: {}, quality: 90, maxBytes: null };
    const { file } = await ask(signal, "export", { ...takes, format: "jpeg" });
    const opened = await ask(signal, "decode", { file: new File([file], "24.jpg") });
    return [opened.width, opened.height];
  });
  expect(size).toEqual([6000, 4000]);
});
