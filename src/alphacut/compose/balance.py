"""White balance of a product shot, from the photo itself.

The cast is read off the photo's own background where that is a bright and nearly neutral surface: a sweep of paper, a
wall, a table. Else it is the subject's: shades of grey [1]_ and grey edges [2]_, which are believed only if they agree
and the subject's colours lie on both sides of them. Daylight and lamps differ along blue and yellow; a colour far off
that line, or far along it, is taken for paint and not for light. What cannot be told is left and said.

References
----------
.. [1] G. Finlayson, E. Trezzi, "Shades of Gray and Colour Constancy", CIC 2004.
.. [2] J. van de Weijer, Th. Gevers, A. Gijsenij, "Edge-Based Color Constancy", IEEE TIP 2007.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Alpha, Pixels, check_alpha, check_pixels
from .linear import LUMINANCE, NEUTRAL, Gains, Planar, to_linear, to_oklab

SIDE = 384  # pixels of the copy that the light is read from
WARM, GREEN = 0.09, 0.03  # furthest cast of light in Oklab's b and a, at L = 1
SEEN = 0.004  # a cast that nobody sees, and that a rounding to 8 bits can make
BRIGHT = 0.3  # linear light of the darkest surface that is taken for white or light grey
EVEN = 0.02  # largest spread, in a and b, of a surface of one colour
AGREE = 0.03  # largest distance of two opinions of one light
POWER = 6  # the norm of shades of grey and grey edges
CLIPPED = 0.98  # linear light above which a channel may have been cut off
FEW = 200  # pixels: too few to tell from


@dataclass(frozen=True, slots=True)
class Balance:
    """The factors of linear red, green and blue that take a cast out, and where they come from.

    Attributes
    ----------
    gains : (float, float, float)
        They keep the luminance of the light that was found; 1, 1, 1 changes nothing.
    basis : str
        "background", "subject" or "none".
    note : str
        A sentence for the report.
    """

    gains: Gains
    basis: str
    note: str


def balance(photo: Pixels, alpha: Alpha) -> Balance:
    """Find the white balance of a photo.

    Parameters
    ----------
    photo : ndarray
        With its old background: uint8 or uint16, H×W×3, taken as sRGB.
    alpha : Alpha
        float32, H×W.

    Returns
    -------
    Balance
        To be applied with :func:`~alphacut.compose.exposure.develop`.

    Raises
    ------
    ValueError
        A shape, type or range is not the above.
    """
    check_alpha(alpha, check_pixels(photo, name="photo").shape[:2])
    linear, covered = _small(photo, alpha)
    light = _of_background(linear, covered)
    basis = "background"
    if light is None:
        light, basis = _of_subject(linear, covered), "subject"
    if light is None:
        return Balance(NEUTRAL, "none", "white balance: nothing in the photo tells the light, left as it is")
    if _length(_cast(light)) < SEEN:
        return Balance(NEUTRAL, basis, f"white balance: the {basis} is neutral, left as it is")
    gains = float(light @ LUMINANCE) / light.astype(np.float64)
    red, green, blue = (float(gain) for gain in gains)
    words = f"red × {red:.2f}, green × {green:.2f}, blue × {blue:.2f}"
    return Balance((red, green, blue), basis, f"white balance from the {basis}: {words}")


def _small(photo: Pixels, alpha: Alpha) -> tuple[Planar, Alpha]:
    """Return a copy of the photo in linear light and its alpha, at most `SIDE` pixels a side."""
    scale = min(1.0, SIDE / max(alpha.shape))
    size = max(1, round(alpha.shape[1] * scale)), max(1, round(alpha.shape[0] * scale))
    pixels = cv2.resize(np.ascontiguousarray(photo), size, interpolation=cv2.INTER_AREA)
    return to_linear(pixels), cast(Alpha, cv2.resize(alpha, size, interpolation=cv2.INTER_AREA))


def _of_background(linear: Planar, alpha: Alpha) -> NDArray[np.float32] | None:
    """Return the colour of the background's light, if it is a bright and nearly neutral surface."""
    reach = max(3, max(alpha.shape) // 32) | 1
    far = cv2.dilate(alpha, np.ones((reach, reach), np.uint8)) < 0.02
    colours = linear[far & (linear.max(2) < CLIPPED)]
    if len(colours) < max(FEW, far.sum() // 4):
        return None
    light: NDArray[np.float32] = np.median(colours, axis=0)
    casts = np.stack([_cast(colour) for colour in (np.percentile(colours, q, axis=0) for q in (25, 75))])
    even = _length(casts[1] - casts[0]) < EVEN
    bright = float(light @ LUMINANCE) > BRIGHT
    return light if bright and even and _is_light(_cast(light)) else None


def _of_subject(linear: Planar, alpha: Alpha) -> NDArray[np.float32] | None:
    """Return the colour of the light on a subject of many colours, if two methods agree on it."""
    inside = cv2.erode(alpha, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE) > 0.95
    inside &= linear.max(2) < CLIPPED
    if inside.sum() < FEW:
        return None
    smooth = cv2.GaussianBlur(linear, (0, 0), 1)
    edges = cv2.magnitude(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    first, second = _norm(linear[inside]), _norm(edges.reshape(linear.shape)[inside])
    if first is None or second is None or _length(_cast(first) - _cast(second)) > AGREE:
        return None
    light = first / first.sum() + second / second.sum()
    colours = to_oklab(linear[inside].reshape(-1, 1, 3))[:, 0, 1:]
    varied = _length(colours.std(0)) >= _length(_cast(light))
    return light if varied and _is_light(_cast(light)) else None


def _norm(colours: Planar) -> NDArray[np.float32] | None:
    """Return the Minkowski norm of N×3 colours, or None if a channel has none."""
    peak = float(colours.max())
    if peak <= 0:
        return None
    light = peak * ((colours / peak) ** POWER).mean(0) ** (1 / POWER)
    return cast(NDArray[np.float32], light) if light.min() > 0 else None


def _cast(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return Oklab's a and b of a light, as if its L were 1."""
    lab = to_oklab(np.asarray(light, np.float32).reshape(1, 1, 3))[0, 0]
    return cast(NDArray[np.float32], lab[1:] / max(float(lab[0]), 1e-6))


def _is_light(cast_: NDArray[np.float32]) -> bool:
    return bool((cast_[0] / GREEN) ** 2 + (cast_[1] / WARM) ** 2 <= 1)


def _length(vector: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(vector))
