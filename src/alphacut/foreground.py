"""The subject's own colours in its soft edges, free of the old background.

A photo is modelled as ``I = alpha * F + (1 - alpha) * B``, in encoded values as mattes assume. F and B are
estimated together on a pyramid, from one cell for the whole photo down to single pixels. In each cell they
minimise ::

    mean((I - alpha * F - (1 - alpha) * B)**2) + STIFFNESS * ((F - F0)**2 + (B - B0)**2)

where F0 and B0 are the coarser level's answer and the mean runs over the cell's pixels. Where alpha varies in
a cell this is a regression that finds both colours even if no pixel is opaque (strands thinner than a pixel);
where alpha is 0 or 1, the unseen colour keeps its prior. The energy is that of [1]_; with means over cells in
place of one sampled pixel, and a prior in place of neighbours, every level has a closed form and nothing is
iterated.

Cells of 8 pixels and more are solved for the whole photo, smaller ones only in boxes around the edges. A box
is solved with a margin as wide as the interpolation can reach, so its borders leave no trace.

References
----------
.. [1] T. Germer, T. Uelwer, S. Conrad, S. Harmeling, "Fast Multi-Level Foreground Estimation", ICPR 2020.
"""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from .types import Alpha, Pixels, check_alpha, check_pixels, depth_of

Planes = NDArray[np.float32]
"""C×h×w: planes rather than pixels, so that numpy multiplies three colours by an alpha at full speed.

*Moments* are 8 planes, the means over a cell of alpha², alpha, alpha·I (RGB) and I (RGB); *colours* are 6,
F (RGB) and B (RGB).
"""

CLEAR = 1 / 510  # the largest alpha that 8 bits round to 0; 1 - CLEAR is the smallest that they round to 1
STIFFNESS = 0.05  # weight of the coarser answer against a cell's own pixels
CELL = 8  # pixels a side; also how far the colours go on beyond the edge
TILE = 32  # cells a side: its planes fit a core's cache, and its numpy calls are long enough for threads
WORKERS = 4


@dataclass(frozen=True, slots=True)
class _Box:
    """A rectangle of cells; past the photo's last row and column, its edge repeats."""

    top: int
    left: int
    height: int
    width: int

    def within(self, scale: int = 1, margin: int = 0) -> tuple[slice, slice]:
        """Return the rectangle and `margin` elements more around it, in a grid of `scale` elements a cell."""
        rows = slice(self.top * scale - margin, (self.top + self.height) * scale + margin)
        return rows, slice(self.left * scale - margin, (self.left + self.width) * scale + margin)

    def window(self, image: NDArray[Any], margin: int = 0) -> NDArray[Any]:
        """Return the box of an image and `margin` pixels around it: a view, unless it leaves the image."""
        rows, columns = self.within(CELL, margin)
        above, below = max(-rows.start, 0), max(rows.stop - image.shape[0], 0)
        before, after = max(-columns.start, 0), max(columns.stop - image.shape[1], 0)
        inside: NDArray[Any] = image[rows.start + above : rows.stop, columns.start + before : columns.stop]
        if not (above or below or before or after):
            return inside
        return cast(
            NDArray[Any], cv2.copyMakeBorder(inside, above, below, before, after, cv2.BORDER_REPLICATE)
        )


