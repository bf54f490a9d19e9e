import { hardened, softened } from "../../document/reshape";
import { recordTiles, tileRect, type Recorder } from "../../history/tiles";
import { beginStroke } from "../stroke/stroke";
import type { Goal } from "../stroke/cover";
import { modeOf, type Tool } from "../tool";

/** Contrast about the middle that full coverage gives. */
const GAIN = 3;
/** The blur's radius as a share of the brush's diameter, and its least and most in photo pixels. */
const [SHARE, LEAST, MOST] = [1 / 12, 1.5, 48];

/** Hardens the matte under the pointer, or softens it in the mode that takes away; each stroke does it once. */
export function edge(): Tool {
  return {
    name: "edge",
    key: "h",
    begin(document, working, settings, first) {
      const recorder = recordTiles(working, document.matte);
      const hardens = modeOf(settings, first) === "restore";
      const radius = Math.min(MOST, Math.max(LEAST, settings.size * SHARE));
      const stroke = beginStroke(recorder, goalOf(recorder, hardens ? null : radius), settings, first, null);
      return {
        move: stroke.move,
        guide: stroke.guide,
        cancel: recorder.restore,
        async end(signal) {
          if (signal.aborted) recorder.restore();
          signal.throwIfAborted();
          stroke.finish();
          return recorder.finish();
        },
      };
    },
  };
}

/** The matte as it was, tile by tile as the stroke reaches them: blurred by `radius`, or with more contrast for null. */
function goalOf(recorder: Recorder, radius: number | null): Goal {
  const { size, columns } = recorder;
  const known = new Map<number, Uint8Array>();
  return (column, row) => {
    const index = row * columns + column;
    let tile = known.get(index);
    if (!tile) {
      tile =
        radius === null
          ? hardened(recorder.tile(column, row).before, GAIN)
          : softened(recorder.was, size, tileRect(size, column, row), radius);
      known.set(index, tile);
    }
    return tile;
  };
}
