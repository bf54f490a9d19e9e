import { autosave, type Autosave, type Trouble } from "../store/autosave";
import { askForTurn } from "../store/tabs";
import { openStore, type WorkStore } from "../store/work";
import { Entry } from "./entry.svelte";
import type { Editor } from "./state.svelte";
import { strings } from "./strings";

export type Keeping = "starting" | "on" | "elsewhere" | "full" | "denied";

/** Keeps the work in the browser and brings it back after a reload or a crash. */
export class Keeper {
  state = $state<Keeping>("starting");
  /** Whether the person is being asked if everything shall be deleted. */
  asking = $state(false);
  private readonly editor: Editor;
  private readonly store: WorkStore;
  private readonly saving: Autosave;
  private readonly signal: AbortSignal;
  private warning = 0;

  constructor(signal: AbortSignal, editor: Editor, store = openStore()) {
    this.signal = signal;
    this.editor = editor;
    this.store = store;
    const allowed = () => this.state !== "elsewhere" && this.state !== "starting";
    const ontrouble = (trouble: Trouble) => this.trouble(trouble);
    this.saving = autosave(signal, { store, allowed, ontrouble });
    editor.onchange = (entry) => this.saving.touch(entry.id, () => this.draft(entry));
    editor.onremove = (entry) => void this.saving.remove(entry.id);
  }

  /** Takes the turn to write, and what was kept. */
  async start(): Promise<void> {
    const turn = await askForTurn(this.signal, () => this.granted());
    if (turn === "ours") return;
    this.state = "elsewhere";
    this.warning = this.editor.notify({ kind: "warn", sentence: strings.store.elsewhere });
  }

  async flush(): Promise<void> {
    await this.saving.flush();
  }

  /** Deletes everything that is kept, and empties the tray. */
  async forget(): Promise<void> {
    this.editor.clear();
    await this.saving.forget();
    this.editor.notify({ kind: "tell", sentence: strings.store.forgotten });
  }

  private async granted(): Promise<void> {
    const late = this.state === "elsewhere";
    this.state = "on";
    this.editor.close(this.warning);
    if (late) {
      this.editor.entries.forEach((entry) => this.editor.onchange(entry));
      return this.flush(); // the other tab kept them from it for long enough
    }
    try {
      const kept = await this.store.load(this.signal);
      const entries = kept.map(({ work, matte }) => {
        this.saving.know(work.id, matte);
        return Entry.from(work, matte);
      });
      if (!entries.length) return;
      this.editor.restore(entries);
      const action = { label: strings.store.forget, run: () => (this.asking = true) };
      this.editor.notify({ kind: "tell", sentence: strings.store.restored(entries.length), action });
    } catch {
      this.trouble("denied");
    }
  }

  private draft(entry: Entry) {
    const order = this.editor.entries.indexOf(entry);
    return order < 0 ? null : entry.draft(order);
  }

  private trouble(trouble: Trouble): void {
    if (this.state === "elsewhere") return;
    const now = trouble ?? "on";
    if (now === this.state) return;
    this.state = now;
    if (trouble) this.editor.notify({ kind: "warn", sentence: strings.store[trouble] });
  }
}
