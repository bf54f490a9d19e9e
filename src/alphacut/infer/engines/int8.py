"""Run most of a network in 8-bit integers: where to round, and by how much, is a small table.

Weights are rounded symmetrically a channel, activations by ranges measured once on photos
(:mod:`alphacut.infer.calibrate`); layers that the table keeps stay in floating point. OpenVINO turns each pair
of roundings around a convolution into an integer convolution. The scheme is that of Jacob et al. 2018,
*Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference*, equation 12,
after training.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

from ...errors import ModelError
from .. import home

WEIGHT_LEVELS = 255  # symmetric: -127 to 127
LEVELS = 256
SMALLEST = 1e-6
"""No channel's range is narrower: a channel of zeros must not divide by zero."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """Where a network's activations are rounded to 8 bits.

    Attributes
    ----------
    keep : str
        Regular expression; layers whose names it finds stay in floating point.
    points : dict of str to (float, float)
        Layer name → least and greatest value of its output.
    about : str
        On which photos it was measured.
    """

    keep: str
    points: dict[str, tuple[float, float]]
    about: str

    def dumps(self) -> str:
        """Return the table as JSON, a point a line."""
        rows = [f"  {json.dumps(name)}: [{low:.5g}, {high:.5g}]" for name, (low, high) in self.points.items()]
        head = f'{{"about": {json.dumps(self.about)},\n "keep": {json.dumps(self.keep)},\n "points": {{\n'
        return head + ",\n".join(rows) + "\n}}\n"


def find_ranges(name: str) -> Ranges | None:
    """Return the ranges of a model: the user's own, else the packaged, else None.

    Raises
    ------
    ModelError
        The user's file cannot be read.
    """
    packaged = resources.files("alphacut.infer").joinpath("ranges", f"{name}.json")
    for file in (home.ranges_path(name), packaged):
        if file.is_file():
            try:
                table = json.loads(file.read_text(encoding="utf-8"))
                points = {point: (float(low), float(high)) for point, (low, high) in table["points"].items()}
                return Ranges(table["keep"], points, table["about"])
            except (ValueError, KeyError, TypeError) as error:
                raise ModelError(
                    str(file), f"is no table of ranges ({error})", "Delete it, or make it anew."
                ) from error
    return None


def fits(network: ov.Model, ranges: Ranges) -> bool:
    """Say whether the ranges were measured on this export: another one names its layers differently."""
    return ranges.points.keys() <= {node.get_friendly_name() for node in network.get_ops()}


def round_to_int8(network: ov.Model, ranges: Ranges) -> None:
    """Insert, in place, the roundings of `ranges` and of the weights into `network`."""
    for node in network.get_ops():
        if node.get_type_name() == "Convolution" and not re.search(ranges.keep, node.get_friendly_name()):
            _round_weights(node)
    nodes = {node.get_friendly_name(): node for node in network.get_ops()}
    for name, (low, high) in ranges.points.items():
        output = nodes[name].output(0)
        readers = list(output.get_target_inputs())
        rounded = _rounding(output, np.array(low), np.array(high), LEVELS)
        for reader in readers:
            reader.replace_source_output(rounded.output(0))


def _round_weights(convolution: ov.Node) -> None:
    constant = convolution.input_value(1).get_node()
    while constant.get_type_name() == "Convert":  # a half-precision file widens its weights
        constant = constant.input_value(0).get_node()
    weights = constant.get_data().astype(np.float32)
    reach = np.maximum(np.abs(weights).max(axis=(1, 2, 3), keepdims=True), SMALLEST)
    kind = convolution.input(1).get_element_type().to_dtype()
    rounded = _rounding(ops.constant(weights.astype(kind)).output(0), -reach, reach, WEIGHT_LEVELS)
    convolution.input(1).replace_source_output(rounded.output(0))


def _rounding(
    value: Any, low: NDArray[np.floating[Any]], high: NDArray[np.floating[Any]], levels: int
) -> ov.Node:
    kind = value.get_element_type().to_dtype()
    ends = [ops.constant(end.astype(kind)) for end in (low, high, low, high)]
    return ops.fake_quantize(value, *ends, levels)
