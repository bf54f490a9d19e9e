"""The room that a shadow takes in a frame: it is framed with the subject, and ends before the border."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Alpha
from .presets import BORDER
from .shadow import Room, Shadow, ShadowLook, make_shadow, room
from .subject import find_subject

FAINT = 8 / 255
"""Opacity from which a shadow counts as part of what is shown, as :mod:`check` measures it."""

INVISIBLE = 1 / 255
"""Opacity below which a shadow is not seen at all."""

BLOCK = 16
"""Pixels beside the border that stay free of shadow too: a JPEG spreads what lies in a block of this size over it."""

SMALL = 256
"""Longest side, in pixels, of the copy on which a shadow is measured."""


def shadow_room(
    kind: str, alpha: Alpha, look: ShadowLook, kept: Shadow | None = None, faint: float = FAINT
) -> Room:
    """Return how far a shadow is seen around its subject.

    Parameters
    ----------
    kind : str
        As for :func:`alphacut.compose.shadow.make_shadow`.
    alpha : Alpha
        H×W.
    look : ShadowLook
    kept : Shadow, optional
        The photo's own, in place of a drawn one.
    faint : float
        Opacity up to which a drawn one may be cut off.

    Returns
    -------
    (int, int, int, int)
        Pixels above, right of, below and left of the subject's box.

    Raises
    ------
    InputError
        There is no subject.
    """
    if kept is not None and not kept.is_empty:
        left, top, right, bottom = find_subject(alpha).box
        return _beyond(kept.opacity >= FAINT, (top, left, bottom, right), 1.0)
    if kind == "none" or kept is not None:
        return 0, 0, 0, 0
    left, top, right, bottom = find_subject(alpha).box
    scale = min(1.0, SMALL / max(bottom - top, right - left))
    height, width = (max(1, round(side * scale)) for side in (bottom - top, right - left))
    small = cv2.resize(alpha[top:bottom, left:right], (width, height), interpolation=cv2.INTER_AREA)
    above, beside, below, before = room(kind, (0, 0, height, width), look)
    # Averages of ones are a rounding above one.
    wide = cv2.copyMakeBorder(np.clip(small, 0, 1), above, below, before, beside, cv2.BORDER_CONSTANT)
    shadow = make_shadow(kind, wide, look, np.zeros((*wide.shape, 3), np.uint8))
    return _beyond(shadow.opacity >= faint, (above, before, above + height, before + width), scale)


def clear_of_border(shadow: Shadow, *, exactly: bool) -> Shadow:
    """Return the same shadow, faded to nothing where it comes to the border of its canvas.

    Parameters
    ----------
    shadow : Shadow
    exactly : bool
        Leave the border to the last bit as it is in a JPEG too, which costs :data:`BLOCK` pixels more.
    """
    rows, columns = (_ramp(side, BLOCK * exactly) for side in shadow.opacity.shape)
    return replace(shadow, opacity=shadow.opacity * np.minimum(rows[:, None], columns))


def _beyond(seen: NDArray[np.bool_], box: tuple[int, int, int, int], scale: float) -> Room:
    """Return how far what is seen reaches beyond a box, in pixels of which one is `scale` of the box's."""
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return 0, 0, 0, 0
    far = box[0] - rows[0], columns[-1] + 1 - box[3], rows[-1] + 1 - box[2], box[1] - columns[0]
    above, beside, below, before = (max(0, round(int(side) / scale)) for side in far)
    return above, beside, below, before


def _ramp(side: int, more: int) -> Alpha:
    """Return 0 in the border at both ends of a side, 1 in the middle."""
    place = np.arange(side, dtype=np.float32) + np.float32(0.5)
    near = (np.minimum(place, side - place) - more) / np.float32(BORDER * side)
    ramp: Alpha = np.clip(near - 1, 0, 1)
    return ramp
