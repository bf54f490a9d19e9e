"""The alpha of a frame between two key frames: brought from both by flow, joined by how far each is trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...types import Alpha
from .flow import Path, Plane, onward, still, warp

POWER = 2
"""How sharply a side counts by its trust: where a limb is in two places, one of them is taken."""
TINY = 1e-3
"""Trust that is always left, so that nearness decides where neither side is known."""

SHORT = 0.1
"""Length, as a share of the frame's width, that an outline counts as at the least: specks ask for nothing."""


@dataclass(frozen=True, slots=True)
class Link:
    """The paths between a frame and the one before it.

    Attributes
    ----------
    back : Path
        From the frame to the one before it.
    there : Path
        From the one before it to the frame.
    """

    back: Path
    there: Path


@dataclass(frozen=True, slots=True)
class Side:
    """A key frame as a frame near it sees it.

    Attributes
    ----------
    alpha : Alpha
        The key frame's, H×W.
    path : Path
        From the frame to the key frame.
    """

    alpha: Alpha
    path: Path


def backward(links: Sequence[Link]) -> list[Path]:
    """Return the path from each of some frames in a row to the one before the first of them."""
    paths: list[Path] = []
    for link in links:
        paths.append(onward(link.back, paths[-1]) if paths else link.back)
    return paths


def forward(links: Sequence[Link]) -> list[Path]:
    """Return the path from each of some frames in a row to the last of them, which is at itself."""
    paths = [still(links[-1].back.trust.shape)]
    for link in reversed(links[1:]):
        paths.append(onward(link.there, paths[-1]) if len(paths) > 1 else link.there)
    return paths[::-1]


def join(before: Side, after: Side, share: float) -> Alpha:
    """Join what two key frames say of a frame between them.

    Parameters
    ----------
    before, after : Side
    share : float
        In (0, 1): how much of the way from the one to the other the frame has gone.

    Returns
    -------
    Alpha
        H×W: a mean of both, weighted by trust and nearness.
    """
    belief = _belief(before.path.trust, after.path.trust, share)
    height, width = before.alpha.shape
    belief = cv2.resize(belief, (width, height), interpolation=cv2.INTER_LINEAR)
    first, second = (warp(side.alpha, side.path.field) for side in (before, after))
    joined: Alpha = first + belief * (second - first)
    return np.clip(joined, 0, 1, out=joined)


def apart(before: Side, after: Side) -> float:
    """Return how far apart two sides see a subject's outline: on average, in pixels of the paths' grid.

    That is the squared difference of their alphas, as an area, over the length of their outlines: squared, an
    outline that is elsewhere counts, and a network that wavers a little hardly does.
    """
    height, width = before.path.trust.shape
    moved = [
        warp(cv2.resize(side.alpha, (width, height), interpolation=cv2.INTER_AREA), side.path.field)
        for side in (before, after)
    ]
    length = (_length(moved[0]) + _length(moved[1])) / 2
    area = float(np.square(moved[0] - moved[1]).sum())
    return area / max(length, float(width) * SHORT)


def _length(alpha: Alpha) -> float:
    """Return the length of an alpha's outlines in pixels: the area under its slopes."""
    across = cv2.Sobel(alpha, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    down = cv2.Sobel(alpha, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    return float(cv2.magnitude(across, down).sum())


def _belief(before: Plane, after: Plane, share: float) -> Plane:
    """Return how far to believe the later side rather than the earlier one, in [0, 1]."""
    first = (1 - share) * (before + TINY) ** POWER
    second = share * (after + TINY) ** POWER
    return np.asarray(second / (first + second), np.float32)
