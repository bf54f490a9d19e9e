import { Zip, ZipPassThrough } from "fflate";

export interface FileChoice {
  readonly format: "png" | "webp" | "jpeg";
  /** 1 to 100. */
  readonly quality: number;
}

export const FORMATS = ["png", "webp", "jpeg"] as const;
const SUFFIX = { png: "png", webp: "webp", jpeg: "jpg" } as const;

/** `photo.jpg` as PNG → `photo-cutout.png`: the photo itself is never overwritten. */
export function savedAs(name: string, format: FileChoice["format"]): string {
  const stem = name.replace(/\.[A-Za-z0-9]{1,5}$/, "") || "photo";
  return `${stem}-cutout.${SUFFIX[format]}`;
}

/** The same names, each once: the second `a.png` is `a-2.png`. */
export function apart(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const dot = name.lastIndexOf(".");
    let free = name;
    for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${name.slice(0, dot)}-${n}${name.slice(dot)}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

/** A zip that grows file by file; pictures are compressed already, so it only stores them. */
export function zipper(): { add(name: string, file: Blob): Promise<void>; end(): Blob } {
  let parts: BlobPart[] = [];
  let failed: Error | null = null;
  const zip = new Zip((error, chunk) => {
    if (error) failed = error;
    else parts.push(chunk.slice());
    // A Blob may live on disk: what is handed to it is no longer counted against the page's memory.
    if (parts.length > 64) parts = [new Blob(parts)];
  });
  return {
    async add(name, file) {
      const entry = new ZipPassThrough(name);
      zip.add(entry);
      const reader = file.stream().getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) entry.push(read.value);
      entry.push(new Uint8Array(0), true);
      if (failed) throw failed;
    },
    end() {
      zip.end();
      if (failed) throw failed;
      return new Blob(parts, { type: "application/zip" });
    },
  };
}

/** Hands a file to the browser's downloads. */
export function download(name: string, file: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
