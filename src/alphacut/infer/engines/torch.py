"""torch: the engine for graphics that the others do not reach, and for weights as networks' authors publish them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ...errors import AlphacutError, DeviceMissing, InferenceFailed, ModelError, WeightsCorrupt
from ...networks import build
from ...networks.weights import load_weights
from ..card import ModelCard
from ..store import cached

FOLDED = ("u2net", "u2netp", "isnet")
"""Networks whose weights can be read out of an ONNX file: their convolutions are all in it, in one order."""
HALVES = {"bf16": torch.bfloat16, "f16": torch.float16}


class TorchSession:
    """A network that is loaded; see :class:`alphacut.infer.engines.Session`.

    Parameters
    ----------
    network : nn.Module
        Gives logits B×1×H×W. One that is in training is in it again after each run; only another one may be run by
        several threads at once.
    device : str
        Of torch.
    precision : str
        "f32", or that of the matrix products: "bf16", "f16".
    sigmoid : bool
        Give probabilities; otherwise logits.
    """

    engine = "torch"
    flexible = True

    def __init__(
        self, network: nn.Module, device: str = "cpu", precision: str = "f32", sigmoid: bool = True
    ) -> None:
        self.network = network.to(device)
        self.device = device
        self.precision = precision
        self.sigmoid = sigmoid

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return N×H×W of images N×3×H×W."""
        training = self.network.training
        if training:
            self.network.eval()
        kind = torch.device(self.device).type
        half = HALVES.get(self.precision)
        try:
            with (
                torch.inference_mode(),
                torch.autocast(kind, half or torch.bfloat16, enabled=half is not None),
            ):
                logits = self.network(torch.from_numpy(batch).to(self.device))
        except (RuntimeError, ValueError) as error:
            raise InferenceFailed("torch", f"the network failed: {error}") from error
        finally:
            if training:
                self.network.train()
        answer = logits.float().sigmoid() if self.sigmoid else logits.float()
        found: NDArray[np.float32] = answer[:, 0].cpu().numpy()
        return found


def devices() -> list[str]:
    """Return the devices that torch finds here, by our names."""
    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [name for name, here in found.items() if here]


def open_session(
    card: ModelCard, weights: Path, device: str, precision: str, threads: int | None = None
) -> TorchSession:
    """Load `card`'s network on `device`: out of its ONNX file, or out of the weights of torch that are beside it.

    Raises
    ------
    ModelError
        The card names no network, or its weights are in a form that only the other engines run.
    DeviceMissing
        The device or the precision is not here.
    """
    if device not in devices():
        raise DeviceMissing(f"device {device!r}", "is not here for torch", f"Here: {', '.join(devices())}.")
    chosen = _precision(card, device, precision)
    if threads:
        torch.set_num_threads(threads)  # of the whole process: torch has no other
    file = weights_of(card, weights)
    network = build(card.network)
    try:
        load_weights(network, file)
        return TorchSession(network.eval().requires_grad_(False), device, chosen, card.kind == "probability")
    except AlphacutError as error:
        raise InferenceFailed(
            f"model {card.name!r}",
            f"torch cannot load {file.name}: it {error.problem}",
            "Use --engine openvino or onnx, or import its weights of torch.",
        ) from error


def weights_of(card: ModelCard, weights: Path) -> Path:
    """Return the file that a network of torch is loaded from, by :func:`alphacut.networks.weights.load_weights`.

    An ONNX file holds BiRefNet's weights in another order and under other names.

    Parameters
    ----------
    card : ModelCard
    weights : Path
        Its verified file.

    Raises
    ------
    ModelError
        The card names no network, or its file is ONNX that torch cannot read.
    WeightsCorrupt
        The weights of torch beside it are damaged or gone.
    """
    subject = f"model {card.name!r}"
    others = "Use --engine openvino or onnx"
    if not card.network:
        raise ModelError(subject, "is of no network that torch knows: its card says none", f"{others}.")
    if card.checkpoint:
        file = cached(card.of_checkpoint)
        if file is None:
            problem = f"has no {card.of_checkpoint.file} beside it any more, or it is damaged"
            raise WeightsCorrupt(subject, problem, f"Import it again. {others}.")
        return file
    if weights.suffix == ".onnx" and card.network not in FOLDED:
        problem = f"is here as ONNX alone, which torch cannot read for {card.network}"
        remedy = f"{others}, or import its weights of torch (.safetensors)."
        raise ModelError(subject, problem, remedy)
    return weights


def _precision(card: ModelCard, device: str, precision: str) -> str:
    halves = {"cuda": ("bf16", "f16"), "cpu": ("bf16",)}.get(device, ())
    offered = [p for p in card.precisions if p in ("f32", *halves)]
    if precision == "auto":
        return "bf16" if device == "cuda" and "bf16" in offered and torch.cuda.is_bf16_supported() else "f32"
    if precision not in offered:
        remedy = f"Use --precision auto or one of {', '.join(offered)}."
        raise DeviceMissing(
            f"precision {precision!r}", f"is not offered by the torch engine on {device}", remedy
        )
    return precision
