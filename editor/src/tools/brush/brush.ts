import { ERASED, RESTORED } from "../../document/region";
import { recordTiles } from "../../history/tiles";
import { beginStroke } from "../stroke/stroke";
import { modeOf, type Tool, type Touch } from "../tool";

/** Gives the subject back or takes it away under the pointer. Shift at its beginning goes on from the last stroke. */
export function brush(): Tool {
  let left: { readonly id: string; readonly place: Touch } | null = null;
  return {
    name: "brush",
    key: "b",
    begin(document, working, settings, first) {
      const recorder = recordTiles(working, document.matte);
      const goal = modeOf(settings, first) === "restore" ? RESTORED : ERASED;
      const from = first.shift && left?.id === document.id ? left.place : null;
      const stroke = beginStroke(recorder, goal, settings, first, from);
      return {
        move: stroke.move,
        guide: stroke.guide,
        cancel: recorder.restore,
        async end(signal) {
          if (signal.aborted) recorder.restore();
          signal.throwIfAborted();
          stroke.finish();
          const place = stroke.place();
          if (place) left = { id: document.id, place };
          return recorder.finish();
        },
      };
    },
  };
}
