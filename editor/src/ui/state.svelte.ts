import { PLAIN_EDGES, type Document, type Edges, type Recipe } from "../document/types";
import { setEdges, setLook } from "../document/actions";
import type { Flow } from "../history/history";
import type { StepLabel } from "../history/labels";
import type { MattePatch } from "../history/patch";
import { FIRST_SETTINGS } from "../tools/table";
import type { ToolSettings } from "../tools/tool";
import type { Sight, Stroke } from "./canvas/props";
import type { Engine, ToolEntry } from "./engine";
import { Entry } from "./entry.svelte";
import { failsAll, sentenceOf, whyOf, type Notice, type Why } from "./problems";
import { isSame } from "./files";
import { Queue } from "./queue";
import { BUNDLED, type Offer } from "./recipe/options";
import { plainName } from "./controls/backdrop";
import type { Looks } from "./recipe/file";
import { remember, remembered } from "./remembered";
import { strings } from "./strings";
import { asFile, thumbnailOf, type Mode } from "./work";

export type Theme = "system" | "light" | "dark";

/** Photo pixels that may lie decoded in memory beside the current photo's. */
const AWAKE_PIXELS = 30_000_000;
const THUMBNAIL = 160;
/** Milliseconds after which what was only told goes by itself. */
const READING_TIME = 12_000;

/** The state of the page: the tray, what is looked at, and what is said. */
export class Editor {
  readonly engine: Engine;
  entries = $state.raw<readonly Entry[]>([]);
  currentId = $state<string | null>(null);
  offer = $state.raw<Offer>(BUNDLED);
  notices = $state.raw<readonly Notice[]>([]);
  /** The last thing worth saying aloud. */
  said = $state("");
  toolName = $state<string | null>(null);
  settings = $state.raw<ToolSettings>(remembered<ToolSettings>("tool", FIRST_SETTINGS));
  sight = $state.raw<Sight>({ show: "cutout", backdrop: "checker", split: null, highlight: false });
  choices = $state.raw(remembered("choices", { mode: "device" as Mode, theme: "system" as Theme }));
  /** Called after anything that is worth keeping. */
  onchange: (entry: Entry) => void = () => undefined;
  onremove: (entry: Entry) => void = () => undefined;

  current = $derived(this.entries.find((entry) => entry.id === this.currentId) ?? null);
  tool = $derived.by((): ToolEntry | null => this.entryOfTool(this.toolName));
  private readonly queue = new Queue(this);
  private last = 0;
  private recent: string[] = [];

  constructor(engine: Engine) {
    this.engine = engine;
    if (!engine.server) this.choose({ mode: "device" });
    else if (!engine.device) this.choose({ mode: "server" });
  }

  private entryOfTool(name: string | null): ToolEntry | null {
    return this.engine.tools.find(({ tool }) => tool.name === name) ?? null;
  }

  // ---- the tray

  /** Adds photos; one that is there already only where it is wanted `twice`. */
  add(files: readonly File[], twice = false): void {
    const isHere = (file: File) => this.entries.some((entry) => isSame(entry.file, file));
    const here = twice ? [] : files.filter(isHere);
    if (here.length) {
      const action = { label: strings.tray.twice, run: () => this.add(here, true) };
      const sentence = strings.tray.here(here.map((file) => file.name));
      this.notify({ kind: "tell", sentence, action });
    }
    const fresh = files.filter((file) => !here.includes(file)).map((file) => new Entry(file.name, file));
    if (!fresh.length) return;
    this.entries = [...this.entries, ...fresh];
    this.say(strings.tray.added(fresh.length));
    fresh.forEach((entry) => this.onchange(entry));
    if (!this.current) void this.select(fresh[0]!.id);
    void this.queue.work();
  }

  /** Puts back what the store kept. */
  restore(entries: readonly Entry[]): void {
    this.entries = [...entries, ...this.entries];
    if (!this.current && entries[0]) void this.select(entries[0].id);
    void this.queue.work();
  }

  remove(entry: Entry): void {
    entry.stop?.abort();
    const at = this.entries.indexOf(entry);
    this.entries = this.entries.filter((other) => other !== entry);
    this.onremove(entry);
    if (entry.id === this.currentId)
      void this.select(this.entries[Math.min(at, this.entries.length - 1)]?.id);
    this.say(strings.tray.removed(entry.name));
  }

  clear(): void {
    for (const entry of this.entries) entry.stop?.abort();
    this.entries = [];
    this.currentId = null;
  }

  cancel(entry: Entry): void {
    if (entry.stage.is === "waiting") entry.stage = { is: "stopped" };
    entry.stop?.abort();
  }

  cancelAll(): void {
    for (const entry of this.entries) this.cancel(entry);
    this.say(strings.tray.allStopped);
  }

  /** Tries again, or makes the matte anew in the mode that is chosen now. */
  retry(...entries: readonly Entry[]): void {
    for (const entry of entries) if (entry.stage.is !== "working") entry.stage = { is: "waiting" };
    void this.queue.work();
  }

  /** Tries again what failed for a reason, which is mended. */
  retryAfter(...reasons: readonly Why[]): void {
    this.retry(...this.entries.filter(({ stage }) => stage.is === "failed" && reasons.includes(stage.why)));
  }

  /** Cuts out elsewhere what could not be cut out where it was to be. */
  turnTo(mode: Mode): void {
    this.choose({ mode });
    this.retryAfter("key", "server", "device");
  }

