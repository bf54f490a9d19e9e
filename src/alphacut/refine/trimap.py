"""Where an alpha is to be refined: near its outline, by the photo's own scale.

A trimap names what is certain and leaves a band unknown. Here it is a map of distances, because a hard line between
refined and unrefined would show, and because the nearer to its outline, the less a network's alpha is worth.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Alpha

Plane = NDArray[np.float32]

BAND = 0.007
"""How far the unknown band reaches to either side of an outline, as a share of the longer side."""
LEAST = 3.0
"""And at least, in pixels of the alpha that is given."""


FAR = 4.0
"""How far from an outline, in reaches of the band, an alpha that is soft belongs to it: strands of hair."""
SURE = 0.1
"""Alphas this near to 0 or 1 are not soft."""


def distance(alpha: Alpha) -> Plane | None:
    """Return each pixel's distance from the outline at 0.5, in reaches of the band.

    Parameters
    ----------
    alpha : Alpha
        float32, H×W, in [0, 1].

    Returns
    -------
    ndarray or None
        float32, H×W; None where there is no outline.
    """
    subject = (alpha > 0.5).astype(np.uint8)
    if subject.min() == subject.max():
        return None
    inside, outside = (cv2.distanceTransform(side, cv2.DIST_L2, 5) for side in (subject, 1 - subject))
    return np.asarray((inside + outside) / _reach(alpha), np.float32)


def band(alpha: Alpha, far: Plane) -> Plane:
    """Return each pixel's distance from the edge, which is the outline and what is soft around it.

    Parameters
    ----------
    alpha : Alpha
        float32, H×W, in [0, 1].
    far : ndarray
        The distance from its outline.

    Returns
    -------
    ndarray
        float32, H×W: 0 on the edge, 1 where the unknown band ends and beyond.
    """
    soft = np.abs(alpha - 0.5) < 0.5 - SURE
    edge = (far * _reach(alpha) < 1.5) | (soft & (far < FAR))
    around = cv2.distanceTransform((~edge).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(np.minimum(around / _reach(alpha), 1), np.float32)


def _reach(alpha: Alpha) -> np.float32:
    return np.float32(max(LEAST, BAND * max(alpha.shape)))
