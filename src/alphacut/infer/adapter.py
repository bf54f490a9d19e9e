"""Adapters: a fine-tune as a small file that is merged into the ONNX file of the network that it changes.

The file is safetensors. For each convolution that it changes, by its number in the order in which the network runs them
(an exported file keeps this order, and little else), it holds in half precision

- ``N.up``, outputs × rank, and ``N.down``, rank × taps: a low-rank change of the kernel;
- ``N.scale``, outputs: the change of a factor of the kernel, as that of a normalisation is once it was folded;
- ``N.bias``, outputs: the change of the bias, and so of a normalisation's shift;

so that ``kernel' = (1 + s * scale) * (kernel + s * up @ down)`` and ``bias' = bias + s * change``, where ``s`` is the
strength with which it is merged: less than 1 gives up some of what was learned, and forgets less. Its header names the
base, what hash the base's file had, the network, the rank, and the version that wrote it.

References
----------
Hu et al., "LoRA: low-rank adaptation of large language models", ICLR 2022, eq. 3, with a kernel's taps in its rows.
Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022, sec. 3: between a base's weights and a fine-tune's
lie some that are better than either on photos of other kinds.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import WeightsCorrupt
from .card import ModelCard

FORMAT = "alphacut-adapter-1"
PARTS = {"up": 2, "down": 2, "scale": 1, "bias": 1}
"""What an adapter has of a convolution, and how many axes it has."""
LARGEST = 65504.0
"""What half precision holds; no weight of a network that works comes near it."""

Layer = Mapping[str, NDArray[Any]]
"""What changes one convolution, by `PARTS`."""


@dataclass(frozen=True, slots=True)
class About:
    """What an adapter's header says of it, each as text.

    Attributes
    ----------
    base : str
        The model that it changes.
    base_hash : str
        Of that model's file: one of those on its card.
    network : str
        Its architecture, a name of :data:`alphacut.networks.NETWORKS`.
    convolutions : str
        How many convolutions the network runs.
    rank : str
    alphacut : str
        The version that wrote it.
    """

    base: str
    base_hash: str
    network: str
    convolutions: str
    rank: str
    alphacut: str


def read_about(path: Path) -> About | None:
    """Return an adapter's header, or None if the file holds tensors but is no adapter.

    Raises
    ------
    WeightsCorrupt
        It is no safetensors file, or the header lacks something.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            said: dict[str, str] = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise WeightsCorrupt(str(path), f"cannot be read ({error})", "Save or copy it anew.") from error
    if said.get("format") != FORMAT:
        return None
    names = [field.name for field in dataclasses.fields(About)]
    missing = [name for name in names if name not in said]
    if missing:
        raise WeightsCorrupt(str(path), f"is an adapter that lacks {', '.join(missing)}", "Save it anew.")
    return About(**{name: said[name] for name in names})


def read_adapter(path: Path) -> tuple[About, dict[int, Layer]]:
    """Return an adapter's header, and what it changes by the number of the convolution.

    Raises
    ------
    WeightsCorrupt
        It is no adapter, or holds something else, or values that are not finite.
    """
    about = read_about(path)
    if about is None:
        raise WeightsCorrupt(str(path), "is no adapter of alphacut", "Import it as a network: add --like.")
    from safetensors.numpy import load_file

    layers: dict[int, dict[str, NDArray[Any]]] = {}
    for name, value in load_file(path).items():
        match = re.fullmatch(rf"(\d{{1,6}})\.({'|'.join(PARTS)})", name)
        right = match is not None and value.ndim == PARTS[match[2]] and value.dtype == np.float16
        if match is None or not right or not np.isfinite(value).all():
            raise WeightsCorrupt(str(path), f"has no adapter's {name}", "Save or copy it anew.")
        layers.setdefault(int(match[1]), {})[match[2]] = value.astype(np.float32)
    return about, dict(layers)


