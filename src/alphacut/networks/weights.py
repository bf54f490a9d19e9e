"""Weights into a network: released checkpoints, and the ONNX files of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import NotFoundInput, WeightsCorrupt

WRAPPERS = ("module.", "_orig_mod.")
"""What torch puts before names when a network was trained on several cards, or compiled."""


def load_weights(network: nn.Module, path: Path) -> None:
    """Give a network the weights of a file.

    Parameters
    ----------
    network
        Of the file's kind; its weights are replaced.
    path
        ``.safetensors``, ``.onnx`` (U²-Net and ISNet), or a checkpoint of torch, of which tensors alone are read: no
        code in it is ever run.

    Raises
    ------
    NotFoundInput
        No such file.
    WeightsCorrupt
        The file cannot be read, or is of another network.
    """
    if path.suffix == ".onnx":
        return load_onnx(network, path)
    return load_tensors(network, read_tensors(path), str(path))


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a checkpoint by their names, without what wrappers of torch put before them."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    found: Any
    try:
        if path.suffix == ".safetensors":
            found = load_file(path)
        else:
            found = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise not_there(path) from error
    except (OSError, RuntimeError, ValueError, EOFError, UnpicklingError, SafetensorError) as error:
        raise WeightsCorrupt(str(path), f"cannot be read: {error}", "Fetch or save it anew.") from error
    for name in ("state_dict", "model"):
        if isinstance(found, Mapping) and isinstance(found.get(name), Mapping):
            found = found[name]
    if not isinstance(found, Mapping):
        raise WeightsCorrupt(str(path), "has no tensors by name", "Save the network's state_dict.")
    return {bare(str(name)): tensor for name, tensor in found.items() if isinstance(tensor, Tensor)}


def bare(name: str) -> str:
    """Return a tensor's name without what torch put before it."""
    for wrapper in WRAPPERS:
        name = name.removeprefix(wrapper)
    return name


def load_tensors(network: nn.Module, tensors: Mapping[str, Tensor], subject: str) -> None:
    """Give a network tensors by its own names, all of them or an error that says which are wrong."""
    wanted = network.state_dict()
    missing = [name for name in wanted if name not in tensors and not name.endswith("num_batches_tracked")]
    unknown = [name for name in tensors if name not in wanted]
    other = [name for name in wanted if name in tensors and tensors[name].shape != wanted[name].shape]
    wrong = {"lacks": missing, "does not know": unknown, "has another shape of": other}
    said = [f"{what} {len(names)} ({', '.join(names[:3])})" for what, names in wrong.items() if names]
    if said:
        raise WeightsCorrupt(
            subject, "is of another network: it " + "; it ".join(said), "Name the network it is of."
        )
    network.load_state_dict(dict(tensors), strict=False)


def load_onnx(network: nn.Module, path: Path) -> None:
    """Give U²-Net or ISNet the convolutions of an ONNX file, into which the normalisations were folded.

    The file has no names for most of them; both run them in one order. The normalisations become the identity, which
    they have to stay: batches' own statistics would not fit weights that were folded with others.
    """
    found = read_convolutions(path)
    convs = convolutions_as_run(network)
    wanted = [[tuple(parameter.shape) for parameter in conv.parameters()] for conv in convs]
    if [[array.shape for array in arrays] for arrays in found] != wanted:
        problem = (
            f"is of another network: its {len(found)} convolutions are not the {len(wanted)} that are wanted"
        )
        raise WeightsCorrupt(str(path), problem, "Name the network it is of.")
    with torch.no_grad():
        for arrays, conv in zip(found, convs, strict=True):
            for array, parameter in zip(arrays, conv.parameters(), strict=True):
                parameter.copy_(torch.from_numpy(array))
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.reset_parameters()
                nn.init.constant_(module.get_buffer("running_var"), 1 - module.eps)


def read_convolutions(path: Path) -> list[list[NDArray[np.float32]]]:
    """Return weight and bias of each convolution of an ONNX file, in the order in which it runs them."""
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from onnx import numpy_helper

    try:
        graph = onnx.load(str(path), load_external_data=False).graph
    except FileNotFoundError as error:
        raise not_there(path) from error
    except (OSError, DecodeError) as error:
        raise WeightsCorrupt(str(path), f"is no ONNX file: {error}", "Fetch it anew.") from error
    arrays = {tensor.name: tensor for tensor in graph.initializer}
    return [
        [numpy_helper.to_array(arrays[name]).astype(np.float32) for name in node.input[1:] if name in arrays]
        for node in graph.node
        if node.op_type == "Conv"
    ]


def not_there(path: Path) -> NotFoundInput:
    """Return the error of a file that is not there."""
    return NotFoundInput(str(path), "there is no such file", "Give the path of the weights.")


def convolutions_as_run(network: nn.Module) -> list[nn.Conv2d]:
    """Return a network's convolutions in the order in which it runs them."""
    order: list[nn.Conv2d] = []
    convs = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    hooks = [conv.register_forward_pre_hook(lambda module, _: order.append(module)) for conv in convs]
    training = network.training
    with torch.no_grad():
        # In training, so that all sides run; statistics are reset by the caller.
        network.train()(torch.zeros(2, 3, 64, 64))
    network.train(training)
    for hook in hooks:
        hook.remove()
    return order
