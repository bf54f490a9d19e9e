"""What a shadow should look like, and what a shadow is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import OptionError
from ...types import Alpha, Pixels

Rgb = tuple[int, int, int]
"""Red, green and blue, 0 to 255, in the space of the pixels that the shadow is laid on."""

Box = tuple[int, int, int, int]
"""Top, left, bottom and right of a rectangle in pixels; bottom and right are the first ones outside."""

Room = tuple[int, int, int, int]
"""Pixels above, right of, below and left of a subject."""

LIMITS = {"direction": (-360.0, 360.0), "length": (0.0, 2.0), "softness": (0.0, 0.5), "opacity": (0.0, 1.0)}
SEEN = 0.1  # the alpha from which a pixel belongs to the subject's box
SOLID = 0.9  # and from which it stands on the floor: below that a pale seam would show through the soft edge


@dataclass(frozen=True, slots=True)
class ShadowLook:
    """What was asked of a shadow; None leaves it to the kind (:data:`USUAL`).

    Attributes
    ----------
    direction : float or None
        Where the light comes from in the picture, in degrees clockwise from the top: 0 above, 90 right. On a floor,
        what is high in the picture is far away: 180 is a light in front of the subject, 0 one behind it.
    length : float or None
        In [0, 2], a share of the subject's height.
    softness : float or None
        In [0, 0.5]: the standard deviation of the blur, a share of the subject's height.
    opacity : float or None
        In [0, 1]. Of a kept shadow, what its own opacity is multiplied by.
    colour : (int, int, int)
        Red, green and blue, 0 to 255. A reflection has the subject's.

    Raises
    ------
    OptionError
        A number is out of its limits or not finite.
    """

    direction: float | None = None
    length: float | None = None
    softness: float | None = None
    opacity: float | None = None
    colour: Rgb = (0, 0, 0)

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                remedy = f"Give a number from {low:g} to {high:g}."
                raise OptionError(f"shadow {name}", f"cannot be {value!r}", remedy)
        if len(self.colour) != 3 or not all(0 <= channel <= 255 for channel in self.colour):
            raise OptionError("shadow colour", f"cannot be {self.colour!r}", "Give three numbers, 0 to 255.")


@dataclass(frozen=True, slots=True)
class Style:
    """A look with nothing left open; units as in :class:`ShadowLook`."""

    direction: float
    length: float
    softness: float
    opacity: float
    colour: Rgb = (0, 0, 0)

    @property
    def fall(self) -> tuple[float, float]:
        """The unit vector, to the right and down, along which the shadow falls: away from the light."""
        angle = math.radians(self.direction)
        return -math.sin(angle), math.cos(angle)


USUAL = {
    "keep": Style(0, 0, 0, 1),
    "drop": Style(315, 0.04, 0.03, 0.35),
    "contact": Style(0, 0.05, 0.03, 0.7),
    "cast": Style(225, 0.7, 0.03, 0.45),
    "reflection": Style(0, 0.4, 0.0, 0.35),
}
"""What each kind takes where nothing was asked."""


def settled(kind: str, look: ShadowLook) -> Style:
    """Return a look with the kind's usual values where it leaves something open."""
    usual = USUAL[kind]
    named = {
        name: getattr(usual, name) if getattr(look, name) is None else float(getattr(look, name))
        for name in LIMITS
    }
    return Style(**named, colour=look.colour)


@dataclass(frozen=True, slots=True)
class Shadow:
    """A layer between the subject and what is behind it.

    Attributes
    ----------
    opacity : ndarray
        float32, H×W, in [0, 1], on the alpha's canvas, to be composited in encoded values as PNG and CSS do.
    colour : (int, int, int)
        Red, green and blue, 0 to 255.
    layer : ndarray or None
        Straight colours, H×W×3, in place of the one colour: a reflection's.
    notes : tuple of str
        What was found, or why there is nothing.
    direction : float or None
        Where the light comes from, if that was measured; as :attr:`ShadowLook.direction`.
    """

    opacity: Alpha
    colour: Rgb = (0, 0, 0)
    layer: Pixels | None = None
    notes: tuple[str, ...] = ()
    direction: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not bool(self.opacity.any())


def nothing(alpha: Alpha, why: str) -> Shadow:
    """Return a shadow that is nowhere, with the reason."""
    return Shadow(np.zeros(alpha.shape, np.float32), notes=(why,))


def box_of(alpha: Alpha) -> Box | None:
    """Return the rectangle of the pixels that belong to the subject, or None if there are none."""
    seen = alpha >= SEEN
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return None
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def foot_of(alpha: Alpha, box: Box) -> int:
    """Return the first row below the subject's solid part: the foot line on which it stands."""
    rows = np.flatnonzero((alpha[window(box)] >= SOLID).any(axis=1))
    return box[0] + int(rows[-1]) + 1 if len(rows) else box[2]


def widened(box: Box, room: Room, shape: tuple[int, ...]) -> Box:
    """Return a rectangle with room around it, as far as the picture goes."""
    (top, left, bottom, right), (above, beside, below, before) = box, room
    return (
        max(top - above, 0),
        max(left - before, 0),
        min(bottom + below, shape[0]),
        min(right + beside, shape[1]),
    )


def window(box: Box) -> tuple[slice, slice]:
    """Return the rows and columns of a rectangle."""
    return slice(box[0], box[2]), slice(box[1], box[3])


def placed(part: NDArray[np.float32], box: Box, shape: tuple[int, ...]) -> Alpha:
    """Return an alpha of the given shape that has `part` in the rectangle and 0 outside."""
    whole = np.zeros(shape, np.float32)
    np.clip(part, 0, 1, out=whole[window(box)])
    return whole
