"""Perazzi et al. 2016, *A Benchmark Dataset and Evaluation Methodology for Video Object Segmentation* (DAVIS).

J, the region's similarity, is :func:`~alphacut.evaluate.segmentation.iou`. F compares outlines. Both are told of a
clip by three numbers: the mean over its frames, the recall and the decay. What is compared is what is above 0.5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..types import Alpha
from .segmentation import outlines_f

REACH = 0.008
"""How far apart two outlines may run and still match, as a share of the frame's diagonal."""
GOOD = 0.5
"""A frame whose J or F is above this counts for the recall."""


def contour_f(alpha: Alpha, truth: Alpha) -> float:
    """Return F of two H×W mattes: their outlines, matched within 0.8 % of the diagonal, rounded up.

    The outline is that of the benchmark's programs: a pixel that differs from its right, lower or lower right
    neighbour. The frame's own edge is none. 1 if neither matte has an outline, 0 if only one has.
    """
    # Rounded up, so that the smallest frame has a tolerance of one pixel.
    reach = math.ceil(REACH * math.hypot(*truth.shape))
    return outlines_f(_steps(alpha > 0.5), _steps(truth > 0.5), reach)


def recall(values: Sequence[float]) -> float:
    """Return the share of a clip's values, one or more, that are above 0.5."""
    return float(np.mean(np.asarray(values) > GOOD))


def decay(values: Sequence[float]) -> float:
    """Return the mean of the first quarter of a clip's values, one or more, less that of the last.

    Below 0 where it gets better. Neighbouring quarters share a value, as in the benchmark's programs.
    """
    # The little more rounds halves up, as MATLAB does; numpy rounds them to even.
    edges = np.round(np.linspace(1, len(values), 5) + 1e-10).astype(int) - 1
    first, last = values[edges[0] : edges[1] + 1], values[edges[3] : edges[4] + 1]
    return float(np.mean(first) - np.mean(last))


def _steps(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    found = np.zeros_like(mask)
    right, down = mask[:, :-1] != mask[:, 1:], mask[:-1] != mask[1:]
    found[:, :-1] |= right
    found[:-1] |= down
    found[:-1, :-1] |= mask[:-1, :-1] != mask[1:, 1:]
    return found
