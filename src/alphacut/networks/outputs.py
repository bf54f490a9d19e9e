"""What a network gives while it is trained."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Outputs(NamedTuple):
    """Everything that a loss can look at; a network that is not in training gives ``logits[0]`` alone."""

    logits: tuple[Tensor, ...]
    """The answer first, then the side outputs from fine to coarse: B×1×h×w each, before the sigmoid."""
    features: tuple[Tensor, ...] = ()
    """The maps behind the sides, for ISNet's intermediate supervision."""
    gradients: tuple[tuple[Tensor, Tensor], ...] = ()
    """BiRefNet's gradient supervision: predicted logits and the target of each level."""
