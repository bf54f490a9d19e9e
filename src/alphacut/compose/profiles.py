"""From the colours of one profile to those of another."""

from __future__ import annotations

import io
from typing import Any, cast

import cv2
import numpy as np
from PIL import Image, ImageCms

from ..errors import InputError
from ..refine.bands import each_strip
from ..types import Pixels

_GRID = 9  # levels a channel at which two profiles are compared


def conversion(source: bytes | None, target: bytes | None) -> ImageCms.ImageCmsTransform | None:
    """Return what converts 8-bit RGB pixels; None where the profiles mean the same colours.

    Parameters
    ----------
    source, target : bytes or None
        ICC profiles of RGB colours; None is sRGB. Profiles are the same if no colour moves by more than one
        step of 255: then 16 bits need not pass through the 8 of the colour engine.

    Raises
    ------
    InputError
        There is no way between them: a scanner's profile has none in, and some have none out.
    """
    if source == target:
        return None
    try:
        transform = ImageCms.buildTransform(_opened(source), _opened(target), "RGB", "RGB")
    except ImageCms.PyCMSError as error:
        problem = f"cannot be converted ({error})"
        remedy = "Convert the photo to sRGB first; or give no background, preset or --srgb."
        raise InputError("the photo's colour profile", problem, remedy) from error
    levels = np.linspace(0, 255, _GRID).astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, _GRID, 3)
    moved = cv2.absdiff(convert(cube, transform), cube)
    return transform if moved.max() > 1 else None


def convert(pixels: Pixels, transform: ImageCms.ImageCmsTransform) -> Pixels:
    """Return 8-bit H×W×3 pixels in the other profile."""
    converted: Pixels = np.asarray(transform.apply(Image.fromarray(np.ascontiguousarray(pixels))))
    return converted


def matched(
    pixels: Pixels, source: bytes | None, target: bytes | None, dtype: np.dtype[Any] | None = None
) -> Pixels:
    """Return pixels of one profile in another, at their own or another depth.

    The colour engine knows 8 bits: where the profiles differ, 16-bit pixels come back in 8-bit steps.

    Parameters
    ----------
    pixels : ndarray
        H×W×3 or H×W×4 (straight), uint8 or uint16.
    source, target : bytes or None
        As for :func:`conversion`.
    dtype : dtype, optional
        uint8 or uint16; the pixels' own without it.

    Returns
    -------
    ndarray
        The array given, where nothing has to change.

    Raises
    ------
    InputError
        As :func:`conversion`.
    """
    transform, depth = conversion(source, target), dtype or pixels.dtype
    if transform is None and pixels.dtype == depth:
        return pixels
    result = np.empty(pixels.shape, depth)

    def work(rows: slice) -> None:
        strip = pixels[rows]
        if transform:
            strip = _at_depth(strip, np.dtype(np.uint8)).copy()
            strip[..., :3] = convert(strip[..., :3], transform)
        result[rows] = _at_depth(strip, depth)

    each_strip(pixels.shape[0], work)
    return result


def _at_depth(pixels: Pixels, dtype: np.dtype[Any]) -> Pixels:
    if pixels.dtype == dtype:
        return pixels
    if dtype == np.uint16:
        return pixels.astype(np.uint16) * np.uint16(257)
    return cast(Pixels, np.rint(pixels * np.float32(255 / 65535)).astype(np.uint8))


def _opened(icc: bytes | None) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(icc) if icc else ImageCms.createProfile("sRGB"))
