"""Go through an alpha in pieces, a few at once: tiles around its edges, or strips of rows."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from ..types import Alpha

SIDE = 256  # pixels: a tile's planes fit a core's cache
FLAT = 1 / 1020  # a tile whose alpha varies less has no edge: 8 bits show nothing of it
WORKERS = 4


@dataclass(frozen=True, slots=True)
class Tile:
    """A square of an image and what surrounds it, cut at the image's borders.

    Attributes
    ----------
    core : (slice, slice)
        The square, in the image.
    reach : (slice, slice)
        The square with its margin, in the image.
    inner : (slice, slice)
        The square, in its `reach`.
    """

    core: tuple[slice, slice]
    reach: tuple[slice, slice]
    inner: tuple[slice, slice]


def each_edge(alpha: Alpha, margin: int, work: Callable[[Tile], None]) -> None:
    """Call `work` for every tile in or near which `alpha` has an edge, from several threads.

    Parameters
    ----------
    alpha : Alpha
        H×W.
    margin : int
        How far a tile looks beyond its square, in pixels.
    work : callable
        Must write only inside the tile's core.
    """
    height, width = alpha.shape
    corners = list(itertools.product(range(0, height, SIDE), range(0, width, SIDE)))

    def visit(corner: tuple[int, int]) -> None:
        tile = _tile(corner, alpha.shape[:2], margin)
        if not is_flat(alpha[tile.reach]):
            work(tile)

    with ThreadPoolExecutor(min(WORKERS, os.cpu_count() or 1)) as pool:
        list(pool.map(visit, corners))


def each_strip(height: int, work: Callable[[slice], None], side: int = SIDE) -> None:
    """Call `work` for slices of `side` rows that together are the whole height, from several threads."""
    with ThreadPoolExecutor(min(WORKERS, os.cpu_count() or 1)) as pool:
        list(pool.map(lambda top: work(slice(top, min(top + side, height))), range(0, height, side)))


def is_flat(window: NDArray[Any]) -> bool:
    """Return whether a part of an alpha has no edge that anyone could see."""
    return bool(window.max() - window.min() < FLAT)


def _tile(corner: tuple[int, int], shape: tuple[int, int], margin: int) -> Tile:
    parts = [_span(start, limit, margin) for start, limit in zip(corner, shape, strict=True)]
    (rows, wide_rows, inner_rows), (columns, wide_columns, inner_columns) = parts
    return Tile((rows, columns), (wide_rows, wide_columns), (inner_rows, inner_columns))


def _span(start: int, limit: int, margin: int) -> tuple[slice, slice, slice]:
    stop, low, high = min(start + SIDE, limit), max(start - margin, 0), min(start + SIDE + margin, limit)
    return slice(start, stop), slice(low, high), slice(start - low, stop - low)
