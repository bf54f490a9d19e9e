import type { Document, Matte, Photo, Recipe } from "../document/types";
import { changeBetween, painted } from "../history/change";
import { emptyHistory, redo, remember, undo, type Flow, type History, type Moved } from "../history/history";
import type { StepLabel } from "../history/labels";
import type { MattePatch } from "../history/patch";
import { applyPatch } from "../document/actions";
import { restMatte, wakeMatte, type RestingMatte } from "../store/tiles";
import type { Draft } from "../store/autosave";
import type { Work } from "../store/work";
import type { Composed, Progress } from "../worker/jobs";
import type { Why } from "./problems";
import { PLAIN_EDGES } from "../document/types";

/** How far a photo is. */
export type Stage =
  | { readonly is: "waiting" }
  | { readonly is: "working"; readonly progress: Progress | null }
  | { readonly is: "done" }
  | { readonly is: "stopped" }
  | { readonly is: "failed"; readonly sentence: string; readonly why: Why };

/**
 * One photo of the tray. Its pixels are there only while it is awake: the ones that are not looked at keep their file
 * and the matte's tiles, so that a hundred photos need little more memory than one.
 */
export class Entry {
  readonly id: string;
  readonly name: string;
  readonly file: Blob;
  stage = $state.raw<Stage>({ is: "waiting" });
  document = $state.raw<Document | null>(null);
  history = $state.raw<History>(emptyHistory());
  /** Pictures that the look names, by the name it has there. */
  files = $state.raw<Readonly<Record<string, Blob>>>({});
  /** The finished picture, and of which state it is. */
  exact = $state.raw<{ of: Document; files: unknown; picture: Composed } | null>(null);
  thumbnail = $state.raw<ImageData | null>(null);
  /** Stops what is under way for this photo. */
  stop: AbortController | null = null;
  private resting: RestingMatte | null = null;

  constructor(name: string, file: Blob, id = newId()) {
    this.id = id;
    this.name = name;
    this.file = file;
  }

  get awake(): boolean {
    return (this.document?.photo.pixels.length ?? 0) > 0;
  }

  get pixels(): number {
    return this.document ? this.document.photo.width * this.document.photo.height : 0;
  }

  /** Takes a new state and remembers the step to it. */
  change(label: StepLabel, next: Document, flow: Flow | null = null): void {
    if (!this.document) return;
    this.history = remember(this.history, label, changeBetween(this.document, next), flow);
    this.document = next;
  }

  paint(label: StepLabel, patch: MattePatch): void {
    if (!this.document) return;
    this.history = remember(this.history, label, painted(patch));
    this.document = applyPatch(this.document, patch);
  }

  undo(): Moved | null {
    return this.move(undo);
  }

  redo(): Moved | null {
    return this.move(redo);
  }

  private move(by: typeof undo): Moved | null {
    const moved = this.document && this.awake ? by(this.history, this.document) : null;
    if (!moved) return null;
    this.history = moved.history;
    this.document = moved.document;
    return moved;
  }

  /** The first matte there is, or another one for the same photo. */
  cut(photo: Photo, matte: Matte, doubt: Document["doubt"], look: Recipe): void {
    this.wake(photo); // undo has to find the old matte
    const before = this.document;
    if (before) this.change({ what: "newMatte" }, { ...before, photo, matte, doubt });
    else this.document = { id: this.id, photo, matte, edges: PLAIN_EDGES, look, doubt };
  }

  /** Lets go of the pixels. */
  sleep(): void {
    if (!this.document || !this.awake) return;
    const { photo, matte } = this.document;
    this.resting = restMatte(matte);
    const { width, height } = matte;
    this.document = {
      ...this.document,
      photo: { name: photo.name, width, height, pixels: new Uint8ClampedArray(0), ownAlpha: null },
      matte: { width, height, alpha: new Uint8Array(0) },
    };
    this.exact = null;
  }

  wake(photo: Photo): void {
    if (!this.document || this.awake || !this.resting) return;
    this.document = { ...this.document, photo, matte: wakeMatte(this.resting) };
    this.resting = null;
  }

  /** What the store keeps of it now. */
  draft(order: number): Draft {
    const { id, name, file, files, document } = this;
    const told = { edges: document?.edges ?? PLAIN_EDGES, look: document?.look ?? {} };
    const matte = this.awake && document ? document.matte : this.resting;
    return { id, name, file, files, order, ...told, doubt: document?.doubt ?? null, matte };
  }

  /** A photo as the store kept it; it sleeps until it is looked at. */
  static from(work: Work, matte: RestingMatte | null): Entry {
    const entry = new Entry(work.name, work.file, work.id);
    entry.files = work.files;
    if (!matte) return entry;
    const { width, height } = matte;
    const photo = { name: work.name, width, height, pixels: new Uint8ClampedArray(0), ownAlpha: null };
    const asleep: Matte = { width, height, alpha: new Uint8Array(0) };
    const { edges, look, doubt, id } = work;
    entry.resting = matte;
    entry.document = { id, photo, matte: asleep, edges, look, doubt };
    entry.stage = { is: "done" };
    return entry;
  }
}

/** A name that no other photo has; `randomUUID` is missing on plain http. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
