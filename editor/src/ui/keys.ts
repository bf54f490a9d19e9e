import { settingsAfter } from "../tools/table";
import type { ToolEntry } from "./engine";
import type { Editor } from "./state.svelte";
import { strings } from "./strings";

/** What keys can ask of the page beside its state. */
export interface Commands {
  readonly editor: Editor;
  readonly open: () => void;
  readonly save: () => void;
  readonly help: () => void;
}

const SHOWS = ["cutout", "result", "matte", "original"] as const;

/** Does what a key means for the page; the canvas has its own for the view. Returns whether it meant anything. */
export function pressed(event: KeyboardEvent, commands: Commands): boolean {
  if (event.defaultPrevented || isTyping(event) || document.querySelector("dialog[open]")) return false;
  if (event.ctrlKey || event.metaKey) return withControl(event, commands);
  if (event.altKey) return false;
  return forTools(event.key, commands.editor) || forPage(event.key, commands);
}

function withControl({ key, shiftKey }: KeyboardEvent, { editor, open, save }: Commands): boolean {
  const name = key.toLowerCase();
  if (name === "z" && shiftKey) editor.redo();
  else if (name === "z") editor.undo();
  else if (name === "y") editor.redo();
  else if (name === "o") open();
  else if (name === "s") save();
  else return false;
  return true;
}

function forTools(key: string, editor: Editor): boolean {
  for (const { tool, picks } of editor.engine.tools) {
    const pick = picks.find((one) => one.key === key.toLowerCase());
    if (!pick) continue;
    editor.pick(tool.name);
    if (pick.mode) editor.set({ mode: pick.mode });
    return true;
  }
  const next = editor.toolName ? settingsAfter(key, editor.settings) : null;
  if (next) editor.set(next);
  return next !== null;
}

function forPage(key: string, { editor, help }: Commands): boolean {
  const { sight } = editor;
  switch (key) {
    case "?":
      return (help(), true);
    case "u":
    case "U":
      return (editor.watch({ highlight: !sight.highlight }), true);
    case "c":
    case "C":
      return (editor.watch({ split: sight.split === null ? 0.5 : null }), true);
    case "v":
    case "V":
      return (editor.watch({ show: SHOWS[(SHOWS.indexOf(sight.show) + 1) % SHOWS.length]! }), true);
    case "Escape":
      return editor.toolName !== null && (editor.pick(null), true);
    case "PageDown":
      return step(editor, 1);
    case "PageUp":
      return step(editor, -1);
    default:
      return false;
  }
}

function step(editor: Editor, by: number): boolean {
  const at = editor.entries.findIndex((entry) => entry.id === editor.currentId);
  const next = editor.entries[at + by];
  if (next) void editor.select(next.id);
  return next !== undefined;
}

/** Whether the key goes into a field. Sliders and boxes take letters for nothing, so shortcuts work there. */
function isTyping({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLSelectElement) return true;
  const mute = ["range", "checkbox", "radio", "button", "color"];
  return target instanceof HTMLInputElement && !mute.includes(target.type);
}

/** The list for the dialog. */
export function shortcutList(tools: readonly ToolEntry[]) {
  const words = strings.shortcuts;
  const picks = tools.map(({ tool, picks }) => ({
    keys: picks.map((pick) => pick.key.toUpperCase()),
    label: strings.tools.names[tool.name] ?? tool.name,
  }));
  const row = (label: string, ...keys: string[]) => ({ label, keys });
  return [
    {
      title: words.groups.page,
      rows: [
        row(words.help, "?"),
        row(words.open, "Ctrl+O"),
        row(words.save, "Ctrl+S"),
        row(strings.history.undo, "Ctrl+Z"),
        row(strings.history.redo, "Ctrl+Shift+Z"),
        row(words.previous, "Page Up"),
        row(words.next, "Page Down"),
      ],
    },
    {
      title: words.groups.view,
      rows: [
        row(words.zoom, "+", "−"),
        row(words.fit, "0"),
        row(words.full, "1"),
        row(words.pan, "Space"),
        row(words.hold, "\\"),
        row(words.split, "C"),
        row(words.uncertain, "U"),
        row(words.views, "V"),
      ],
    },
    {
      title: words.groups.tools,
      rows: [
        ...picks,
        row(words.swap, "X"),
        row(words.smaller, "["),
        row(words.larger, "]"),
        row(words.softer, "Shift+["),
        row(words.harder, "Shift+]"),
        row(words.none, "Esc"),
      ],
    },
  ];
}
