import { paced } from "../../document/paced";
import { blend, ERASED, RESTORED } from "../../document/region";
import type { Photo } from "../../document/types";
import { wholeOf } from "../../geometry/rects";
import { recordTiles } from "../../history/tiles";
import { isPlace, modeOf, type Tool } from "../tool";
import { flood, sceneAt, type Part } from "./flood";
import { grow } from "./grow";

const TOLERANCE = 0.25;

/** Keeps or drops the clicked part: what hangs together and is alike in colour and alpha, with its soft edge. */
export function part(): Tool {
  return {
    name: "part",
    key: "w",
    begin(document, working, settings, first) {
      const recorder = recordTiles(working, document.matte);
      const { photo } = document;
      const [x, y] = [Math.floor(first.at.x), Math.floor(first.at.y)];
      const outside = !isPlace(first) || x < 0 || y < 0 || x >= photo.width || y >= photo.height;
      return {
        move: () => null,
        cancel: recorder.restore,
        async end(signal) {
          signal.throwIfAborted();
          if (outside) return null;
          const work = findPart(photo, working, x, y, settings.tolerance ?? TOLERANCE);
          const { mask, bounds } = await paced(signal, work);
          const goal = modeOf(settings, first) === "restore" ? RESTORED : ERASED;
          const all = { rect: wholeOf(photo), mask };
          blend(recorder, all, bounds, goal, Math.round(255 * settings.opacity));
          return recorder.finish();
        },
      };
    },
  };
}

/** The part of a photo around a pixel; see `part`. */
export function* findPart(
  photo: Photo,
  alpha: Uint8Array,
  x: number,
  y: number,
  tolerance: number,
): Generator<void, Part> {
  const scene = sceneAt(photo, alpha, x, y, tolerance);
  return yield* grow(scene, yield* flood(scene, x, y));
}
