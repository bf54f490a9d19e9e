/** Draws a network of one layer as an ONNX file: its answer is the mean of the three channels, like tests/tiny.py. */
export function drawNetwork(gain = 1, padding = 0): Buffer {
  const weight = Buffer.alloc(12);
  for (let c = 0; c < 3; c++) weight.writeFloatLE(gain / 3, 4 * c);
  const tensor = [
    ...[1, 3, 1, 1].map((side) => number(1, side)),
    number(2, 1),
    text(8, "w"),
    field(9, weight),
  ];
  const kernel = [text(1, "kernel_shape"), number(8, 1), number(8, 1), number(20, 7)];
  const node = [text(1, "x"), text(1, "w"), text(2, "answer"), text(4, "Conv"), field(5, join(kernel))];
  const graph = [
    field(1, join(node)),
    text(2, "tiny"),
    field(5, join(tensor)),
    field(11, value("x", 3)),
    field(12, value("answer", 1)),
  ];
  const opset = join([text(1, ""), number(2, 17)]);
  // The description makes the file long enough to be cut in the middle.
  return join([number(1, 8), text(6, "x".repeat(padding)), field(7, join(graph)), field(8, opset)]);
}

function value(name: string, channels: number): Buffer {
  const dims = [number(1, 1), number(1, channels), text(2, "height"), text(2, "width")];
  const shape = join(dims.map((dim) => field(1, dim)));
  const type = field(1, join([number(1, 1), field(2, shape)]));
  return join([text(1, name), field(2, type)]);
}

const join = (parts: readonly Buffer[]): Buffer => Buffer.concat(parts);
const text = (tag: number, words: string): Buffer => field(tag, Buffer.from(words));
const number = (tag: number, of: number): Buffer => join([varint(tag << 3), varint(of)]);
const field = (tag: number, body: Buffer): Buffer =>
  join([varint((tag << 3) | 2), varint(body.length), body]);

function varint(of: number): Buffer {
  const bytes: number[] = [];
  for (; of >= 128; of = Math.floor(of / 128)) bytes.push((of % 128) | 128);
  return Buffer.from([...bytes, of]);
}