def check_base(path: Path, about: About, base: ModelCard) -> None:
    """Raise WeightsCorrupt for an adapter that was made for another network than `base`, or for another file of it."""
    subject = f"adapter {path.name}"
    if about.network != base.network:
        kind = base.network or "of no known kind"
        problem = f"changes a network of the kind {about.network!r}, and {base.name} is {kind}"
        raise WeightsCorrupt(subject, problem, f"Name the model that it was trained from, {about.base!r}.")
    if about.base_hash not in base.hashes:
        problem = f"was made for another file of {about.base!r} than the card of {base.name} knows"
        raise WeightsCorrupt(subject, problem, "Bring the base that it was trained from, or train it anew.")


def merge(base_file: Path, adapter: Path, base: ModelCard, strength: float = 1.0) -> bytes:
    """Return the ONNX file of a network with an adapter's changes in its weights, which are stored as they were.

    Parameters
    ----------
    base_file : Path
        The verified file of `base`.
    adapter : Path
        As :func:`read_adapter` reads it.
    base : ModelCard
    strength : float
        How much of the change is merged, in (0, 1].

    Raises
    ------
    WeightsCorrupt
        The adapter is damaged, or was made for another network or another file.
    """
    import onnx  # not at the top: it takes a third of a second

    about, layers = read_adapter(adapter)
    check_base(adapter, about, base)
    model = onnx.load(str(base_file), load_external_data=False)
    held = {tensor.name: tensor for tensor in model.graph.initializer}
    convs = [
        [held[name] for name in node.input[1:3] if name in held]
        for node in model.graph.node
        if node.op_type == "Conv"
    ]
    fits = about.convolutions == str(len(convs)) and all(
        number < len(convs) and _fits([tuple(tensor.dims) for tensor in convs[number]], layer)
        for number, layer in layers.items()
    )
    if not fits:
        subject, problem = f"adapter {adapter.name}", f"does not fit the layers of {base.name}"
        raise WeightsCorrupt(subject, problem, "Train it anew from this base.")
    for number, layer in layers.items():
        before = [onnx.numpy_helper.to_array(tensor) for tensor in convs[number]]
        for tensor, value in zip(convs[number], _changed(before, layer, strength), strict=True):
            tensor.CopyFrom(onnx.numpy_helper.from_array(value, tensor.name))
    merged: bytes = model.SerializeToString(deterministic=True)
    return merged


def _fits(shapes: Sequence[tuple[int, ...]], layer: Layer) -> bool:
    """Say whether a layer's parts are as the shapes of a convolution's kernel, and of its bias if there is one, ask."""
    if not shapes or ("bias" in layer and len(shapes) < 2):
        return False
    outputs, taps = shapes[0][0], math.prod(shapes[0][1:])
    ranks = {layer[part].shape[axis] for part, axis in (("up", -1), ("down", 0)) if part in layer}
    wanted = {"up": (outputs, *ranks), "down": (*ranks, taps), "scale": (outputs,), "bias": (outputs,)}
    whole = len(ranks) < 2 and ("up" in layer) == ("down" in layer)
    return whole and all(value.shape == wanted[part] for part, value in layer.items())


def _changed(before: Sequence[NDArray[Any]], layer: Layer, strength: float) -> list[NDArray[Any]]:
    """Return a kernel, and its bias if there is one, with a layer's changes, in the type that they are stored in."""
    # Of a product one factor is weakened.
    layer = {part: value if part == "down" else np.float32(strength) * value for part, value in layer.items()}
    kernel, *bias = (value.astype(np.float32) for value in before)
    if "up" in layer:
        kernel = kernel + (layer["up"] @ layer["down"]).reshape(kernel.shape)
    if "scale" in layer:
        kernel = kernel * (1 + layer["scale"])[:, None, None, None]
    if "bias" in layer:
        bias = [bias[0] + layer["bias"]]
    return [
        np.clip(value, -LARGEST, LARGEST).astype(stored.dtype)
        for value, stored in zip((kernel, *bias), before, strict=True)
    ]
