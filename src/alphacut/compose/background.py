"""Put a colour or a picture behind the subject."""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ..colours import Colour
from ..refine.bands import each_strip
from ..types import Alpha, Pixels, check_alpha, check_pixels, depth_of
from .light import Floats, from_light, light_table
from .profiles import conversion, convert


def over(foreground: Pixels, alpha: Alpha, colour: Colour, icc: bytes | None = None) -> Pixels:
    """Composite a straight foreground over a colour, in the encoded values that the alpha was estimated in.

    Parameters
    ----------
    foreground : ndarray
        H×W×3, straight.
    alpha : Alpha
        H×W.
    colour : Colour
        sRGB; converted to the space of `icc`.
    icc : bytes, optional
        The profile of the foreground; sRGB without it.

    Returns
    -------
    ndarray
        Of the foreground's type; H×W×3 on an opaque colour, H×W×4 (straight) on a translucent one.
        ``C = F·α + B·(1 - α)`` (Porter and Duff 1984, *over*).
    """
    pixel = solid(colour, (1, 1), foreground.dtype, icc)
    return composite(foreground, alpha, cast(Pixels, np.broadcast_to(pixel, (*alpha.shape, pixel.shape[2]))))


def solid(colour: Colour, shape: tuple[int, int], dtype: np.dtype[Any], icc: bytes | None = None) -> Pixels:
    """Return pixels of one colour: H×W×3, or H×W×4 if it is translucent."""
    channels = 3 if colour[3] == 255 else 4
    values = (*_in_profile(colour, icc), colour[3])[:channels]
    step = int(np.iinfo(dtype).max) // 255
    return np.full((*shape, channels), [value * step for value in values], dtype)


def composite(foreground: Pixels, alpha: Alpha, behind: Pixels, *, linear: bool = False) -> Pixels:
    """Composite a straight foreground over a picture (Porter and Duff 1984, *over*).

    Parameters
    ----------
    foreground : ndarray
        H×W×3, straight.
    alpha : Alpha
        H×W.
    behind : ndarray
        Of the foreground's type and colours: H×W×3, or H×W×4 with straight alpha.
    linear : bool
        Mix the light and not the encoded values; the curve is sRGB's. A matte is estimated in encoded values,
        so this is no truer at a subject's edge: it is for what is truly translucent or out of focus.

    Returns
    -------
    ndarray
        Of the foreground's type, with the channels of `behind`. ``C = F·α + B·(1 - α)``; with an opacity β of
        the background ``γ = α + β·(1 - α)`` and ``C = (F·α + B·β·(1 - α)) / γ``.

    Raises
    ------
    ValueError
        A shape, type or range is not the above.
    """
    check_alpha(alpha, check_pixels(foreground, name="foreground").shape[:2])
    check_pixels(behind, (3, 4), "behind")
    if behind.dtype != foreground.dtype or behind.shape[:2] != alpha.shape:
        expected = f"{foreground.dtype} {alpha.shape}"
        raise ValueError(f"behind: expected {expected}, got {behind.dtype} {behind.shape[:2]}")
    table = light_table(depth_of(foreground)) if linear else None
    result: Pixels = behind.copy()
    top, left, height, width = _seen(alpha) if behind.shape[2] == 3 else (0, 0, *alpha.shape)
    columns = slice(left, left + width)

    def work(strip: slice) -> None:
        rows = slice(top + strip.start, top + strip.stop)
        strips = foreground[rows, columns], alpha[rows, columns], behind[rows, columns]
        result[rows, columns] = _mix(*strips)
        if table is not None:
            _mix_light(*strips, table, result[rows, columns])

    each_strip(height, work)
    return result


def _seen(alpha: Alpha) -> tuple[int, int, int, int]:
    """Return top, left, height and width of the box beyond which there is nothing of the subject."""
    left, top, width, height = cv2.boundingRect((alpha > 0).view(np.uint8))
    return top, left, height, width


def _mix(foreground: Pixels, alpha: Alpha, behind: Pixels) -> Pixels:
    limit = depth_of(foreground)
    rest: Floats = 1 - alpha
    if behind.shape[2] == 4:
        rest = rest * (behind[..., 3] / np.float32(limit))
    mixed: Floats = foreground * cv2.merge([alpha] * 3)
    mixed += behind[..., :3] * cv2.merge([rest] * 3)
    if behind.shape[2] == 4:
        total = alpha + rest
        # Where nothing at all is left, 0 / 1 keeps the colour black and the alpha zero.
        mixed /= np.where(total > 0, total, 1)[..., None]
        mixed = cv2.merge([mixed, total * limit])
    return cast(Pixels, np.rint(mixed, out=mixed).astype(foreground.dtype))


def _mix_light(foreground: Pixels, alpha: Alpha, behind: Pixels, table: Floats, result: Pixels) -> None:
    """Mix the soft pixels again, in linear light; elsewhere one of the two is the result already."""
    soft = (alpha > 0) & (alpha < 1)
    limit, share = depth_of(foreground), alpha[soft][:, None]
    rest: Floats = 1 - share
    if behind.shape[2] == 4:
        rest = rest * (behind[soft][:, 3:] / np.float32(limit))
    mixed = table[foreground[soft]] * share + table[behind[soft][:, :3]] * rest
    result[soft, :3] = np.rint(from_light(mixed / (share + rest)) * limit)


def _in_profile(colour: Colour, icc: bytes | None) -> tuple[int, ...]:
    transform = conversion(None, icc)
    if transform is None:
        return colour[:3]
    pixel: NDArray[np.uint8] = np.array(colour[:3], np.uint8).reshape(1, 1, 3)
    return tuple(int(value) for value in convert(pixel, transform)[0, 0])
