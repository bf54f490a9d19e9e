/** What a key does to the view. */
export type Command = "closer" | "farther" | "fit" | "full" | "compare" | "grab" | "stop";

const COMMANDS: Readonly<Record<string, Command>> = {
  "+": "closer",
  "=": "closer",
  "-": "farther",
  "0": "fit",
  "1": "full",
  "\\": "compare",
  " ": "grab",
  Escape: "stop",
};

const FIELDS =
  "input:not([type=button], [type=checkbox], [type=radio]), textarea, select, [contenteditable=true]";
const PRESSED_BY_SPACE = `${FIELDS}, button, summary, a[href], input, [role=slider], [role=tab], [role=radio]`;

/** The command of a key, null where it is none or belongs to what has the focus: a field, a button, a dialog. */
export function commandOf(event: KeyboardEvent): Command | null {
  const command = COMMANDS[event.key];
  if (!command || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return null;
  const focus = event.target instanceof Element ? event.target : null;
  if (command === "stop") return command;
  if (focus?.closest("dialog, [role=dialog]")) return null;
  return focus?.closest(command === "grab" ? PRESSED_BY_SPACE : FIELDS) ? null : command;
}

/** How far an arrow key moves, in steps; null for other keys. */
export function arrowOf(key: string): readonly [number, number] | null {
  switch (key) {
    case "ArrowLeft":
      return [-1, 0];
    case "ArrowRight":
      return [1, 0];
    case "ArrowUp":
      return [0, -1];
    case "ArrowDown":
      return [0, 1];
    default:
      return null;
  }
}
