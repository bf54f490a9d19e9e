"""The fast guided filter: a small alpha is brought up to a large photo by linear functions of colour.

In every window of the small photo the alpha is ``a·I + b``; the means of a and b over the windows around a place,
which :meth:`~alphacut.refine.closed_form.Laplacian.mean_line` gives, are smooth. So they are enlarged instead of
the alpha, and the photo's own pixels put in: detail comes from the photo, and what is enlarged has none to lose.

References
----------
.. [1] K. He, J. Sun, X. Tang, "Guided Image Filtering", TPAMI 2013, eq. 19-21.
.. [2] K. He, J. Sun, "Fast Guided Filter", 2015, arXiv:1505.00996, algorithm 2.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..types import Pixels, depth_of
from .closed_form import Plane

Box = tuple[slice, slice]


def draw(pixels: Pixels, line: Plane, box: Box, shape: tuple[int, ...]) -> Plane:
    """Draw a part of the alpha.

    Parameters
    ----------
    pixels : ndarray
        uint8 or uint16, h×w×3: the photo under `box`.
    line : ndarray
        float32, H×W×4, over the whole photo: for red, green and blue in [0, 1] what to multiply them by, then what
        to add.
    box : (slice, slice)
        Rows and columns of the part.
    shape : (int, int)
        Height and width of the photo.

    Returns
    -------
    ndarray
        float32, h×w. Not clipped: a linear function of the photo can leave [0, 1] a little.
    """
    *slopes, level = cv2.split(sample(line, box, shape))
    # Planes, for numpy is slow at sums over an axis of three.
    red, green, blue = (slope * colour for slope, colour in zip(slopes, cv2.split(pixels), strict=True))
    drawn: Plane = (red + green + blue) / np.float32(depth_of(pixels)) + level
    return drawn


def sample(plane: Plane, box: Box, shape: tuple[int, ...]) -> Plane:
    """Return the part of a coarser plane that lies under `box` of an image of that shape, interpolated."""
    down, right = (have / want for have, want in zip(plane.shape[:2], shape, strict=True))
    rows, columns = box
    matrix = np.array(
        [
            [right, 0, (columns.start + 0.5) * right - 0.5],
            [0, down, (rows.start + 0.5) * down - 0.5],
        ]
    )
    size = columns.stop - columns.start, rows.stop - rows.start
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    part: Plane = cv2.warpAffine(plane, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return part
