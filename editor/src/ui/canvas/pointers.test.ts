import { describe, expect, test } from "vitest";
import { screenPoint } from "../../geometry/points";
import { Pointers, type Press } from "./pointers";

const press = (kind: Press["kind"], id: number, x: number, y = 0, more: Partial<Press> = {}): Press => ({
  id,
  kind,
  at: screenPoint(x, y),
  button: 0,
  breadth: 10,
  ...more,
});

describe("pointers", () => {
  test("a drag with a tool paints, with the key held or without a tool it pans", () => {
    const pointers = new Pointers();
    expect(pointers.down(press("mouse", 1, 0), true, false)).toEqual({ do: "begin" });
    expect(pointers.move(press("mouse", 1, 5))).toEqual({ do: "stroke" });
    expect(pointers.up(press("mouse", 1, 5))).toEqual({ do: "end" });
    for (const [paints, grabs, button] of [
      [true, true, 0],
      [false, false, 0],
      [true, false, 1],
    ] as const) {
      expect(pointers.down(press("mouse", 1, 0, 0, { button }), paints, grabs)).toBeNull();
      expect(pointers.move(press("mouse", 1, 5, 3))).toEqual({ do: "pan", dx: 5, dy: 3 });
      expect(pointers.move(press("mouse", 1, 6, 3))).toEqual({ do: "pan", dx: 1, dy: 0 });
      expect(pointers.up(press("mouse", 1, 6))).toBeNull();
    }
  });

  test("the right button does nothing, a lost pointer takes its stroke back", () => {
    const pointers = new Pointers();
    expect(pointers.down(press("mouse", 1, 0, 0, { button: 2 }), true, false)).toBeNull();
    expect(pointers.move(press("mouse", 1, 9))).toBeNull();
    pointers.down(press("mouse", 1, 0), true, false);
    expect(pointers.up(press("mouse", 1, 0), true)).toEqual({ do: "cancel" });
  });

  test("a second finger takes the stroke back and zooms around the middle of both", () => {
    const pointers = new Pointers();
    expect(pointers.down(press("touch", 1, 0), true, false)).toEqual({ do: "begin" });
    expect(pointers.down(press("touch", 2, 100), true, false)).toEqual({ do: "cancel" });
    const act = pointers.move(press("touch", 2, 200));
    expect(act).toEqual({ do: "zoom", at: screenPoint(100, 0), factor: 2, dx: 50, dy: 0 });
    expect(pointers.up(press("touch", 1, 0))).toBeNull();
    expect(pointers.move(press("touch", 2, 210))).toEqual({ do: "pan", dx: 10, dy: 0 });
    expect(pointers.up(press("touch", 2, 210))).toBeNull();
    expect(pointers.down(press("touch", 3, 0), true, false)).toEqual({ do: "begin" });
  });

  test("fingers do not paint once a pen was seen, nor disturb its stroke, nor does a palm", () => {
    const pointers = new Pointers();
    expect(pointers.down(press("touch", 9, 0, 0, { breadth: 120 }), true, false)).toBeNull();
    expect(pointers.down(press("pen", 1, 0), true, false)).toEqual({ do: "begin" });
    expect(pointers.down(press("touch", 2, 300), true, false)).toBeNull();
    expect(pointers.move(press("touch", 2, 320))).toBeNull();
    expect(pointers.move(press("pen", 1, 4))).toEqual({ do: "stroke" });
    expect(pointers.up(press("touch", 2, 320))).toBeNull();
    expect(pointers.up(press("pen", 1, 4))).toEqual({ do: "end" });
    expect(pointers.down(press("touch", 3, 0), true, false)).toBeNull();
    expect(pointers.move(press("touch", 3, 7))).toEqual({ do: "pan", dx: 7, dy: 0 });
  });

  test("a pen that comes after the hand takes the hand's stroke back", () => {
    const pointers = new Pointers();
    pointers.down(press("touch", 1, 0), true, false);
    expect(pointers.down(press("pen", 2, 0), true, false)).toEqual({ do: "cancel" });
    expect(pointers.move(press("touch", 1, 30))).toBeNull();
    expect(pointers.down(press("pen", 2, 0), true, false)).toEqual({ do: "begin" });
  });
});
