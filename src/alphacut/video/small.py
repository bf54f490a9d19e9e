"""What is done small while a clip is shown: the network's look, flow, and the alpha drawn at the frame's size again.

The network looks where the subject is: at the same cost it sees more of it there than in the whole frame.

References
----------
.. [1] K. He, J. Sun, "Fast Guided Filter", 2015, arXiv:1505.00996, algorithm 2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..infer.engines import choose
from ..infer.predict import predict
from ..infer.shelf import Shelf
from ..options import Options
from ..types import Alpha, Photo, Pixels, check_alpha, check_pixels, depth_of
from .steady.flow import Grey, Path, Plane, dense, warp
from .steady.steady import Ask

NETWORK = "u2net"
"""What looks where nobody says which."""
FIRST, CLOSE = 320, 192
"""Sides, in pixels, of the square that the network sees of a shot's first frame, and of what it looks at later."""
MARGIN = 0.2
"""What is looked at beyond the subject, on each side, as a share of its longer side."""
LEAST = 0.3
"""Share of the frame's width and of its height that is looked at, at the least."""
WHOLE = 0.7
"""Share of the frame from which the whole of it is looked at."""
SPECK = 0.01
"""Share of the subject that may lie beyond each side of its box."""
SIDE = 320
"""Longer side, in pixels, of the copies on which flow is measured and alphas are carried."""
REACH = 2
"""Radius, in pixels of the small copy, of the windows in which alpha is a linear function of luma."""
FLOOR = 1e-3
"""Variance added to that of a window's luma, in [0, 1]: below it, a difference is noise."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a frame, in shares of its width and height."""

    left: float
    top: float
    right: float
    bottom: float

    def of(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """Return the rows and columns of a frame of that shape; at least one of each."""
        spans = []
        for begin, end, count in ((self.top, self.bottom, shape[0]), (self.left, self.right, shape[1])):
            first = min(int(begin * count), count - 1)
            spans.append(slice(first, max(first + 1, round(end * count))))
        return spans[0], spans[1]


EVERYWHERE = Box(0, 0, 1, 1)


def around(alpha: Alpha) -> Box | None:
    """Return where to look for a subject next: everywhere, where it fills the frame; None if there is none.

    Parameters
    ----------
    alpha : Alpha
        What the network answered before; of any size with the frame's aspect.
    """
    solid = alpha > 0.5
    height, width = solid.shape
    rows, columns = (_span(solid.sum(axis, dtype=np.int64)) for axis in (1, 0))
    if rows is None or columns is None:
        return None
    reach = MARGIN * max(rows[1] - rows[0], columns[1] - columns[0])
    top, bottom = _grown(rows, reach / height, height)
    left, right = _grown(columns, reach / width, width)
    return EVERYWHERE if (right - left) * (bottom - top) > WHOLE else Box(left, top, right, bottom)


def joined(first: Box, second: Box | None) -> Box:
    """Return the smallest box around two."""
    if second is None:
        return first
    left, top = min(first.left, second.left), min(first.top, second.top)
    return Box(left, top, max(first.right, second.right), max(first.bottom, second.bottom))


def look(ask: Ask, pixels: Pixels, shape: tuple[int, ...], box: Box | None, wide: bool) -> Alpha:
    """Return what the network says of a frame.

    Parameters
    ----------
    ask : callable
        The network. It is given squares of `FIRST` or `CLOSE` pixels a side, squashed.
    pixels : ndarray
        H×W×3 RGB: the frame.
    shape : (int, int)
        Height and width of the answer.
    box : Box or None
        Where the subject was; beyond it there is none. None: not known.
    wide : bool
        Look at the whole frame first, for what came in.

    Returns
    -------
    Alpha
        h×w.
    """
    if wide:
        answer = _ask(ask, pixels, CLOSE if box else FIRST, shape)
        seen = around(answer)
        box = joined(box, seen) if box else seen
        if box in (None, EVERYWHERE):
            return answer
    rows, columns = (box or EVERYWHERE).of(pixels.shape)
    within = (box or EVERYWHERE).of(shape)
    alpha = np.zeros(shape, np.float32)
    alpha[within] = _ask(ask, pixels[rows, columns], CLOSE, alpha[within].shape)
    return alpha


def glance(pixels: Pixels, shelf: Shelf, options: Options) -> Alpha:
    """Return what one network says of pixels at their own size, whatever size it was trained for.

    Parameters
    ----------
    pixels : ndarray
        H×W×3 RGB; both sides multiples of the card's.
    shelf : Shelf
    options : Options
        They name one network.
    """
    with shelf.lend() as load:
        card, session = load(options)[0]
        size = pixels.shape[1], pixels.shape[0]
        return predict(
            Photo(pixels), replace(card, size=size, fit="squash") if session.flexible else card, session
        )


def quick(options: Options) -> Options:
    """Return options with a network that is quick enough, where they leave it open."""
    if options.model != "auto":
        return options
    on_processor = choose(options.device, options.engine) == ("openvino", "cpu")
    return replace(options, model=NETWORK, fast=on_processor)


def warm(ask: Ask) -> None:
    """Ask a network once for each size that it will see: the first time takes longer."""
    for side in (FIRST, CLOSE):
        ask(np.zeros((side, side, 3), np.uint8))


def shrunk(pixels: Pixels) -> Pixels:
    """Return a frame whose longer side is at most `SIDE`."""
    scale = min(1.0, SIDE / max(pixels.shape[:2]))
    height, width = (max(1, round(n * scale)) for n in pixels.shape[:2])
    small: Pixels = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return small


def way(here: Grey, other: Grey) -> Path:
    """Return the path from a frame to another, trusted wherever it stays inside."""
    field = dense(here, other)
    return Path(field, warp(np.ones(here.shape, np.float32), field, outside=0))


def draw(pixels: Pixels, guide: Grey, alpha: Alpha) -> Alpha:
    """Bring a small alpha up to its frame by linear functions of luma.

    Parameters
    ----------
    pixels : ndarray
        H×W×3, uint8 or uint16.
    guide : ndarray
        uint8, h×w: its luma, small.
    alpha : Alpha
        h×w.

    Returns
    -------
    Alpha
        H×W.
    """
    luma = np.asarray(guide, np.float32) * np.float32(1 / 255)
    mean, centre = _mean(alpha), _mean(luma)
    spread = _mean(luma * luma) - centre * centre + np.float32(FLOOR)
    slope = (_mean(luma * alpha) - centre * mean) / spread
    size, planes = pixels.shape[1::-1], (_mean(slope), _mean(mean - slope * centre))
    slope, level = (cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in planes)
    large = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    drawn = cv2.multiply(large, slope, scale=1 / depth_of(pixels), dtype=cv2.CV_32F)
    drawn += level
    clipped: Alpha = np.clip(drawn, 0, 1, out=drawn)
    return clipped


def _ask(ask: Ask, pixels: Pixels, side: int, shape: tuple[int, ...]) -> Alpha:
    """Ask the network for some pixels, squashed to a square, and return its answer at height and width `shape`."""
    square = check_pixels(_resized(pixels, (side, side)))
    answer = check_alpha(ask(square), (side, side), "the network's alpha")
    return _resized(answer, shape)


def _resized(image: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    # Averages over areas draw blocks where an image is enlarged.
    way = cv2.INTER_AREA if shape[0] * shape[1] < image.shape[0] * image.shape[1] else cv2.INTER_LINEAR
    resized: NDArray[Any] = cv2.resize(image, shape[1::-1], interpolation=way)
    return resized


def _span(counts: NDArray[np.int64]) -> tuple[int, int] | None:
    """Return from where to where counts lie, but for specks at both ends; None if there are none."""
    total = np.cumsum(counts)
    if not total[-1]:
        return None
    first, last = np.searchsorted(total, [SPECK * total[-1], (1 - SPECK) * total[-1]], side="right")
    return int(first), int(min(last, len(counts) - 1)) + 1


def _grown(span: tuple[int, int], reach: float, count: int) -> tuple[float, float]:
    """Return a span in shares of `count`, grown by `reach` on both sides and to `LEAST`, inside [0, 1]."""
    middle, half = (span[0] + span[1]) / (2 * count), (span[1] - span[0]) / (2 * count)
    half = max(half + reach, LEAST / 2)
    return max(0.0, middle - half), min(1.0, middle + half)


def _mean(plane: NDArray[Any]) -> Plane:
    mean: Plane = cv2.blur(plane, (2 * REACH + 1,) * 2)
    return mean
