import { untrack } from "svelte";
import type { Document } from "../document/types";
import type { Composed } from "../worker/jobs";
import type { Finding } from "../pixels/compose/check";
import type { Entry } from "./entry.svelte";
import { isAbort, sentenceOf } from "./problems";
import type { Preset } from "./recipe/options";
import type { Editor } from "./state.svelte";
import { savedAs, type FileChoice } from "./export/files";

/** Milliseconds at rest before the finished picture is made: it takes seconds for a large photo. */
const REST = 350;

/** Makes the current photo's finished picture when it is asked for and nothing moves, and checks it. */
export class Finish {
  working = $state(false);
  problem = $state<string | null>(null);
  private checked = $state.raw<{ of: Document; findings: readonly Finding[] } | null>(null);
  private readonly editor: Editor;
  private stop: AbortController | null = null;

  constructor(editor: Editor) {
    this.editor = editor;
  }

  preset = $derived.by((): Preset | null => {
    const name = this.editor.current?.document?.look["preset"];
    return this.editor.offer.presets.find((preset) => preset.name === name) ?? null;
  });
  /** What came of the marketplace's rules; null until the picture as it is now has been measured. */
  findings = $derived.by(() =>
    this.checked && this.checked.of === this.editor.current?.document ? this.checked.findings : null,
  );
  wanted = $derived.by(() => this.editor.sight.show === "result" || this.preset !== null);

  /** Call in an effect: follows the current document, and returns what stops it. */
  follow(): (() => void) | undefined {
    const entry = this.editor.current;
    const document = entry?.document;
    const files = entry?.files;
    const { wanted, preset } = this;
    if (!entry || !document || !entry.awake || !wanted) return undefined;
    // Untracked: what this ends in must not start it again.
    const made = untrack(() => (preset ? this.checked?.of : document) === document && entry.exact);
    if (made && made.of === document && made.files === files) return undefined;
    const timer = setTimeout(() => void this.make(entry, document, preset), REST);
    return () => {
      clearTimeout(timer);
      this.stop?.abort();
    };
  }

  private async make(entry: Entry, document: Document, preset: Preset | null): Promise<void> {
    this.stop?.abort();
    const stop = (this.stop = new AbortController());
    const { photo, matte, edges, look } = document;
    this.working = true;
    this.problem = null;
    try {
      const takes = { photo, matte, edges, look, files: entry.files };
      const picture = await this.editor.engine.pixels(stop.signal, "compose", takes);
      entry.exact = { of: document, files: entry.files, picture };
      if (preset) this.checked = { of: document, findings: await this.check(stop.signal, preset, picture) };
    } catch (error) {
      if (!isAbort(error) && !stop.signal.aborted) this.problem = sentenceOf(error, entry.name);
    } finally {
      if (this.stop === stop) this.working = false;
    }
  }

  /** How many bytes the file has is known only once it is written; the download keeps within what is allowed. */
  private async check(signal: AbortSignal, preset: Preset, picture: Composed): Promise<readonly Finding[]> {
    const format = preset.format === "jpeg" || preset.format === "webp" ? preset.format : "png";
    const takes = { picture, format, bytes: 0, preset: preset.name } as const;
    const findings = await this.editor.engine.pixels(signal, "check", takes);
    return findings.filter(({ rule }) => rule !== "bytes");
  }

  /** One photo as a file of its own size. */
  async file(signal: AbortSignal, entry: Entry, choice: FileChoice): Promise<{ name: string; file: Blob }> {
    const slept = !entry.awake;
    await this.editor.wake(entry, signal);
    try {
      const { photo, matte, edges, look } = entry.document!;
      const preset = this.editor.offer.presets.find(({ name }) => name === look["preset"]);
      const { format, quality } = choice;
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
