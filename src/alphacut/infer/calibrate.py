"""Measure, on photos, the ranges that let a network run in 8-bit integers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from ..decode import decode
from ..files import make_folder, write_atomic
from ..types import Photo
from .card import ModelCard
from .catalog import find_card
from .engines import open_session
from .engines.int8 import Ranges, find_ranges
from .engines.openvino import open_rounded, prepare
from .home import ranges_path
from .predict import fit_for, predict, tensor
from .weights import ensure

NOTHING = "(?!)"  # a regular expression that finds nothing

ROUNDED = {"Relu", "Add", "Convert", "Interpolate"}
"""Kinds of layer whose outputs are rounded where an integer layer reads them."""
READERS = {"Convolution", "Concat", "MaxPool", "Interpolate", "Add"}


def quantise(name: str, files: Sequence[str], keep: str | None, output: Path | None) -> tuple[Path, float]:
    """Measure a model's ranges on photos, write them, and return where, and the mean difference they make.

    Parameters
    ----------
    name : str
        A model of the catalogue.
    files : sequence of str
        Paths of photos.
    keep : str or None
        Regular expression of the layers that stay in floating point; None takes that of the present ranges.
    output : Path or None
        Where to; None writes the user's own ranges, which are used from then on.

    Returns
    -------
    (Path, float)
        The file, and the mean absolute difference of the alpha from float32 on these photos, in [0, 1].
    """
    card = find_card(name)
    weights = ensure(card)
    # What an adapter changes are numbers: the layers that its base keeps are its too.
    present = find_ranges(name) or find_ranges(card.base)
    kept = keep if keep is not None else present.keep if present else NOTHING
    photos = [decode(file) for file in files]
    ranges = calibrate(card, weights, photos, kept, f"{len(files)} photos")
    path = output or ranges_path(name)
    make_folder(path.parent)
    write_atomic(path, ranges.dumps().encode())
    exact, rounded = (
        open_session(card, weights, "cpu", "openvino", "f32"),
        open_rounded(card, weights, ranges),
    )
    differences = [np.abs(predict(p, card, exact) - predict(p, card, rounded)).mean() for p in photos]
    return path, float(np.mean(differences))


def calibrate(card: ModelCard, weights: Path, photos: Iterable[Photo], keep: str, about: str) -> Ranges:
    """Return the ranges of a network's activations, the mean over photos of each photo's least and greatest.

    Parameters
    ----------
    card : ModelCard
    weights : Path
        Its ONNX file.
    photos : iterable of Photo
        A few dozen of the kind that it will see.
    keep : str
        Regular expression of the layers that stay in floating point.
    about : str
        On which photos; kept in the table.
    """
    core = ov.Core()
    network = prepare(core, card, weights, any_size=True)
    flexible = network.input(0).partial_shape[2].is_dynamic
    points = [node for node in network.get_ordered_ops() if _is_point(node, keep)]
    probes = [(ops.reduce_min(n, _axes()), ops.reduce_max(n, _axes())) for n in points]
    network.add_results([ops.result(node) for pair in probes for node in pair])
    request = core.compile_model(network, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}).create_infer_request()
    seen = []
    for photo in photos:
        request.infer({0: tensor(photo, fit_for(photo.shape, card, flexible), card)[None]})
        seen.append([float(request.get_output_tensor(1 + i).data) for i in range(2 * len(points))])
    ends = np.mean(seen, axis=0).reshape(-1, 2)
    named = {node.get_friendly_name(): pair for node, pair in zip(points, ends, strict=True)}
    return Ranges(
        keep, {name: (min(0.0, float(low)), float(high)) for name, (low, high) in named.items()}, about
    )


def _is_point(node: ov.Node, keep: str) -> bool:
    if node.get_type_name() not in ROUNDED:
        return False
    if len(node.get_output_partial_shape(0)) != 4:
        return False
    kinds = {(port.get_node().get_type_name(), bool(re.search(keep, port.get_node().get_friendly_name())))
             for port in node.output(0).get_target_inputs()}  # fmt: skip
    return any(kind in READERS and not kept for kind, kept in kinds)


def _axes() -> ov.Node:
    return ops.constant(np.arange(4))