  /** Looks at one photo; decodes it where it sleeps. */
  async select(id: string | undefined): Promise<void> {
    this.currentId = id ?? null;
    const entry = this.current;
    if (!entry) return;
    this.recent = [entry.id, ...this.recent.filter((other) => other !== entry.id)];
    this.rest();
    await this.wake(entry).catch((error: unknown) => this.fail(entry, error));
  }

  /** Decodes a sleeping photo; what it was doing stays. */
  async wake(entry: Entry, signal = new AbortController().signal): Promise<void> {
    if (!entry.document || entry.awake) return;
    const photo = await this.engine.pixels(signal, "decode", { file: asFile(entry) });
    entry.wake(photo);
    this.picture(entry);
  }

  /** Lets the photos sleep that were looked at longest ago. */
  rest(): void {
    let room = AWAKE_PIXELS;
    const others = this.entries.filter((entry) => entry.awake && entry.id !== this.currentId);
    others.sort((a, b) => this.age(a) - this.age(b));
    for (const entry of others) if ((room -= entry.pixels) < 0) entry.sleep();
  }

  private age(entry: Entry): number {
    const at = this.recent.indexOf(entry.id);
    return at < 0 ? Infinity : at;
  }

  fail(entry: Entry, error: unknown): void {
    const sentence = sentenceOf(error, entry.name);
    const why = whyOf(error);
    entry.stage = { is: "failed", sentence, why };
    if (why === "key" && this.engine.server) this.engine.server.key.asked = true;
    if (!failsAll(error)) return this.say(sentence);
    for (const other of this.entries)
      if (other.stage.is === "waiting") other.stage = { is: "failed", sentence, why };
    this.say(sentence);
  }

  picture(entry: Entry): void {
    const { document } = entry;
    if (document && entry.awake)
      entry.thumbnail = thumbnailOf(document.photo, document.matte.alpha, THUMBNAIL);
  }

  // ---- changes of the current photo

  private change(label: StepLabel, make: (document: Document) => Document, flow: Flow | null = null): void {
    const entry = this.current;
    if (!entry?.document) return;
    entry.change(label, make(entry.document), flow);
    this.onchange(entry);
  }

  edges(change: Partial<Edges>, label: StepLabel, flow: Flow | null = null): void {
    this.change(label, (document) => setEdges(document, change), flow);
  }

  resetEdges(): void {
    this.change({ what: "resetEdges" }, (document) => setEdges(document, PLAIN_EDGES));
  }

  look(change: Record<string, Recipe[string] | undefined>, label: StepLabel, flow: Flow | null = null): void {
    this.watch({ show: "result" }); // elsewhere it would not be seen
    this.change(label, (document) => setLook(document, change), flow);
  }

  /** A picture that an option of the look names. */
  lookFile(option: string, file: File, value: string): void {
    const entry = this.current;
    if (!entry) return;
    entry.files = { ...entry.files, [plainName(file.name)]: file };
    this.look({ [option]: value }, { what: "look", value: option });
  }

  /** Takes a whole recipe, for this photo or the whole tray; each photo can undo it. */
  paste(looks: Looks, entries: readonly Entry[], files?: Entry["files"]): void {
    for (const entry of entries) {
      if (!entry.document) continue;
      if (files) entry.files = { ...entry.files, ...files };
      entry.change({ what: "recipe" }, { ...entry.document, edges: looks.edges, look: looks.look });
      this.onchange(entry);
    }
  }

  /** Gives the current photo's look to all others. */
  pasteToAll(): void {
    const entry = this.current;
    if (!entry?.document) return;
    const { look, edges } = entry.document;
    const others = this.entries.filter((other) => other !== entry && other.document);
    this.paste({ look, edges }, others, entry.files);
    this.notify({ kind: "tell", sentence: strings.recipe.applied(others.length) });
  }

  paint(patch: MattePatch, { tool, settings, first }: Stroke): void {
    const { current } = this;
    const entry = this.entryOfTool(tool.name);
    if (!current || !entry) return;
    current.paint(entry.label(settings, first), patch);
    this.picture(current);
    this.onchange(current);
  }

  undo(): void {
    this.moved(this.current?.undo() ?? null, strings.history.undid);
  }

  redo(): void {
    this.moved(this.current?.redo() ?? null, strings.history.redid);
  }

  private moved(moved: ReturnType<Entry["undo"]>, say: (step: string) => string): void {
    const entry = this.current;
    if (!moved || !entry) return;
    this.say(say(strings.history.step(moved.step.label)));
    if (moved.dirty) this.picture(entry);
    this.onchange(entry);
  }

  // ---- tools, choices, words

  /** Takes a tool, or puts it away with null. */
  pick(name: string | null): void {
    this.toolName = name;
    const { show } = this.sight;
    if (name && show !== "cutout" && show !== "matte") this.watch({ show: "cutout" }); // where it paints
  }

  set(change: Partial<ToolSettings>): void {
    this.settings = { ...this.settings, ...change };
    remember("tool", this.settings);
  }

  watch(change: Partial<Sight>): void {
    this.sight = { ...this.sight, ...change };
  }

  choose(change: Partial<typeof this.choices>): void {
    this.choices = { ...this.choices, ...change };
    remember("choices", this.choices);
  }

  say(sentence: string): void {
    this.said = sentence;
  }

  notify(notice: Omit<Notice, "id">): number {
    const id = ++this.last;
    // The same sentence twice is one notice.
    const others = this.notices.filter((other) => other.sentence !== notice.sentence);
    this.notices = [...others, { ...notice, id }];
    if (notice.kind === "tell" && !notice.action) setTimeout(() => this.close(id), READING_TIME);
    return id;
  }

  close(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }
}
