import type { Rect } from "../geometry/points";
import { common, sizeOf } from "../geometry/rects";
import type { Size } from "../geometry/view";
import { bind, emptyTexture, target, type Format, type GL, type Program } from "./gl";
import { atLevel, levelSizes, type Plan } from "./plan";
import type { Does } from "./shaders";

/** Where pixels come from: RGBA straight, and an alpha of one byte a pixel unless the colours have their own. */
export interface Source {
  readonly pixels: Uint8ClampedArray;
  readonly alpha: Uint8Array | null;
}

export interface Programs {
  readonly coarsen: Program;
  readonly reduce: Program;
  readonly show: (does: Does) => Program;
}

/** One tile's textures. */
export interface GpuTile {
  readonly rect: Rect;
  readonly sizes: readonly Size[];
  /** Straight colours by level; of a picture with its own alpha only the finest. */
  readonly colour: readonly WebGLTexture[];
  /** The alpha at the finest level (null: the colours have it), premultiplied colours at the others. */
  readonly cut: readonly (WebGLTexture | null)[];
}

interface Made extends GpuTile {
  readonly frames: readonly WebGLFramebuffer[];
}

/** A picture in tiles, each with ever coarser levels, of which a change updates only the texels that it touches. */
export class Layer {
  readonly #tiles: (Made | null)[];
  #scratch: { readonly colour: WebGLTexture; readonly alpha: WebGLTexture } | null = null;

  constructor(
    private readonly gl: GL,
    private readonly programs: Programs,
    readonly plan: Plan,
    readonly ownAlpha: boolean,
  ) {
    this.#tiles = plan.tiles.map(() => null);
  }

  /** A tile, null until it was uploaded. */
  tile(index: number): GpuTile | null {
    return this.#tiles[index] ?? null;
  }

  /** Uploads a whole tile. */
  load(index: number, source: Source): void {
    const tile = (this.#tiles[index] ??= this.#make(this.plan.tiles[index]!));
    this.#put(tile, "rgba", tile.colour[0]!, tile.rect, source.pixels);
    this.change(index, tile.rect, source);
  }

  /** Uploads the alpha of a part of a tile that is there; `rect` as `uploads` plans it. */
  change(index: number, rect: Rect, source: Source): void {
    const tile = this.#tiles[index];
    const part = tile && common(rect, tile.rect);
    if (!tile || !part) return;
    if (source.alpha && tile.cut[0]) this.#put(tile, "red", tile.cut[0], part, source.alpha);
    this.#coarsen(tile, part);
  }

  dispose(): void {
    const { gl } = this;
    for (const tile of this.#tiles) {
      for (const texture of [...(tile?.colour ?? []), ...(tile?.cut ?? [])]) gl.deleteTexture(texture);
      for (const frame of tile?.frames ?? []) gl.deleteFramebuffer(frame);
    }
    gl.deleteTexture(this.#scratch?.colour ?? null);
    gl.deleteTexture(this.#scratch?.alpha ?? null);
    this.#tiles.fill(null);
    this.#scratch = null;
  }

  #make(rect: Rect): Made {
    const { gl, ownAlpha } = this;
    const sizes = levelSizes(this.plan, rect);
    const [finest, ...coarser] = sizes as [Size, ...Size[]];
    const colour = [emptyTexture(gl, finest, "rgba")];
    const cut = [ownAlpha ? null : emptyTexture(gl, finest, "red")];
    const frames = [target(gl, colour[0]!)];
    if (cut[0]) frames.push(target(gl, cut[0]));
    for (const size of coarser) {
      if (!ownAlpha) colour.push(emptyTexture(gl, size, "rgba"));
      cut.push(emptyTexture(gl, size, "rgba"));
      frames.push(target(gl, ownAlpha ? null : colour.at(-1)!, cut.at(-1)!));
    }
    return { rect, sizes, colour, cut, frames };
  }

  /** Copies a rectangle of the picture into a tile's finest level, reduced where the plan says so. */
  #put(tile: Made, format: Format, into: WebGLTexture, rect: Rect, data: ArrayBufferView): void {
    const { gl } = this;
    const { reduced } = this.plan;
    const x = (rect.left - tile.rect.left) / reduced;
    const y = (rect.top - tile.rect.top) / reduced;
    if (reduced === 1) return this.#upload(format, into, x, y, rect, data);
    const scratch = this.#scratches()[format === "rgba" ? "colour" : "alpha"];
    this.#upload(format, scratch, 0, 0, rect, data);
    const { reduce } = this.programs;
    reduce.use();
    bind(gl, reduce, 0, "uFrom", scratch);
    const { width, height } = sizeOf(rect);
    gl.uniform2i(reduce.at("uSize"), width, height);
    gl.uniform2i(reduce.at("uShift"), x, y);
    gl.uniform1i(reduce.at("uBy"), reduced);
    gl.uniform1i(reduce.at("uStraight"), this.ownAlpha ? 1 : 0);
    const frame = tile.frames[format === "rgba" ? 0 : 1]!;
    const right = x + Math.ceil(width / reduced);
    const bottom = y + Math.ceil(height / reduced);
    this.#fill(frame, tile.sizes[0]!, { left: x, top: y, right, bottom });
  }

  #upload(format: Format, into: WebGLTexture, x: number, y: number, rect: Rect, data: ArrayBufferView): void {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, into);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, this.plan.width);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, rect.left);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, rect.top);
    const { width, height } = sizeOf(rect);
    const layout = format === "rgba" ? gl.RGBA : gl.RED;
    gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, width, height, layout, gl.UNSIGNED_BYTE, data, 0);
  }

  #coarsen(tile: Made, rect: Rect): void {
    const { gl, ownAlpha } = this;
    const { coarsen } = this.programs;
    const { reduced } = this.plan;
    const fine: Rect = {
      left: Math.floor((rect.left - tile.rect.left) / reduced),
      top: Math.floor((rect.top - tile.rect.top) / reduced),
      right: Math.ceil((rect.right - tile.rect.left) / reduced),
      bottom: Math.ceil((rect.bottom - tile.rect.top) / reduced),
    };
    coarsen.use();
    const skipped = ownAlpha ? 0 : 1;
    for (let level = 1; level < tile.sizes.length; level++) {
      const cut = tile.cut[level - 1] ?? tile.colour[0]!;
      bind(gl, coarsen, 0, "uColour", ownAlpha ? cut : tile.colour[level - 1]!);
      bind(gl, coarsen, 1, "uCut", cut);
      gl.uniform1i(coarsen.at("uSource"), level > 1 ? 0 : ownAlpha ? 2 : 1);
      this.#fill(tile.frames[level + skipped]!, tile.sizes[level]!, atLevel(fine, level));
    }
  }

  #fill(frame: WebGLFramebuffer, size: Size, within: Rect): void {
    const { gl } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
    gl.viewport(0, 0, size.width, size.height);
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(within.left, within.top, within.right - within.left, within.bottom - within.top);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  #scratches() {
    const { gl } = this;
    const side = { width: this.plan.tile, height: this.plan.tile };
    this.#scratch ??= { colour: emptyTexture(gl, side, "rgba"), alpha: emptyTexture(gl, side, "red") };
    return this.#scratch;
  }
}
