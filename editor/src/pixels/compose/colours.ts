import { PixelError } from "../errors";
import { clamp } from "../planes/plane";
import { NAMES } from "./colour_names";

/** sRGB red, green, blue and alpha, each 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number, alpha: number];

/** Returns the colour that a CSS name, `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa`, rgb() or hsl() means; null for others. */
export function readColour(text: string): Colour | null {
  const name = text.trim().toLowerCase();
  if (name === "transparent") return [0, 0, 0, 0];
  const hex = NAMES.get(name) ?? /^#([0-9a-f]{3,8})$/.exec(name)?.[1];
  if (hex) return fromHex(hex);
  return fromRgb(name) ?? fromHsl(name);
}

/** The same, or an error that says what to write. */
export function parseColour(text: string, subject = "Colour"): Colour {
  const colour = readColour(text);
  if (colour) return colour;
  throw new PixelError(
    subject,
    `“${text}” is no colour`,
    "Use a CSS name such as white, or #rgb, #rgba, #rrggbb or #rrggbbaa.",
  );
}

function fromHex(hex: string): Colour | null {
  const short = hex.length === 3 || hex.length === 4;
  if (!short && hex.length !== 6 && hex.length !== 8) return null;
  const digits = short ? [...hex].map((digit) => digit + digit) : hex.match(/../g)!;
  const [red, green, blue, alpha] = digits.map((pair) => parseInt(pair, 16));
  return [red!, green!, blue!, alpha ?? 255];
}

function fromRgb(text: string): Colour | null {
  const whole = /^rgb\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(text);
  if (whole) return [limited(whole[1]!), limited(whole[2]!), limited(whole[3]!), 255];
  const share = /^rgb\(\s*(\d+)%\s*,\s*(\d+)%\s*,\s*(\d+)%\s*\)$/.exec(text);
  if (share) {
    const [red, green, blue] = [1, 2, 3].map((k) =>
      limited(Math.floor((Number(share[k]) * 255) / 100 + 0.5)),
    );
    return [red!, green!, blue!, 255];
  }
  const clear = /^rgba\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(text);
  if (!clear) return null;
  return [limited(clear[1]!), limited(clear[2]!), limited(clear[3]!), limited(clear[4]!)];
}

const limited = (value: string | number): number => clamp(Number(value), 0, 255);

function fromHsl(text: string): Colour | null {
  const found = /^hsl\(\s*(\d+\.?\d*)\s*,\s*(\d+\.?\d*)%\s*,\s*(\d+\.?\d*)%\s*\)$/.exec(text);
  if (!found) return null;
  const [hue, saturation, light] = [Number(found[1]), Number(found[2]) / 100, Number(found[3]) / 100];
  const chroma = saturation * Math.min(light, 1 - light);
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return limited(Math.floor(255 * (light - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))) + 0.5));
  };
  return [channel(0), channel(8), channel(4), 255];
}
