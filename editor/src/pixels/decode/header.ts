/** What a file is and how large, from its first bytes: before memory is taken. */
import type { Size } from "../../geometry/view";

export type Kind = "jpeg" | "png" | "webp" | "avif" | "heic" | "gif" | "bmp" | "tiff" | "unknown";

export interface Header {
  readonly kind: Kind;
  /** As stored, before its orientation; null where these bytes do not say it. */
  readonly size: Size | null;
}

/** Bytes that are enough for all but a JPEG with large tables before its picture. */
export const ENOUGH = 1 << 18;

export function readHeader(bytes: Uint8Array): Header {
  const kind = kindOf(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = { jpeg, png, webp, avif, heic: avif }[kind as "jpeg"] ?? (() => null);
  return { kind, size: reader(view) };
}

function kindOf(bytes: Uint8Array): Kind {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return "jpeg";
  if (text(1, 4) === "PNG") return "png";
  if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return "webp";
  if (text(0, 3) === "GIF") return "gif";
  if (text(0, 2) === "BM") return "bmp";
  if (["II*\0", "MM\0*"].includes(text(0, 4))) return "tiff";
  if (text(4, 8) !== "ftyp") return "unknown";
  const brands = text(8, 40);
  if (/avif|avis/.test(brands)) return "avif";
  return /hei[cxms]|hev[cx]|mif1/.test(brands) ? "heic" : "unknown";
}

/** Walks the segments to the frame's header. */
function jpeg(view: DataView): Size | null {
  for (let at = 2; at + 9 < view.byteLength;) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff || (marker >= 0xd0 && marker <= 0xd9)) {
      at += marker === 0xff ? 1 : 2; // fill bytes, and markers that stand alone
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

const png = (view: DataView): Size | null =>
  view.byteLength < 24 ? null : { width: view.getUint32(16), height: view.getUint32(20) };

function webp(view: DataView): Size | null {
  if (view.byteLength < 30) return null;
  const form = String.fromCharCode(...[12, 13, 14, 15].map((at) => view.getUint8(at)));
  const three = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  if (form === "VP8X") return { width: three(24) + 1, height: three(27) + 1 };
  if (form === "VP8 ")
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (form !== "VP8L") return null;
  const bits = view.getUint32(21, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

/** The largest of the spatial extents (`ispe`): tiles and thumbnails have their own. */
function avif(view: DataView): Size | null {
  let largest: Size | null = null;
  for (let at = 0; at + 16 <= view.byteLength; at++) {
    if (view.getUint32(at) !== 0x69737065) continue;
    const size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    if (!largest || size.width * size.height > largest.width * largest.height) largest = size;
  }
  return largest;
}
