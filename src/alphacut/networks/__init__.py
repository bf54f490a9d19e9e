"""The networks in torch, by the names of the catalogue."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from ..errors import UnknownModel
from .birefnet import BiRefNet, BiRefNetConfig
from .isnet import ISNet, MaskEncoder
from .outputs import Outputs
from .swin import SWIN
from .u2net import U2Net

__all__ = ["NETWORKS", "BiRefNet", "BiRefNetConfig", "ISNet", "MaskEncoder", "Outputs", "U2Net", "build"]

NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "u2net": U2Net,
    "u2netp": lambda: U2Net(small=True),
    "isnet": ISNet,
    "birefnet": BiRefNet,
    "birefnet-lite": lambda: BiRefNet(BiRefNetConfig(backbone=SWIN["swin_v1_t"])),
}
"""Each gives logits B×1×H×W of images B×3×H×W, or `Outputs` while it is in training."""


def build(name: str) -> nn.Module:
    """Return a network with fresh weights.

    Parameters
    ----------
    name
        One of `NETWORKS`.

    Raises
    ------
    UnknownModel
        There is no network of that name here.
    """
    if name not in NETWORKS:
        raise UnknownModel(name, "is no network that can be trained", f"Take one of {', '.join(NETWORKS)}.")
    return NETWORKS[name]()