def estimate_foreground(pixels: Pixels, alpha: Alpha) -> Pixels:
    """Estimate the subject's own colours.

    Parameters
    ----------
    pixels : ndarray
        The photo: uint8 or uint16, H×W×3, in any RGB space.
    alpha : Alpha
        float32, H×W, in [0, 1].

    Returns
    -------
    ndarray
        Straight (not premultiplied) colours, shape and type as `pixels`. Where `alpha` is 1 in 8 bits, the
        photo's own values exactly; where it is 0, the colours of the edge go on for 8 pixels (a viewer that
        resamples the cutout then draws no dark seam), and beyond it is black (which compresses).

    Raises
    ------
    ValueError
        A shape, type or range is not the above.
    """
    check_alpha(alpha, check_pixels(pixels).shape[:2])
    pixels = cast(Pixels, np.ascontiguousarray(pixels))  # OpenCV reads no flipped views
    alpha = np.ascontiguousarray(alpha)
    rows, columns = (-(-side // (TILE * CELL)) * TILE for side in alpha.shape)
    corners = itertools.product(range(0, rows, TILE), range(0, columns, TILE))
    tiles = [_Box(top, left, TILE, TILE) for top, left in corners]
    moments = np.empty((8, rows, columns), np.float32)
    foreground = np.zeros(pixels.shape, pixels.dtype)
    with ThreadPoolExecutor(min(WORKERS, os.cpu_count() or 1)) as pool:
        list(pool.map(lambda tile: _begin(pixels, alpha, tile, moments, foreground), tiles))
        moments = moments[:, : -(-alpha.shape[0] // CELL), : -(-alpha.shape[1] // CELL)]
        unknown = _unknown(moments[1])
        if unknown.any():
            colours = _solve_cells(moments, depth_of(pixels))
            boxes = [box for box in (_bounds(unknown, tile) for tile in tiles) if box.height]
            list(pool.map(lambda box: _paint(pixels, alpha, box, colours, foreground), boxes))
    return foreground


def _moments(pixels: Pixels, alpha: Alpha) -> Planes:
    """Return the 8 moments of each pixel."""
    moments = np.empty((8, *alpha.shape), np.float32)
    np.multiply(alpha, alpha, out=moments[0])
    moments[1] = alpha
    moments[5:] = cv2.split(pixels)
    np.multiply(moments[5:], alpha, out=moments[2:5])
    return moments


def _shrink(moments: Planes, factor: int) -> Planes:
    """Return the means over squares of `factor`, which divides the height and the width."""
    count, height, width = moments.shape
    size = width // factor, count * height // factor  # one tall image: no square crosses two planes
    rows = cv2.resize(moments.reshape(count * height, width), size, interpolation=cv2.INTER_AREA)
    return cast(Planes, rows.reshape(count, height // factor, width // factor))


def _double(colours: Planes) -> Planes:
    """Return the colours on a grid twice as fine, interpolated linearly."""
    count, height, width = colours.shape
    fine = np.empty((count, 2 * height, 2 * width), np.float32)
    for plane, target in zip(colours, fine, strict=True):
        cv2.resize(plane, (2 * width, 2 * height), dst=target, interpolation=cv2.INTER_LINEAR)
    return fine


def _snap(alpha: Alpha) -> Alpha:
    """Return alpha with 0 and 1 where 8 bits round to them, so that a network's faint haze makes no edge."""
    _, lifted = cv2.threshold(alpha, CLEAR, 0, cv2.THRESH_TOZERO)
    _, rest = cv2.threshold(1 - lifted, CLEAR, 0, cv2.THRESH_TOZERO)
    return cast(Alpha, 1 - rest)


def _begin(pixels: Pixels, alpha: Alpha, tile: _Box, moments: Planes, foreground: Pixels) -> None:
    """Fill in the moments of a tile's cells and the foreground of its opaque pixels."""
    at, cells = tile.within(CELL), moments[:, *tile.within()]
    inside, covered = tile.window(pixels), tile.window(alpha)
    opaque = covered.min() >= 1 - CLEAR
    if opaque or covered.max() <= CLEAR:
        if opaque:
            foreground[at] = pixels[at]
        means = cv2.resize(inside, (tile.width, tile.height), interpolation=cv2.INTER_AREA)
        cells[:] = _moments(means, np.full(means.shape[:2], opaque, np.float32))
        return
    covered = _snap(covered)
    height, width = foreground[at].shape[:2]
    cv2.copyTo(pixels[at], (covered[:height, :width] == 1).view(np.uint8), foreground[at])
    # Averaging keeps I = alpha*F + (1 - alpha)*B true, so half the resolution serves these cells as well.
    size = covered.shape[1] // 2, covered.shape[0] // 2
    halves = (cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in (inside, covered))
    cells[:] = _shrink(_moments(*halves), CELL // 2)


def _unknown(alpha: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return the cells in which a colour has to be estimated: near the subject and not wholly opaque."""
    near = cv2.dilate((alpha > 0).view(np.uint8), np.ones((3, 3), np.uint8))
    unknown: NDArray[np.bool_] = (near > 0) & (alpha < 1)
    return unknown


def _bounds(cells: NDArray[np.bool_], tile: _Box) -> _Box:
    """Return the smallest rectangle around the true cells of a tile; its height is 0 if there are none."""
    left, top, width, height = cv2.boundingRect(cells[tile.within()].astype(np.uint8))
    return _Box(tile.top + top, tile.left + left, height, width)


def _solve_cells(moments: Planes, limit: int) -> Planes:
    """Return the colours in [0, limit] of every cell, and of one more on each side."""
    levels = [moments]
    while max(levels[-1].shape[1:]) > 1:
        _, height, width = levels[-1].shape
        even = np.pad(levels[-1], ((0, 0), (0, height % 2), (0, width % 2)), mode="edge")
        levels.append(_shrink(even, 2))
    colours = _solve(levels[-1], np.concatenate([levels[-1][5:]] * 2), limit)
    for level in reversed(levels[:-1]):
        _, height, width = level.shape
        colours = _solve(level, _double(colours)[:, :height, :width], limit)
    return np.pad(colours, ((0, 0), (1, 1), (1, 1)), mode="edge")


def _solve(moments: Planes, prior: Planes, limit: int) -> Planes:
    """Return the colours in [0, limit] that minimise the energy in each cell.

    With ``u = mean(alpha²)``, ``v = mean((1 - alpha)²)``, ``w = mean(alpha·(1 - alpha))`` and the residual
    ``r = I - alpha·F0 - (1 - alpha)·B0``, the step (f, b) from the prior solves ::

        (u + STIFFNESS)·f + w·b = mean(alpha·r)
        w·f + (v + STIFFNESS)·b = mean((1 - alpha)·r)
    """
    u, alpha = moments[0], moments[1]
    w = alpha - u
    v = 1 - alpha - w
    first, second = prior[:3], prior[3:]
    right_f = moments[2:5] - u * first
    right_f -= w * second
    right_b = moments[5:] - moments[2:5]
    right_b -= w * first
    right_b -= v * second
    u, v = u + STIFFNESS, v + STIFFNESS
    scale = 1 / (u * v - w * w)
    u, v, w = u * scale, v * scale, w * scale
    colours: Planes = prior.copy()
    colours[:3] += v * right_f
    colours[:3] -= w * right_b
    colours[3:] += u * right_b
    colours[3:] -= w * right_f
    np.clip(colours, 0, limit, out=colours)
    return colours


def _paint(pixels: Pixels, alpha: Alpha, box: _Box, colours: Planes, foreground: Pixels) -> None:
    """Fill in a box's soft pixels, and the clear ones near them, from its own and the surrounding cells.

    Bilinear doubling reads one cell further at each level: 4 + 2 + 1 pixels beyond the box, of a margin of 8.
    """
    limit, margin = depth_of(pixels), CELL
    covered = _snap(box.window(alpha, margin))
    moments = _moments(box.window(pixels, margin), covered)
    halves = _shrink(moments, 2)
    colours = colours[:, box.top : box.top + box.height + 2, box.left : box.left + box.width + 2]
    colours = _solve(_shrink(halves, 2), _double(colours), limit)
    colours = _solve(halves, _double(colours), limit)
    solved = _unmix(moments[5:], covered, _double(colours), limit)

    reach = np.ones((2 * CELL + 1, 2 * CELL + 1), np.uint8)
    near = cv2.dilate((covered > 0).view(np.uint8), reach)
    wanted = near & (covered < 1).view(np.uint8)
    target = foreground[box.within(CELL)]
    core = slice(margin, margin + target.shape[0]), slice(margin, margin + target.shape[1])
    cv2.copyTo(solved[core], wanted[core], target)


def _unmix(mixed: Planes, alpha: Alpha, prior: Planes, limit: int) -> Pixels:
    """Return the foreground of single pixels as H×W×3 integers.

    A pixel's energy has one residual, of which each colour takes a share::

        F = F0 + gain · (I - alpha·F0 - (1 - alpha)·B0),  gain = alpha / (alpha² + (1 - alpha)² + STIFFNESS)
    """
    gain = alpha / (alpha * alpha + (1 - alpha) ** 2 + STIFFNESS)
    rest = 1 - gain * alpha
    kind = cv2.CV_8U if limit == 255 else cv2.CV_16U
    planes = []
    for first, second, plane in zip(prior[:3], prior[3:], mixed, strict=True):
        own = plane - second
        own *= gain
        own += second
        kept = first - second
        kept *= rest
        planes.append(cv2.add(own, kept, dtype=kind))  # it rounds and saturates
    return cast(Pixels, cv2.merge(planes))
