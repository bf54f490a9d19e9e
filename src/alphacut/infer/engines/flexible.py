"""Free an exported network from the input size that its export froze into it."""

from __future__ import annotations

import numpy as np
import openvino as ov
from openvino import opset13 as ops


def make_flexible(network: ov.Model) -> bool:
    """Let `network`, in place, take any batch and any height and width it can halve; say whether it could.

    ONNX exports of U²-Net and ISNet write the size of every upsampling as a constant. Each is replaced by its
    factor relative to its own input, so that at the exported size the network computes the same numbers, and
    one compiled network serves every aspect.

    Parameters
    ----------
    network : openvino.Model
        With one input, N×3×H×W, of fixed height and width.

    Returns
    -------
    bool
        False where an upsampling's factor is not a whole number; the network is then unchanged.
    """
    upsamplings = [node for node in network.get_ops() if node.get_type_name() == "Interpolate"]
    factors = [_factors(node) for node in upsamplings]
    if any(not np.array_equal(pair, np.round(pair)) for pair in factors):
        return False
    for node, pair in zip(upsamplings, factors, strict=True):
        _by_factor(node, pair)
    network.reshape([-1, 3, -1, -1])
    return True


def _factors(node: ov.Node) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    ports = (node.input(0), node.output(0))
    # Of a free batch or size there is no number; a factor of it is none either.
    lengths = [[d.get_length() if d.is_static else 0 for d in port.get_partial_shape()][2:] for port in ports]
    before, after = (np.array(pair, np.float32) for pair in lengths)
    known = before.size == after.size == 2 and before.all() and after.all()
    return after / before if known else np.full(2, 0.5, np.float32)


def _by_factor(node: ov.Node, factors: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
    old = node.get_attributes()
    new = ops.interpolate(
        node.input_value(0),
        ops.constant(factors),
        old["mode"],
        "scales",
        coordinate_transformation_mode=old["coordinate_transformation_mode"],
        nearest_mode=old["nearest_mode"],
        axes=ops.constant(np.array([2, 3], np.int64)),
    )
    # The table of 8-bit ranges knows layers by name, and a name made up here would count all nodes of the process.
    new.set_friendly_name(node.get_friendly_name())
    node.output(0).replace(new.output(0))
