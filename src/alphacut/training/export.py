"""A network in torch → an ONNX file with a free batch, checked in both engines against torch, and its card."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import secrets
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .. import __version__
from ..errors import ModelError, OptionError, OutputError
from ..files import make_folder, write_atomic
from ..infer.card import ModelCard, Source
from ..infer.card_file import dump_card
from ..infer.catalog import find_card
from ..networks import BiRefNet, build
from ..networks.weights import load_weights

OPSET = 17
ALLOWED = 1e-3
"""How far the file's alphas may be from torch's."""

Image = NDArray[np.float32]


class Probabilities(nn.Module):
    """A network whose logits went through the sigmoid."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        """Return alphas B×1×H×W of images B×3×H×W."""
        return torch.sigmoid(self.network(image))


def export_file(weights: Path, network: str, path: Path, size: tuple[int, int] | None = None) -> float:
    """Write weights as ONNX and, beside it, a card that says how the file is used.

    Parameters
    ----------
    weights : Path
        What :func:`alphacut.networks.weights.load_weights` reads.
    network : str
        Of which network: a name of `alphacut.networks.NETWORKS`.
    path : Path
        ``NAME.onnx``; the card is ``NAME.toml``.
    size : (int, int), optional
        Width and height of the file's input; else those of the network's card.

    Returns
    -------
    float
        See :func:`export`.

    Raises
    ------
    UnknownModel, NotFoundInput, WeightsCorrupt
        There is no such network, or the weights are not of it.
    OptionError
        A size that the network cannot take.
    ModelError, OutputError
        See :func:`export`.
    """
    built = build(network)
    card = find_card(network)
    if size is not None:
        if min(size) < 1 or any(side % card.multiple for side in size):
            problem = f"{network} cannot take {size[0]}×{size[1]}"
            raise OptionError("option 'size'", problem, f"Give multiples of {card.multiple}.")
        card = dataclasses.replace(card, size=size)
    load_weights(built, weights)
    difference = export(built, card, path)
    write_atomic(path.with_suffix(".toml"), dump_card(exported_card(card, path, weights.name)).encode())
    return difference


def export(network: nn.Module, card: ModelCard, path: Path) -> float:
    """Write a network as ONNX, whole or not at all.

    Parameters
    ----------
    network : nn.Module
        Gives logits B×1×H×W of images B×3×H×W; the file gives alphas.
    card : ModelCard
        Whose size the file has; its batch is free.
    path : Path

    Returns
    -------
    float
        The largest difference of the file's alphas from torch's, in ONNX Runtime and in OpenVINO.

    Raises
    ------
    ModelError
        The file's answer is not torch's, in one of the two; nothing is written.
    OutputError
        The file cannot be written.
    """
    model = Probabilities(network).cpu().eval()
    make_folder(path.parent)
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        write_onnx(model, card, part)
        difference = check(model, card, part)
        part.replace(path)
    except OSError as error:
        raise OutputError(str(path), f"cannot be written: {error}", "Choose another place.") from error
    finally:
        part.unlink(missing_ok=True)
    return difference


def write_onnx(model: Probabilities, card: ModelCard, path: Path) -> None:
    """Write what a network does to one image, with what it is among the file's properties."""
    import onnx

    with warnings.catch_warnings():
        # It warns that sizes become constants, which is meant, and of the newer exporter, which needs one package more.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (torch.from_numpy(scene(card)),),
            str(path),
            input_names=["image"],
            output_names=["alpha"],
            dynamic_axes={"image": {0: "batch"}, "alpha": {0: "batch"}},
            opset_version=OPSET,
            # Folded, BiRefNet's windows and grids would be larger than its weights; engines fold them when they load.
            do_constant_folding=not isinstance(model.network, BiRefNet),
            dynamo=False,
        )
    facts = {"network": card.name, "size": f"{card.size[0]}x{card.size[1]}", "alphacut": __version__}
    entries = [onnx.StringStringEntryProto(key=key, value=value) for key, value in facts.items()]
    with path.open("ab") as stream:
        # Two protobuf messages on end are one that has the fields of both: no need to hold the weights in memory.
        stream.write(onnx.ModelProto(metadata_props=entries).SerializeToString())


def check(model: nn.Module, card: ModelCard, path: Path) -> float:
    """Return the largest difference of a file's alphas from torch's; raise where it is too large."""
    image = scene(card)
    with torch.inference_mode():
        alpha = model(torch.from_numpy(image)).numpy()
    engines: dict[str, Callable[[Path, Image], Image]] = {
        "ONNX Runtime": by_onnx_runtime,
        "OpenVINO": by_openvino,
    }
    differences = {name: float(np.abs(run(path, image) - alpha).max()) for name, run in engines.items()}
    for name, difference in differences.items():
        # Written so that NaN fails too.
        if not difference <= ALLOWED:
            problem = f"its ONNX file gives alphas in {name} that differ from torch's by {difference:.2g}"
            raise ModelError(f"network {card.name!r}", problem, "Say so to the project; nothing was written.")
    return max(differences.values())


def by_onnx_runtime(path: Path, image: Image) -> Image:
    """Return what ONNX Runtime makes of N×3×H×W: N×1×H×W."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {session.get_inputs()[0].name: image})[0], np.float32)


def by_openvino(path: Path, image: Image) -> Image:
    """Return what OpenVINO makes of N×3×H×W in float32: N×1×H×W."""
    import openvino

    core = openvino.Core()
    network = core.read_model(path)
    network.reshape(list(image.shape))
    compiled = core.compile_model(network, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    answer: Image = np.array(compiled(image)[0])
    return answer


def scene(card: ModelCard) -> Image:
    """Return 1×3×H×W to compare on, in a photo's range: a noisy bright disc on a darker ground."""
    width, height = card.size
    down, right = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    disc = np.clip((0.6 - np.hypot(down, right)) * 20, 0, 1)
    noise = np.random.default_rng(0).standard_normal((1, 3, height, width)) * 0.2
    image: Image = (2 * disc - 1 + noise).astype(np.float32)
    return image


def exported_card(card: ModelCard, path: Path, weights: str) -> ModelCard:
    """Return the card of an exported file: one output, which is the alpha already."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return dataclasses.replace(
        card,
        title=f"exported from {weights}, a {card.name}",
        # Of weights without commercial use it stays so; of others their owner states it.
        licence="not stated" if card.commercial else card.licence,
        output=0,
        kind="probability",
        precisions=("f32",),
        fast={},
        file=re.sub(r"[^A-Za-z0-9._-]|^[._-]+", "", path.name)[-100:] or f"{card.name}.onnx",
        sources=(Source("import", f"sha256:{digest}", path.stat().st_size),),
    )
