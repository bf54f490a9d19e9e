"""Rewrite a network for browsers: one output, any size, pooling that every engine knows, small weights.

ONNX Runtime in a browser runs what the file says, without the help that OpenVINO gives a processor here. So the
graph is rewritten once:

- only the matte's output is kept, and what leads to it;
- half-precision exports compute in float32, as the engines for processors do anyway, without a cast a layer;
- sizes that the export froze into its upsamplings become factors (compare :mod:`.engines.flexible`);
- ``ceil_mode`` pooling, which the WebGPU engine refuses, becomes padding at the end: floor((n + s - 1 - k) / s) is
  ceil((n - k) / s), and padding never wins a maximum;
- weights are stored in half precision, or the network is rounded to 8-bit integers by the ranges of
  :mod:`.engines.int8`, in ONNX's QDQ form, whose integer kernels need a rounding on both sides of every layer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from ..errors import ModelError
from .card import ModelCard
from .engines.int8 import SMALLEST, Ranges

OPSET, IR_VERSION = 13, 7
"""The least that know resizing by factors alone, and roundings a channel; what stays of older graphs means the same."""
THROUGH = ("MaxPool", "Concat", "Add", "Resize")
"""Layers whose rounded output reaches an integer layer."""

Span = tuple[float, float]


def rewrite(model: onnx.ModelProto, card: ModelCard) -> tuple[onnx.ModelProto, dict[str, str]]:
    """Return the network with one output, a free input size and float32 weights, and each old layer's tensor.

    Parameters
    ----------
    model : onnx.ModelProto
        As exported, 1×3×H×W with the size written into it.
    card : ModelCard

    Raises
    ------
    ModelError
        An upsampling whose factor is not a whole number.
    """
    graph = model.graph
    sizes = _sizes(model)
    for node in graph.node:
        if node.op_type == "Resize":
            _by_factor(node, graph, sizes)
        elif node.op_type == "MaxPool":
            _without_ceil(node)
    weights = {init.name: numpy_helper.to_array(init).astype(np.float32) for init in graph.initializer}
    tensors = {node.name: node.output[0] for node in graph.node}
    nodes, same = _without_casts(graph)
    output = graph.output[card.output].name
    order = _needed(nodes, output)
    used = {name for node in order for name in node.input}
    float32 = onnx.TensorProto.FLOAT
    slim = helper.make_model(
        helper.make_graph(
            order,
            card.name,
            [helper.make_tensor_value_info(graph.input[0].name, float32, [1, 3, "height", "width"])],
            [helper.make_tensor_value_info(output, float32, [1, 1, "height", "width"])],
            [numpy_helper.from_array(value, name) for name, value in weights.items() if name in used],
        ),
        opset_imports=[helper.make_opsetid("", max(OPSET, *(o.version for o in model.opset_import)))],
        ir_version=max(IR_VERSION, model.ir_version),
        producer_name="alphacut",
    )
    return slim, {name: _followed(tensor, same) for name, tensor in tensors.items()}


def with_half_weights(model: onnx.ModelProto) -> None:
    """Store the weights, in place, in half precision; they are widened when the network is loaded."""
    graph, casts = model.graph, []
    for init in graph.initializer:
        value = numpy_helper.to_array(init)
        if value.dtype != np.float32 or value.ndim < 4:
            continue
        name = init.name
        init.CopyFrom(numpy_helper.from_array(value.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    for i, cast in enumerate(casts):
        graph.node.insert(i, cast)


def round_to_int8(model: onnx.ModelProto, ranges: Ranges, tensors: Mapping[str, str]) -> None:
    """Insert, in place, the roundings of `ranges` and of the weights: weights symmetrically a channel.

    Activations are unsigned, by the measured ranges; what pools, resizes and joins rounded values is rounded again,
    for these have integer kernels too.
    """
    graph = model.graph
    spans = _spans(graph, ranges, tensors)
    weights = {init.name: init for init in graph.initializer}
    nodes = list(graph.node)
    del graph.node[:]
    for node in nodes:
        if _is_integer(node, ranges, spans):
            _round_weights(graph, node, weights, _scale(spans[node.input[0]]))
        for i, name in enumerate(node.input):
            if name in spans:
                node.input[i] = f"{name}.rounded"
        graph.node.append(node)
        if node.output[0] in spans:
            _round(graph, node.output[0], spans[node.output[0]])
    used = {name for node in graph.node for name in node.input}
    kept = [init for init in graph.initializer if init.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _spans(graph: onnx.GraphProto, ranges: Ranges, tensors: Mapping[str, str]) -> dict[str, Span]:
    """Return the least and greatest value of every tensor that is rounded."""
    known = {tensors.get(point, point): span for point, span in ranges.points.items()}
    found: dict[str, Span] = {}
    for node in graph.node:
        name = node.output[0]
        inputs = [found[source] for source in node.input if source in found]
        if node.op_type == "MaxPool" and inputs:
            found[name] = inputs[0]
        elif node.op_type == "Concat" and len(inputs) == len(node.input):
            found[name] = (min(low for low, _ in inputs), max(high for _, high in inputs))
        elif name in known:
            found[name] = known[name]
    wanted: set[str] = set()
    for node in reversed(graph.node):  # what no integer layer reads in the end is not rounded
        if _is_integer(node, ranges, found) or (node.op_type in THROUGH and node.output[0] in wanted):
            wanted.update(node.input)
    return {name: span for name, span in found.items() if name in wanted}


def _is_integer(node: onnx.NodeProto, ranges: Ranges, spans: Mapping[str, Span]) -> bool:
    return node.op_type == "Conv" and not re.search(ranges.keep, node.name) and node.input[0] in spans


def _scale(span: Span) -> tuple[np.float32, np.uint8]:
    """Return the step and the value that stands for 0; 0 is always one of the values."""
    low, high = min(span[0], 0.0), max(span[1], 0.0)
    step = max((high - low) / 255, SMALLEST)
    return np.float32(step), np.uint8(round(-low / step))


def _round(graph: onnx.GraphProto, name: str, span: Span) -> None:
    step, zero = _scale(span)
    ends = [f"{name}.step", f"{name}.zero"]
    graph.initializer.extend(
        numpy_helper.from_array(np.array(v), n) for v, n in zip((step, zero), ends, strict=True)
    )
    graph.node.append(helper.make_node("QuantizeLinear", [name, *ends], [f"{name}.int8"]))
    graph.node.append(helper.make_node("DequantizeLinear", [f"{name}.int8", *ends], [f"{name}.rounded"]))


def _round_weights(
    graph: onnx.GraphProto, node: onnx.NodeProto, weights: Mapping[str, Any], scale: Any
) -> None:
    value = numpy_helper.to_array(weights[node.input[1]])
    steps = np.maximum(np.abs(value).max(axis=(1, 2, 3)), SMALLEST) / 127
    whole = np.rint(value / steps[:, None, None, None]).astype(np.int8)
    _dequantised(graph, node, 1, whole, steps.astype(np.float32))
    if len(node.input) > 2:
        bias_steps = (steps * scale[0]).astype(np.float32)
        bias = np.rint(numpy_helper.to_array(weights[node.input[2]]) / bias_steps)
        _dequantised(graph, node, 2, np.clip(bias, -(2**31), 2**31 - 1).astype(np.int32), bias_steps)


def _dequantised(graph: onnx.GraphProto, node: onnx.NodeProto, at: int, whole: Any, steps: Any) -> None:
    name = node.input[at]
    inputs = [f"{name}.int", f"{name}.steps", f"{name}.zeros"]
    values = (whole, steps, np.zeros(steps.shape, whole.dtype))
    graph.initializer.extend(numpy_helper.from_array(v, n) for v, n in zip(values, inputs, strict=True))
    graph.node.append(helper.make_node("DequantizeLinear", inputs, [f"{name}.rounded"], axis=0))
    node.input[at] = f"{name}.rounded"


def _sizes(model: onnx.ModelProto) -> dict[str, list[int]]:
    """Return height and width of every tensor at the size that the export froze, where they can be told."""
    graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    values = (*graph.value_info, *graph.input, *graph.output)
    sizes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim][2:] for v in values}
    known = {name: size for name, size in sizes.items() if len(size) == 2 and all(size)}
    for node in model.graph.node:
        # An older export computes the size of an upsampling: it is that of what it is joined to.
        if node.op_type == "Concat" and node.output[0] in known:
            known |= {name: known[node.output[0]] for name in node.input if name not in known}
    return known


def _by_factor(node: onnx.NodeProto, graph: onnx.GraphProto, sizes: Mapping[str, list[int]]) -> None:
    before, after = (np.array(sizes.get(name, [0]), np.float32) for name in (node.input[0], node.output[0]))
    factors = after / before if before.all() and after.all() else np.array([0.5])
    if not np.array_equal(factors, np.round(factors)):
        raise ModelError(
            node.name, "is an upsampling by no whole number", "Export the network with whole ones."
        )
    name = f"{node.output[0]}.factors"
    graph.initializer.append(numpy_helper.from_array(np.array([1, 1, *factors], np.float32), name))
    del node.input[1:]
    node.input.extend(["", name])


def _without_ceil(node: onnx.NodeProto) -> None:
    values = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    if not values.pop("ceil_mode", 0):
        return
    axes = len(values["kernel_shape"])
    strides, pads = values.get("strides", [1] * axes), list(values.get("pads", [0] * 2 * axes))
    values["pads"] = pads[:axes] + [
        pad + stride - 1 for pad, stride in zip(pads[axes:], strides, strict=True)
    ]
    del node.attribute[:]
    node.attribute.extend(helper.make_attribute(name, value) for name, value in values.items())


def _without_casts(graph: onnx.GraphProto) -> tuple[list[onnx.NodeProto], dict[str, str]]:
    """Return the nodes without the casts between float types, and by which tensor each other one is replaced."""
    floats = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16)
    casts = [n for n in graph.node if n.op_type == "Cast" and n.attribute[0].i in floats]
    outputs = {value.name for value in graph.output}
    same: dict[str, str] = {}
    for cast in casts:
        if cast.output[0] in outputs:  # the name of an output stays, so it goes to the one who makes it
            same[cast.input[0]] = cast.output[0]
        else:
            same[cast.output[0]] = cast.input[0]
    rest = [node for node in graph.node if node not in casts]
    for node in rest:
        for names in (node.input, node.output):
            names[:] = [_followed(name, same) for name in names]
    return rest, same


def _followed(name: str, same: Mapping[str, str]) -> str:
    while name in same:
        name = same[name]
    return name


def _needed(nodes: list[onnx.NodeProto], output: str) -> list[onnx.NodeProto]:
    """Return the nodes that `output` depends on, each after those that it reads."""
    makers = {name: node for node in nodes for name in node.output}
    order: dict[str, onnx.NodeProto] = {}
    stack: list[tuple[str, bool]] = [(output, False)]
    while stack:
        name, ready = stack.pop()
        node = makers.get(name)
        if node is None or node.output[0] in order:
            continue
        if ready:
            order[node.output[0]] = node
        else:
            stack.append((name, True))
            stack.extend((source, False) for source in node.input)
    return list(order.values())
