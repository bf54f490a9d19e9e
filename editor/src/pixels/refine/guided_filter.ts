/** The fast guided filter's last step: linear functions of colour, enlarged, with the photo's own pixels put in. */
import type { Size } from "../../geometry/view";
import { clamp } from "../planes/plane";

/** Some numbers a place, the first for red, green and blue in [0, 1] what to multiply them by, then what to add. */
export interface Line extends Size {
  readonly data: Float32Array;
}

/** A grid of some numbers a place that covers a photo: what of it lies under one row of the photo. */
export class RowOver {
  /** Place by place, between the grid's two rows. */
  readonly data: Float32Array;
  readonly columns: number;
  /** A pixel's centre lies at `(x + 0.5)·scale - 0.5`, where places are whole numbers. */
  readonly scale: number;

  constructor(
    private readonly grid: Line,
    private readonly photo: Size,
  ) {
    this.columns = grid.width;
    this.scale = grid.width / photo.width;
    this.data = new Float32Array(grid.data.length / grid.height);
  }

  /** Goes to a row, of which only pixels `left` to `right` will be asked for. */
  moveTo(y: number, left: number, right: number): void {
    const { height, data } = this.grid;
    const down = (y + 0.5) * (height / this.photo.height) - 0.5;
    const top = Math.floor(down);
    const share = down - top;
    const upper = clamp(top, 0, height - 1) * this.data.length;
    const lower = clamp(top + 1, 0, height - 1) * this.data.length;
    const channels = this.data.length / this.columns;
    const first = Math.max(0, Math.floor(left * this.scale - 1)) * channels;
    const last = Math.min(this.columns, Math.ceil(right * this.scale + 1)) * channels;
    for (let i = first; i < last; i++)
      this.data[i] = data[upper + i]! + (data[lower + i]! - data[upper + i]!) * share;
  }
}
