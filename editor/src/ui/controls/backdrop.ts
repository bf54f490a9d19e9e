/** A background as the panel sets it; what the panel has no fields for stays as text. */
export type BackdropForm =
  | { readonly kind: "none" }
  | { readonly kind: "colour"; readonly colour: string }
  | {
      readonly kind: "gradient";
      readonly shape: "linear" | "radial";
      readonly from: string;
      readonly to: string;
      /** Degrees, clockwise from the top; of a straight one. */
      readonly angle: number;
    }
  | { readonly kind: "picture"; readonly name: string; readonly fit: string }
  | { readonly kind: "blur"; readonly percent: number }
  | { readonly kind: "studio"; readonly name: string }
  | { readonly kind: "text"; readonly text: string };

export const STUDIOS = ["studio-white", "studio-grey", "studio-warm", "studio-dark"] as const;
export const FITS = ["cover", "contain", "tile", "stretch"] as const;
/** The service's own, where none is said: straight down, and a blur of 3 %. */
const DOWN = 180;
const BLUR = 3;

const WORDS = "#?[\\w]+";
const GRADIENT = new RegExp(
  `^(linear|radial)\\(\\s*(${WORDS})\\s*,\\s*(${WORDS})\\s*(?:,\\s*(-?[\\d.]+)\\s*(?:deg|°)?\\s*)?\\)$`,
  "i",
);

/** Reads the recipe's text. */
export function readBackdrop(text: string | null): BackdropForm {
  const plain = text?.trim() ?? "none";
  if (!plain || plain.toLowerCase() === "none") return { kind: "none" };
  if ((STUDIOS as readonly string[]).includes(plain.toLowerCase()))
    return { kind: "studio", name: plain.toLowerCase() };
  const blur = /^blur(?:\(\s*([\d.]+)%\s*\))?$/i.exec(plain);
  if (blur) return { kind: "blur", percent: Number(blur[1] ?? BLUR) };
  const gradient = GRADIENT.exec(plain);
  if (gradient) {
    const [, shape, from, to, angle] = gradient;
    const known = shape!.toLowerCase() as "linear" | "radial";
    if (known === "radial" && angle) return { kind: "text", text: plain };
    return { kind: "gradient", shape: known, from: from!, to: to!, angle: Number(angle ?? DOWN) };
  }
  const picture = /^picture\(\s*([^,()]+\.[^,()]+?)\s*(?:,\s*(cover|contain|tile|stretch)\s*)?\)$/i.exec(
    plain,
  );
  if (picture) return { kind: "picture", name: picture[1]!, fit: (picture[2] ?? "cover").toLowerCase() };
  if (/^[^(),]+\.\w+$/.test(plain)) return { kind: "picture", name: plain, fit: "cover" };
  if (/^(#[\da-f]{3,8}|[a-z]+)$/i.test(plain)) return { kind: "colour", colour: plain };
  return { kind: "text", text: plain };
}

/** The text that the recipe has for it; null for nothing behind the subject. */
export function writeBackdrop(form: BackdropForm): string | null {
  if (form.kind === "none") return null;
  if (form.kind === "colour") return form.colour;
  if (form.kind === "blur") return form.percent === BLUR ? "blur" : `blur(${form.percent}%)`;
  if (form.kind === "studio") return form.name;
  if (form.kind === "picture") return form.fit === "cover" ? form.name : `picture(${form.name}, ${form.fit})`;
  if (form.kind === "text") return form.text;
  const angle = form.shape === "linear" && form.angle !== DOWN ? `, ${form.angle}` : "";
  return `${form.shape}(${form.from}, ${form.to}${angle})`;
}

/** A file's name as it can stand in `picture(...)`. */
export const plainName = (name: string): string => name.replace(/[(),]/g, "_");
