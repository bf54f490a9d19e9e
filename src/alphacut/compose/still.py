"""A picture file behind the subject."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import cv2
import numpy as np

from ..backdrops import Still
from ..decode import Source, decode
from ..errors import InputError, OptionError
from ..types import Photo, Pixels, depth_of
from .background import over, solid
from .dither import Target
from .profiles import matched


def load_still(still: Still, max_pixels: int | None = None) -> Still:
    """Return the same with its picture read: upright, in its own depth and profile.

    Raises
    ------
    OptionError
        It is missing, broken, too large or no picture.
    """
    return replace(still, photo=read_picture(still.path, max_pixels))


def read_picture(source: Source, max_pixels: int | None = None, name: str | None = None) -> Photo:
    """Decode what is to stand behind the subject; its errors speak of the option.

    Raises
    ------
    OptionError
        It is missing, broken, too large or no picture.
    """
    try:
        return decode(source, max_pixels=max_pixels, name=name)
    except InputError as error:
        problem = f"cannot use the picture {error.subject!r}: {error.problem}"
        raise OptionError("option 'background'", problem, error.remedy) from error


def paint_still(still: Still, shape: tuple[int, int], target: Target, icc: bytes | None) -> Pixels:
    """Paint a picture, reading it first if nobody has.

    Its own transparency lies over the fill. Colours are resized in encoded values: by areas where the
    picture shrinks, linearly where it grows.

    Returns
    -------
    ndarray
        H×W×3, or H×W×4 with straight alpha where the fill is translucent and shows.
    """
    photo = still.photo or read_picture(still.path)
    pixels = photo.pixels
    if photo.source_alpha is not None:
        pixels = over(pixels, photo.source_alpha, still.fill, photo.icc)
    if still.fit == "tile":
        return matched(_tiled(pixels, shape, still.position), photo.icc, icc, target.dtype)
    if still.fit == "cover":
        pixels = _cropped(pixels, shape, still.position)
    elif still.fit == "contain":
        return _contained(pixels, still, shape, (photo.icc, icc), target)
    return matched(_resized(pixels, shape), photo.icc, icc, target.dtype)


def _tiled(pixels: Pixels, shape: tuple[int, int], position: tuple[float, float]) -> Pixels:
    """Return the picture at its own size, repeated on all sides of the one at `position`."""
    rows, columns = (
        (np.arange(side) - round((side - own) * share)) % own
        for side, own, share in zip(shape, pixels.shape, position[::-1], strict=False)
    )
    tiled: Pixels = pixels[rows][:, columns]
    return tiled


def _cropped(pixels: Pixels, shape: tuple[int, int], position: tuple[float, float]) -> Pixels:
    """Return the largest part with the canvas's aspect, to whole pixels."""
    scale = max(side / own for side, own in zip(shape, pixels.shape, strict=False))
    at = []
    for side, own, share in zip(shape, pixels.shape, position[::-1], strict=False):
        length = min(max(round(side / scale), 1), own)
        start = round((own - length) * share)
        at.append(slice(start, start + length))
    cropped: Pixels = pixels[at[0], at[1]]
    return cropped


def _contained(
    pixels: Pixels,
    still: Still,
    shape: tuple[int, int],
    profiles: tuple[bytes | None, bytes | None],
    target: Target,
) -> Pixels:
    """Return the whole picture on the fill."""
    scale = min(side / own for side, own in zip(shape, pixels.shape, strict=False))
    height, width = (max(round(own * scale), 1) for own in pixels.shape[:2])
    placed = matched(_resized(pixels, (height, width)), *profiles, target.dtype)
    if (height, width) == shape:
        return placed
    top = round((shape[0] - height) * still.position[1])
    left = round((shape[1] - width) * still.position[0])
    canvas = solid(still.fill, shape, target.dtype, profiles[1])
    inside = canvas[top : top + height, left : left + width]
    inside[..., 3:] = depth_of(canvas)
    inside[..., : placed.shape[2]] = placed
    return canvas


def _resized(pixels: Pixels, shape: tuple[int, int]) -> Pixels:
    if pixels.shape[:2] == shape:
        return pixels
    if pixels.shape[2] == 4:
        return _resized_clear(pixels, shape)
    # A stretched picture may shrink one way and grow the other, and each way has its own filter.
    least = min(pixels.shape[0], shape[0]), min(pixels.shape[1], shape[1])
    small = cv2.resize(np.ascontiguousarray(pixels), least[::-1], interpolation=cv2.INTER_AREA)
    return cast(Pixels, cv2.resize(small, shape[::-1], interpolation=cv2.INTER_LINEAR))


def _resized_clear(pixels: Pixels, shape: tuple[int, int]) -> Pixels:
    """Resize premultiplied: a transparent pixel lends its neighbours no colour."""
    values = pixels.astype(np.float32)
    values[..., :3] *= values[..., 3:] / depth_of(pixels)
    way = cv2.INTER_AREA if shape < pixels.shape[:2] else cv2.INTER_LINEAR
    values = cv2.resize(values, shape[::-1], interpolation=way)
    values[..., :3] *= depth_of(pixels) / np.maximum(values[..., 3:], 1e-6)
    return cast(Pixels, np.rint(np.clip(values, 0, depth_of(pixels))).astype(pixels.dtype))
