import type { Size } from "../geometry/view";

export type GL = WebGL2RenderingContext;

/** A program and where its uniforms are. */
export class Program {
  readonly #program: WebGLProgram;
  readonly #places = new Map<string, WebGLUniformLocation | null>();

  constructor(
    private readonly gl: GL,
    vertex: string,
    fragment: string,
  ) {
    this.#program = gl.createProgram();
    for (const [kind, source] of [
      [gl.VERTEX_SHADER, vertex],
      [gl.FRAGMENT_SHADER, fragment],
    ] as const) {
      const shader = gl.createShader(kind)!;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(this.#program, shader);
      // A compile log is only there when compiling failed; linking then fails too and says so below.
      gl.deleteShader(shader);
    }
    gl.linkProgram(this.#program);
    if (!gl.getProgramParameter(this.#program, gl.LINK_STATUS) && !gl.isContextLost())
      throw new Error(`the canvas' shader does not link: ${gl.getProgramInfoLog(this.#program)}`);
  }

  use(): void {
    this.gl.useProgram(this.#program);
  }

  at(name: string): WebGLUniformLocation | null {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = this.gl.getUniformLocation(this.#program, name);
      this.#places.set(name, place);
    }
    return place;
  }
}

export type Format = "rgba" | "red";

/** A texture of no size yet. */
export function anyTexture(gl: GL): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  return texture;
}

/** An empty texture, bilinear between its texels. */
export function emptyTexture(gl: GL, size: Size, format: Format): WebGLTexture {
  const texture = anyTexture(gl);
  gl.texStorage2D(gl.TEXTURE_2D, 1, format === "rgba" ? gl.RGBA8 : gl.R8, size.width, size.height);
  return texture;
}

/** A framebuffer that draws into the first texture as output 0 and the second as output 1; null for none. */
export function target(
  gl: GL,
  first: WebGLTexture | null,
  second: WebGLTexture | null = null,
): WebGLFramebuffer {
  const frame = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
  const outputs = [first, second].map((texture, i) => {
    if (!texture) return gl.NONE;
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0 + i, gl.TEXTURE_2D, texture, 0);
    return gl.COLOR_ATTACHMENT0 + i;
  });
  gl.drawBuffers(outputs);
  return frame;
}

export function bind(gl: GL, program: Program, unit: number, name: string, texture: WebGLTexture): void {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.uniform1i(program.at(name), unit);
}
