"""From the colours of one profile to those of another."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image, ImageCms

from ..errors import InputError
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
        The profile has no way in, as that of a scanner.
    """
    if source == target:
        return None
    try:
        transform = ImageCms.buildTransform(_opened(source), _opened(target), "RGB", "RGB")
    except ImageCms.PyCMSError as error:
        problem = f"cannot be converted to ({error})"
        remedy = "Convert the photo to sRGB first, or give it no background."
        raise InputError("the photo's colour profile", problem, remedy) from error
    levels = np.linspace(0, 255, _GRID).astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, _GRID, 3)
    moved = cv2.absdiff(convert(cube, transform), cube)
    return transform if moved.max() > 1 else None


def convert(pixels: Pixels, transform: ImageCms.ImageCmsTransform) -> Pixels:
    """Return 8-bit H×W×3 pixels in the other profile."""
    converted: Pixels = np.asarray(transform.apply(Image.fromarray(np.ascontiguousarray(pixels))))
    return converted


def _opened(icc: bytes | None) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(icc) if icc else ImageCms.createProfile("sRGB"))
