import { untrack } from "svelte";
import type { Document } from "../document/types";
import type { Composed } from "../worker/jobs";
import type { Finding } from "../pixels/compose/check";
import type { Entry } from "./entry.svelte";
import { isAbort, sentenceOf } from "./problems";
import { remember, remembered } from "./remembered";
import type { Preset } from "./recipe/options";
import type { Editor } from "./state.svelte";
import { strings } from "./strings";
import { savedAs, type FileChoice } from "./export/files";

/** Milliseconds at rest before the finished picture is made: it takes seconds for a large photo. */
const REST = 350;

interface Checked {
  readonly of: Document;
  readonly as: FileChoice;
  readonly findings: readonly Finding[];
}

/** Makes the current photo's finished picture when it is asked for and nothing moves, and checks it. */
export class Finish {
  working = $state(false);
  problem = $state<string | null>(null);
  /** How files are written. */
  choice = $state.raw<FileChoice>(remembered<FileChoice>("file", { format: "png", quality: 92 }));
  private checked = $state.raw<Checked | null>(null);
  private readonly editor: Editor;
  private stop: AbortController | null = null;

  constructor(editor: Editor) {
    this.editor = editor;
  }

  choose(change: Partial<FileChoice>): void {
    this.choice = { ...this.choice, ...change };
    remember("file", this.choice);
  }

  preset = $derived.by((): Preset | null => {
    const name = this.editor.current?.document?.look["preset"];
    return this.editor.offer.presets.find((preset) => preset.name === name) ?? null;
  });
  /** What came of the marketplace's rules; null until the picture as it is now has been measured. */
  findings = $derived.by(() =>
    this.checked?.of === this.editor.current?.document && this.checked?.as === this.choice
      ? this.checked.findings
      : null,
  );
  /** Why the chosen format cannot hold the current photo; null where it can. */
  refused = $derived.by(() => {
    const look = this.editor.current?.document?.look;
    const open = look && !look["background"] && !look["preset"];
    return open && this.choice.format === "jpeg" ? strings.save.noJpeg : null;
  });
  wanted = $derived.by(() => this.editor.sight.show === "result" || this.preset !== null);

  /** Call in an effect: follows the current document, and returns what stops it. */
  follow(): (() => void) | undefined {
    const entry = this.editor.current;
    const document = entry?.document;
    const files = entry?.files;
    const { wanted, preset, choice } = this;
    if (!entry || !document || !entry.awake || !wanted) return undefined;
    // Untracked: what this ends in must not start it again.
    const checked = untrack(() => !preset || (this.checked?.of === document && this.checked.as === choice));
    const made = untrack(() => entry.exact?.of === document && entry.exact.files === files);
    if (made && checked) return undefined;
    const timer = setTimeout(() => void this.make(entry, document), REST);
    return () => {
      clearTimeout(timer);
      this.stop?.abort();
    };
  }

  /** Makes it and checks it; also after a failure. */
  async make(entry: Entry, document: Document): Promise<void> {
    this.stop?.abort();
    const stop = (this.stop = new AbortController());
    this.working = true;
    this.problem = null;
    try {
      const picture = await this.picture(stop.signal, entry, document);
      if (this.preset) await this.check(stop.signal, document, picture, this.preset);
    } catch (error) {
      if (!isAbort(error) && !stop.signal.aborted) this.problem = sentenceOf(error, entry.name);
    } finally {
      if (this.stop === stop) this.working = false;
    }
  }

  private async picture(signal: AbortSignal, entry: Entry, document: Document): Promise<Composed> {
    const { photo, matte, edges, look } = document;
    const { files, exact } = entry;
    if (exact?.of === document && exact.files === files) return exact.picture;
    const picture = await this.editor.engine.pixels(signal, "compose", { photo, matte, edges, look, files });
    entry.exact = { of: document, files, picture };
    return picture;
  }

  private async check(signal: AbortSignal, of: Document, picture: Composed, preset: Preset): Promise<void> {
    const as = this.choice;
    const takes = { picture, ...as, preset: preset.name };
    this.checked = { of, as, findings: await this.editor.engine.pixels(signal, "check", takes) };
  }

  /** One photo as a file of its own size. */
  async file(signal: AbortSignal, entry: Entry): Promise<{ name: string; file: Blob }> {
    const slept = !entry.awake;
    await this.editor.wake(entry, signal);
    try {
      const { photo, matte, edges, look } = entry.document!;
      const preset = this.editor.offer.presets.find(({ name }) => name === look["preset"]);
      const { format, quality } = this.choice;
      const maxBytes = preset?.max_bytes ?? null;
      const takes = { photo, matte, edges, look, files: entry.files, format, quality, maxBytes };
      const { file, notes } = await this.editor.engine.pixels(signal, "export", takes);
      for (const sentence of notes)
        this.editor.notify({ kind: "tell", sentence: `${entry.name}: ${sentence}` });
      return { name: savedAs(entry.name, format), file };
    } finally {
      if (slept && entry !== this.editor.current) entry.sleep();
    }
  }
}
