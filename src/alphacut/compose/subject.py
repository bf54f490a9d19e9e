"""Where the subject is: its bounding box, blind to specks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..types import Alpha

STRONG = 0.05
"""Alpha from which a pixel counts for the box: on white, a black one is then 13 steps of 255 dark."""

WEAK = 0.02
"""Alpha down to which soft edges that hang on the subject are shown with it."""

SPECK = 0.001
"""Regions smaller than this share of the largest are no part of the subject."""

RING = 8
"""Pixels around what is shown, for the colours that the foreground continues under zero alpha."""

GRID = 1024
"""Longest side of the copy in which regions are told apart."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom are outside."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where a subject is in its photo.

    Attributes
    ----------
    box : Box
        Around what is at least :data:`STRONG`, without specks: what is measured and placed.
    window : Box
        Around everything that is shown with it: soft edges too, and a ring.
    """

    box: Box
    window: Box


def find_subject(alpha: Alpha, name: str = "photo") -> Region:
    """Return where the subject is.

    Regions are told apart in a copy whose cells keep the largest alpha of a square of at most
    ``ceil(longest side / 1024)`` pixels, so that a strand of hair is not lost. Two thresholds, as in
    Canny 1986: what is faint counts as shown only where it hangs on what is not.

    Parameters
    ----------
    alpha : Alpha
        H×W.
    name : str
        What to call the photo in the message.

    Raises
    ------
    InputError
        There is no subject.
    """
    cell = -(-max(alpha.shape) // GRID)
    cells = _largest(alpha, cell)
    kept = _without_specks(cells)
    if not kept.any():
        remedy = "Check the cutout, or frame the whole photo: leave out crop, scale, margin and position."
        raise InputError(name, f"has no subject to frame: no alpha reaches {STRONG:.0%}", remedy)
    coarse = _scaled(_bounds(kept), cell, alpha.shape)
    left, top, right, bottom = coarse
    inner = _bounds(alpha[top:bottom, left:right] >= STRONG)
    box = (left + inner[0], top + inner[1], left + inner[2], top + inner[3])
    shown = _scaled(_bounds(_hanging_on(cells, kept)), cell, alpha.shape)
    height, width = alpha.shape
    window = (
        max(shown[0] - RING, 0),
        max(shown[1] - RING, 0),
        min(shown[2] + RING, width),
        min(shown[3] + RING, height),
    )
    return Region(box, window)


def _largest(alpha: Alpha, cell: int) -> NDArray[np.float32]:
    if cell == 1:
        return alpha
    across = _largest_rows(_largest_rows(alpha, cell).T, cell)
    return np.ascontiguousarray(across.T)


def _largest_rows(values: NDArray[np.float32], cell: int) -> NDArray[np.float32]:
    whole = values.shape[0] // cell * cell
    # A sixteenth of the time of np.maximum.reduceat, which goes down the columns.
    rows: NDArray[np.float32] = values[:whole].reshape(-1, cell, values.shape[1]).max(axis=1)
    if whole == values.shape[0]:
        return rows
    return np.concatenate([rows, values[whole:].max(axis=0, keepdims=True)])


def _without_specks(cells: NDArray[np.float32]) -> NDArray[np.bool_]:
    count, labels = cv2.connectedComponents((cells >= STRONG).astype(np.uint8), connectivity=8)
    weights = np.bincount(labels.ravel(), weights=cells.ravel(), minlength=count)
    weights[0] = 0
    keep = weights > 0
    keep &= weights >= SPECK * weights.max()
    mask: NDArray[np.bool_] = keep[labels]
    return mask


def _hanging_on(cells: NDArray[np.float32], kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    count, labels = cv2.connectedComponents((cells >= WEAK).astype(np.uint8), connectivity=8)
    chosen = np.zeros(count, bool)
    chosen[np.unique(labels[kept])] = True
    mask: NDArray[np.bool_] = chosen[labels]
    return mask


def _bounds(mask: NDArray[Any]) -> Box:
    columns, rows = (np.flatnonzero(mask.any(axis=axis)) for axis in (0, 1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _scaled(box: Box, cell: int, shape: tuple[int, ...]) -> Box:
    left, top, right, bottom = (side * cell for side in box)
    return left, top, min(right, shape[1]), min(bottom, shape[0])
