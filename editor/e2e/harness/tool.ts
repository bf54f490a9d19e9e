import type { Rect } from "../../src/geometry/points";
import { around, common, wholeOf } from "../../src/geometry/rects";
import type { Tool, Touch } from "../../src/tools/tool";

/** The simplest tool there is: squares that erase. Its patch's "tiles" are bands of whole rows. */
export const disc: Tool = {
  name: "square",
  key: "q",
  begin(document, working, settings) {
    const { width } = document.photo;
    const before = working.slice();
    let bounds: Rect | null = null;
    const move = ({ at }: Touch): Rect | null => {
      const [x, y, half] = [Math.round(at.x), Math.round(at.y), Math.round(settings.size / 2)];
      const square = { left: x - half, top: y - half, right: x + half, bottom: y + half };
      const rect = common(square, wholeOf(document.photo));
      for (let row = rect?.top ?? 0; row < (rect?.bottom ?? 0); row++)
        working.fill(0, row * width + rect!.left, row * width + rect!.right);
      bounds = around(bounds, rect);
      return rect;
    };
    return {
      move,
      async end() {
        if (!bounds) return null;
        const [from, to] = [bounds.top * width, bounds.bottom * width];
        const tiles = [
          { column: 0, row: bounds.top, before: before.slice(from, to), after: working.slice(from, to) },
        ];
        return { bounds, tiles, bytes: 2 * (to - from) };
      },
      cancel: () => working.set(before),
    };
  },
};
