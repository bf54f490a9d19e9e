"""Join two networks' answers: each is believed as far as it is decided, over the photo and around each place.

ISNet, at 1024 pixels, draws edges well and sometimes chooses the wrong thing; U²-Net, at 320, chooses well and
draws coarsely. A network that is wrong is mostly undecided too: its answer is grey over wide areas.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Alpha, check_alpha

TOGETHER = {"auto": ("isnet", "u2net")}
"""Names that mean two networks of the catalogue, joined."""
FAST = {"auto": ("isnet-alphacut", "u2net")}
"""The same with `--fast`: ISNet at 640 pixels sees best with the adapter that was trained there."""

GRID = 256  # pixels of the longer side at which belief is weighed
REACH = 0.05  # of the longer side: how far around a place its belief looks
POWER = 4  # how sharply belief follows decidedness
TRUST = 2  # how sharply belief follows the decidedness of the whole answer
GAIN = 2.0  # how far the joined answer is pushed from the middle
TINY = 1e-6


def fuse(first: Alpha, second: Alpha) -> Alpha:
    """Join two answers for one photo: :func:`between`, then :func:`push`.

    Parameters
    ----------
    first, second : Alpha
        float32, of one shape, in [0, 1].

    Returns
    -------
    Alpha
        float32, the same shape, in [0, 1]; equal answers that are 0 or 1 stay as they are.
    """
    return push(between(first, second))


def between(first: Alpha, second: Alpha) -> Alpha:
    """Return the mean of two answers for one photo, each weighted by how far it is believed at a place.

    Parameters
    ----------
    first, second : Alpha
        float32, of one shape, in [0, 1].

    Returns
    -------
    Alpha
        float32, the same shape, in [0, 1]: open where neither is decided, or where two that are do not agree.
    """
    check_alpha(second, check_alpha(first, name="first").shape, "second")
    belief = cv2.resize(
        _belief(_small(first), _small(second)), first.shape[::-1], interpolation=cv2.INTER_LINEAR
    )
    mean: Alpha = second + belief * (first - second)
    return mean


def push(mean: Alpha) -> Alpha:
    """Return an alpha pushed from the middle: what two answers agree about, half sure each, is sure."""
    pushed = mean - np.float32(0.5)
    pushed *= np.float32(GAIN)
    pushed += np.float32(0.5)
    return check_alpha(np.clip(pushed, 0, 1, out=pushed))


def _belief(first: Alpha, second: Alpha) -> NDArray[np.float32]:
    """Return how far to believe `first` rather than `second` at each place, in [0, 1]."""
    doubts = [
        (float(np.minimum(a, 1 - a).sum() / max(a.sum(), 1.0)) + TINY) ** TRUST for a in (first, second)
    ]
    here, there = (_decided(a) ** POWER for a in (first, second))
    here, there = here * doubts[1], there * doubts[0]
    belief: NDArray[np.float32] = here / (here + there + np.float32(TINY) * min(doubts))
    return belief


def _decided(alpha: Alpha) -> NDArray[np.float32]:
    sigma = REACH * max(alpha.shape)
    blurred: NDArray[np.float32] = cv2.GaussianBlur(np.square(2 * alpha - 1), (0, 0), sigma)
    return blurred


def _small(alpha: Alpha) -> Alpha:
    scale = min(1.0, GRID / max(alpha.shape))
    size = (max(1, round(alpha.shape[1] * scale)), max(1, round(alpha.shape[0] * scale)))
    shrunk: Alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    return shrunk
