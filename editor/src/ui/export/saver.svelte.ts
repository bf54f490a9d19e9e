import type { Entry } from "../entry.svelte";
import type { Finish } from "../finish.svelte";
import { isAbort, sentenceOf } from "../problems";
import type { Editor } from "../state.svelte";
import { strings } from "../strings";
import { apart, download, savedAs, zipper } from "./files";

/** Makes the files that are downloaded, one after the other. */
export class Saver {
  /** What is being made; null while nothing is. */
  now = $state<string | null>(null);
  private readonly editor: Editor;
  private readonly finish: Finish;
  private stop: AbortController | null = null;

  constructor(editor: Editor, finish: Finish) {
    this.editor = editor;
    this.finish = finish;
  }

  cancel(): void {
    this.stop?.abort();
  }

  async one(entry: Entry): Promise<void> {
    await this.run(async (signal) => {
      this.now = entry.name;
      const { name, file } = await this.finish.file(signal, entry);
      download(name, file);
      this.editor.say(strings.save.made(name));
    }, entry.name);
  }

  /** All that are cut out; one that fails is told of and the others go on. */
  async all(entries: readonly Entry[]): Promise<void> {
    await this.run(async (signal) => {
      const zip = zipper();
      const names = apart(entries.map((entry) => savedAs(entry.name, this.finish.choice.format)));
      const failed: string[] = [];
      for (const [at, entry] of entries.entries()) {
        this.now = entry.name;
        try {
          await zip.add(names[at]!, (await this.finish.file(signal, entry)).file);
        } catch (error) {
          if (isAbort(error)) throw error;
          failed.push(sentenceOf(error, entry.name));
        }
      }
      if (failed.length) this.editor.notify({ kind: "wrong", sentence: strings.save.some(failed) });
      if (failed.length < entries.length) download(strings.save.zip, zip.end());
      this.editor.say(strings.save.made(strings.save.zip));
    }, strings.save.zip);
  }

  private async run(make: (signal: AbortSignal) => Promise<void>, name: string): Promise<void> {
    if (this.now !== null) return;
    const stop = (this.stop = new AbortController());
    this.now = name;
    try {
      await make(stop.signal);
    } catch (error) {
      if (!isAbort(error)) this.editor.notify({ kind: "wrong", sentence: sentenceOf(error, name) });
    } finally {
      this.now = null;
    }
  }
}
