import type { Entry } from "./entry.svelte";
import { isAbort } from "./problems";
import type { Editor } from "./state.svelte";
import { strings } from "./strings";
import { cutOut } from "./work";

/** The work on the tray: one photo after the other, since one fills the processor and much of the memory. */
export class Queue {
  private readonly editor: Editor;
  private busy = false;
  private toldDevice = false;

  constructor(editor: Editor) {
    this.editor = editor;
  }

  /** Goes on until nothing waits. */
  async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      for (let next = this.next(); next; next = this.next()) await this.cut(next);
    } finally {
      this.busy = false;
    }
  }

  /** The photo that is looked at first, then from the top. */
  private next(): Entry | undefined {
    const { current, entries } = this.editor;
    const waits = (entry: Entry | null) => entry?.stage.is === "waiting";
    return current && waits(current) ? current : entries.find(waits);
  }

  private async cut(entry: Entry): Promise<void> {
    const { editor } = this;
    const { mode } = editor.choices;
    const stop = (entry.stop = new AbortController());
    entry.stage = { is: "working", progress: null };
    try {
      const { photo, cut } = await cutOut(stop.signal, entry, editor.engine, mode, (progress) => {
        if (!stop.signal.aborted) entry.stage = { is: "working", progress };
      });
      entry.cut(photo, cut.matte, cut.doubt, {});
      entry.stage = { is: "done" };
      editor.picture(entry);
      editor.onchange(entry);
      editor.rest();
      editor.say(strings.tray.done(entry.name));
      if (mode === "device") void this.tellDevice(stop.signal).catch(() => undefined); // a courtesy
    } catch (error) {
      if (isAbort(error) || stop.signal.aborted) entry.stage = { is: entry.document ? "done" : "stopped" };
      else editor.fail(entry, error);
    } finally {
      entry.stop = null;
    }
  }

  /** Says once what a person should know of the network on this device: which engine runs it, and why. */
  private async tellDevice(signal: AbortSignal): Promise<void> {
    const { device } = this.editor.engine;
    if (this.toldDevice || !device) return;
    this.toldDevice = true;
    const { notes } = await device(signal, "prepare", {});
    for (const sentence of notes) this.editor.notify({ kind: "tell", sentence });
  }
}
