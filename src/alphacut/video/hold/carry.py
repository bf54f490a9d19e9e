"""Beliefs carried along a flow: as far as the same colours are seen again, and who has a right to them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .appearance import Plane

ALIKE = 14.0
"""Difference in Lab, 0 to 255, at which what was carried is no longer what is seen."""
TINY = 0.02
"""Trust that every place has: two without any claim the same alike."""
LIGHT = 0.5
"""How much a difference of light counts against one of hue."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a path brings from the key frame before, each H×W in [0, 1].

    Attributes
    ----------
    subject, others : ndarray
        Beliefs: see :func:`carry`.
    right : ndarray
        How far each place has a right to them: see :func:`claim`.
    """

    subject: Plane
    others: Plane
    right: Plane


def carry(beliefs: Plane, before: Plane, now: Plane, flow: Plane) -> Plane:
    """Fetch beliefs from where a flow leads, and keep them as far as the same colours are there.

    What was hidden before comes from nowhere: the flow leads to something else, and that is not believed.

    Parameters
    ----------
    beliefs : ndarray
        float32, H×W×C, in [0, 1], of the picture before.
    before, now : ndarray
        float32, H×W×3: the two pictures in Lab, 0 to 255.
    flow : ndarray
        float32, H×W×2: from each pixel of `now` to the same thing in `before`, right and down, in pixels.

    Returns
    -------
    ndarray
        float32, H×W×C, in [0, 1]; 0 for what comes from outside the picture.
    """
    height, width = now.shape[:2]
    x = flow[..., 0] + np.arange(width, dtype=np.float32)
    y = flow[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    planes = cv2.merge([before, *cv2.split(beliefs)])
    fetched = cv2.remap(planes, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    apart = fetched[..., :3] - now
    apart[..., 0] *= np.float32(LIGHT)
    far = cv2.blur(np.square(apart).sum(2), (3, 3))
    carried: Plane = fetched[..., 3:] * np.exp(far / np.float32(-2 * ALIKE**2))[..., None]
    return carried


def claim(flow: Plane, trust: Plane) -> Plane:
    """Return how far each place has a right to what a flow leads it to, in [0, 1], H×W.

    What comes into view has come from nowhere, yet the flow leads it somewhere: to what another place is led to as
    well, with more trust. Trust counts only beside that other's: all of a fast thing has little.

    Parameters
    ----------
    flow : ndarray
        float32, H×W×2, as for :func:`carry`.
    trust : ndarray
        float32, H×W, in [0, 1].
    """
    height, width = trust.shape
    trust = cv2.blur(trust, (5, 5)) + np.float32(TINY)
    x = np.clip(np.rint(flow[..., 0] + np.arange(width)), 0, width - 1).astype(np.intp)
    y = np.clip(np.rint(flow[..., 1] + np.arange(height)[:, None]), 0, height - 1).astype(np.intp)
    best = np.zeros_like(trust)
    np.maximum.at(best, (y, x), trust)
    # A neighbour's claim counts, too: things that shrink leave gaps, and are led to every second place.
    best = cv2.dilate(best, np.ones((3, 3), np.uint8))
    right: Plane = trust / best[y, x]
    return right
