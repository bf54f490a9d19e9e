"""Fine-tunes as small files: low-rank changes of the convolutions beside the weights, which stay as they are.

The file's form, and how it is merged without torch, is in :mod:`alphacut.infer.adapter`.

References
----------
Hu et al., "LoRA: low-rank adaptation of large language models", ICLR 2022, eq. 3, with a kernel's taps in its rows.
"""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.nn.utils import parametrize

from .. import __version__
from ..errors import OptionError
from ..files import write_atomic
from ..infer.adapter import FORMAT, About
from ..infer.card import ModelCard
from ..infer.sources.sink import algorithms, digests
from ..infer.weights import ensure
from ..networks.weights import convolutions_as_run

IDENTITY = 1e-3
"""How far a normalisation may be from doing nothing."""


class LowRank(nn.Module):
    """Adds ``up @ down`` to a kernel O×I×h×w and multiplies what each output sees by ``1 + scale``; nothing at first.

    Parameters
    ----------
    weight
        The kernel.
    rank
        Of the change; no more than the kernel has.
    """

    def __init__(self, weight: Tensor, rank: int) -> None:
        super().__init__()
        outputs, taps = weight.shape[0], weight[0].numel()
        rank = min(rank, outputs, taps)
        self.up = nn.Parameter(weight.new_zeros(outputs, rank))
        self.down = nn.Parameter(weight.new_empty(rank, taps))
        self.scale = nn.Parameter(weight.new_zeros(outputs))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, weight: Tensor) -> Tensor:
        """Return the changed kernel."""
        return (1 + self.scale).view(-1, 1, 1, 1) * (weight + (self.up @ self.down).view_as(weight))


class Shift(nn.Module):
    """Adds to a bias; nothing at first. A change, so that weight decay draws it to the base and not to 0."""

    def __init__(self, bias: Tensor) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.zeros_like(bias))

    def forward(self, bias: Tensor) -> Tensor:
        """Return the changed bias."""
        return bias + self.shift


def add_adapters(network: nn.Module, rank: int) -> None:
    """Freeze a network's weights, and give each of its convolutions a change that is learned.

    Raises
    ------
    OptionError
        The network's normalisations are not folded into its convolutions, which those of the catalogue's files are.
    """
    check_folded(network)
    network.requires_grad_(False)
    for module in [module for module in network.modules() if isinstance(module, nn.Conv2d)]:
        parametrize.register_parametrization(module, "weight", LowRank(module.weight, rank))
        if module.bias is not None:
            parametrize.register_parametrization(module, "bias", Shift(module.bias))


def tensors_of(convs: Sequence[nn.Module]) -> dict[str, Tensor]:
    """Return what an adapter's file holds of convolutions in the order in which they run."""
    tensors: dict[str, Tensor] = {}
    for number, conv in enumerate(convs):
        for change in changes_of(conv):
            parts = {"bias" if name == "shift" else name: part for name, part in change.named_parameters()}
            tensors |= {f"{number}.{name}": part for name, part in parts.items()}
    return {name: tensor.detach().cpu().half().contiguous() for name, tensor in tensors.items()}


def numbered(network: nn.Module) -> list[nn.Module]:
    """Return a network's convolutions in the order in which it runs them."""
    # Running it leaves traces in the statistics of its normalisations: those of a copy.
    twin = copy.deepcopy(network).cpu()
    names = {module: name for name, module in twin.named_modules()}
    return [network.get_submodule(names[conv]) for conv in convolutions_as_run(twin)]


def changes_of(conv: nn.Module) -> list[nn.Module]:
    """Return what changes a convolution's kernel and its bias."""
    if not parametrize.is_parametrized(conv):
        return []
    return [module for module in conv.modules() if isinstance(module, LowRank | Shift)]


def save_adapter(network: nn.Module, path: Path, base: ModelCard) -> None:
    """Write the changes of a network as an adapter, which `alphacut models import` brings into use.

    Parameters
    ----------
    network : nn.Module
        After :func:`add_adapters`.
    path : Path
        Ends in ``.safetensors``.
    base : ModelCard
        The model whose weights the network began with.

    Raises
    ------
    OptionError
        The base is no network that adapters can change, or nothing was changed.
    """
    check_folded(network)
    convs = numbered(network)
    tensors = tensors_of(convs)
    if not tensors or not base.network:
        raise OptionError(
            f"adapter {path.name}", f"cannot be made for {base.name!r}", "Start from isnet, u2net or u2netp."
        )
    found = digests(ensure(base), algorithms(base.hashes)) & base.hashes
    ranks = [tensor.shape[0] for name, tensor in tensors.items() if name.endswith(".down")]
    about = About(
        base=base.name,
        base_hash=min(found),
        network=base.network,
        convolutions=str(len(convs)),
        rank=str(max(ranks)),
        alphacut=__version__,
    )
    write_atomic(path, save(tensors, {"format": FORMAT, **dataclasses.asdict(about)}))


def check_folded(network: nn.Module) -> None:
    """Raise OptionError if a normalisation does something: a merge into a file that lacks it would be wrong."""
    for module in network.modules():
        if not isinstance(module, nn.BatchNorm2d):
            continue
        values = torch.tensor([-1.0, 0.0, 1.0], device=module.weight.device).view(3, 1, 1, 1)
        seen = values.expand(3, module.num_features, 1, 1)
        done = F.batch_norm(
            seen, module.running_mean, module.running_var, module.weight, module.bias, eps=module.eps
        )
        if (done - seen).abs().max() > IDENTITY:
            raise OptionError(
                "adapter",
                "needs a network whose normalisations are folded into its convolutions",
                "Start from isnet, u2net or u2netp of the catalogue, or train the weights with rank = 0.",
            )
