"""The sizes of a tensor, and the size that another one has."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name


def sizes(x: Tensor) -> tuple[int, ...]:
    """Return a tensor's sizes as plain numbers: an export writes them into its file as constants."""
    return tuple(int(size) for size in x.shape)


def as_large_as(x: Tensor, other: Tensor, align_corners: bool = False) -> Tensor:
    """Return x at the height and width of `other`, by bilinear interpolation.

    Parameters
    ----------
    x, other
        B×C×H×W each.
    align_corners
        Centres of the corner pixels stay where they are, as BiRefNet has it; else the borders do.
    """
    if sizes(x)[2:] == sizes(other)[2:]:
        return x
    return F.interpolate(x, size=sizes(other)[2:], mode="bilinear", align_corners=align_corners)
