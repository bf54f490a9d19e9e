import { getContext, setContext } from "svelte";
import type { Saver } from "./export/saver.svelte";
import type { Finish } from "./finish.svelte";
import type { Keeper } from "./keeper.svelte";
import type { Editor } from "./state.svelte";

/** What every part of the page shares. */
export interface Page {
  readonly editor: Editor;
  readonly finish: Finish;
  readonly keeper: Keeper;
  readonly saver: Saver;
}

const KEY = Symbol("page");

export const providePage = (page: Page): Page => setContext(KEY, page);
export const usePage = (): Page => getContext<Page>(KEY);
