"""Weights of torch → the ONNX file that every engine runs, for `alphacut models import`."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import save_file

from ..infer.card import ModelCard
from ..infer.card_file import read_card
from ..networks.weights import read_tensors
from .export import export_file


def convert(weights: Path, card: ModelCard, path: Path) -> ModelCard:
    """Write weights of torch as ONNX at a card's size, and beside it as safetensors under their bare names.

    Parameters
    ----------
    weights : Path
        ``.safetensors``, ``.pth`` or ``.pt``; names and shapes have to be those of the card's network.
    card : ModelCard
    path : Path
        The ONNX file.

    Returns
    -------
    ModelCard
        Of the file: its output, kind and precisions are those of an export.

    Raises
    ------
    WeightsCorrupt
        The weights cannot be read, or are of another network.
    ModelError
        The file's answer is not torch's.
    """
    export_file(weights, card.network, path, card.size)
    # One by one: safetensors refuses tensors that share memory.
    tensors = {name: tensor.detach().clone().contiguous() for name, tensor in read_tensors(weights).items()}
    save_file(tensors, path.with_suffix(".safetensors"), {"format": "pt"})
    return read_card(path.with_suffix(".toml"), card.name)
