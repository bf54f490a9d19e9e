"""Read the style of a listing, so that other photos can be given it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..types import Alpha, Pixels, check_alpha, check_pixels
from .exposure import brightness
from .read_backdrop import Backdrop, read_backdrop
from .read_shadow import ShadowStyle, read_shadow

SUBJECT = 0.5  # the least alpha of the subject's box


@dataclass(frozen=True, slots=True)
class Style:
    """How a listing looks.

    Attributes
    ----------
    canvas : (int, int)
        Width and height in pixels.
    margins : (float, float, float, float)
        Room above, right of, below and left of the subject, as shares of the canvas's height and width.
    backdrop : Backdrop or None
        None where the subject fills the frame.
    shadow : ShadowStyle
        "none" where the background is a picture or a cutout's edge is all there is.
    exposure : float or None
        Encoded luminance that the lightest 5 % of the subject pass, in [0, 1].
    notes : tuple of str
        What could not be read, and why.
    """

    canvas: tuple[int, int]
    margins: tuple[float, float, float, float]
    backdrop: Backdrop | None
    shadow: ShadowStyle
    exposure: float | None
    notes: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """What the subject takes of the canvas, along the side on which it takes more."""
        top, right, bottom, left = self.margins
        return max(1 - top - bottom, 1 - left - right)

    @property
    def position(self) -> tuple[float, float]:
        """What part of the room left over is left of and above the subject, each in [0, 1]."""
        top, right, bottom, left = self.margins
        return _part(left, right), _part(top, bottom)

    @property
    def values(self) -> dict[str, str | float]:
        """The style as names and plain values; what could not be read is not in it.

        Scale and position say where another subject goes; the margins would do the same for one of this shape only.
        """
        width, height = self.canvas
        common = math.gcd(width, height)
        found: dict[str, str | float | None] = {
            "canvas": f"{width}x{height}",
            "aspect": f"{width // common}:{height // common}",
            "scale": round(self.share, 4),
            "position": " ".join(f"{100 * part:.1f}%" for part in self.position),
            "background": self.backdrop.text if self.backdrop else None,
            "exposure": None if self.exposure is None else round(min(max(self.exposure, 0.02), 0.98), 3),
        }
        return {name: value for name, value in found.items() if value is not None} | self._shadow()

    def _shadow(self) -> dict[str, str | float]:
        kind, numbers = self.shadow.kind, ("direction", "length", "softness", "opacity")
        if self.backdrop is None or self.backdrop.kind == "picture":
            return {}
        used = {"none": (), "contact": numbers[2:]}.get(kind, numbers)
        return {"shadow": kind} | {f"shadow_{name}": getattr(self.shadow, name) for name in used}


def read_style(pixels: Pixels, alpha: Alpha, name: str = "reference") -> Style:
    """Read the style of a listing.

    Parameters
    ----------
    pixels : ndarray
        The listing's photo: uint8 or uint16, H×W×3, sRGB.
    alpha : Alpha
        Its subject, without the shadow: float32, H×W.
    name : str
        What to call it in messages.

    Raises
    ------
    InputError
        There is no subject.
    ValueError
        A shape, type or range is not the above.
    """
    check_alpha(alpha, check_pixels(pixels).shape[:2])
    margins = _margins(alpha, name)
    backdrop = read_backdrop(pixels, alpha)
    shadow, notes = ShadowStyle("none"), []
    if backdrop is None:
        notes.append("the subject fills the frame: no background or shadow to read")
    elif backdrop.kind == "picture":
        notes.append("the background is no colour or gradient: neither it nor a shadow is taken over")
    else:
        shadow = read_shadow(pixels, alpha, backdrop)
    if min(margins) == 0:
        notes.append("the subject is cut by the frame: its margin there is 0")
    height, width = alpha.shape
    return Style((width, height), margins, backdrop, shadow, brightness(pixels, alpha), tuple(notes))


def _part(before: float, after: float) -> float:
    """Return the share of `before` in both; in the middle, where there is no room."""
    return before / (before + after) if before + after > 0 else 0.5


def _margins(alpha: Alpha, name: str) -> tuple[float, float, float, float]:
    rows = np.flatnonzero(alpha.max(1) >= SUBJECT)
    columns = np.flatnonzero(alpha.max(0) >= SUBJECT)
    if not len(rows):
        raise InputError(
            name, "no subject was found, so it shows no style", "Choose a photo with one product."
        )
    height, width = alpha.shape
    above, below = rows[0] / height, 1 - (rows[-1] + 1) / height
    before, after = columns[0] / width, 1 - (columns[-1] + 1) / width
    return float(above), float(after), float(below), float(before)
