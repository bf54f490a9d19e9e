"""A photo and what became of it, side by side and small."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..depth import eight_bits
from ..types import Photo, Picture, Pixels, check_pixels

SIDE = 180
"""Pixels of the longer side of each half."""
QUALITY = 80
"""Of the JPEG: the journal keeps one of each of perhaps many thousand photos."""
SQUARE = 9
LIGHT, DARK = 255, 205
_SPARE = 3
"""How many times the size pictures are thinned to before they are averaged: cheap, and still smooth."""


def preview(photo: Photo, picture: Picture) -> bytes:
    """Return a JPEG of a photo beside the picture made of it, transparency on a checkerboard."""
    left, right = _small(photo.pixels), _small(picture.pixels)
    height = max(left.shape[0], right.shape[0])
    both = [
        cv2.copyMakeBorder(half, *_bars(half, height), cv2.BORDER_CONSTANT, value=(255, 255, 255))
        for half in (left, right)
    ]
    _, data = cv2.imencode(".jpg", np.hstack(both)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return bytes(data)


def _bars(half: NDArray[np.uint8], height: int) -> tuple[int, int, int, int]:
    above = (height - half.shape[0]) // 2
    return above, height - half.shape[0] - above, 0, 4


def _small(pixels: Pixels) -> NDArray[np.uint8]:
    step = max(1, max(pixels.shape[:2]) // (SIDE * _SPARE))
    picked = check_pixels(pixels[::step, ::step], (1, 3, 4))
    thin = eight_bits(picked).astype(np.float32)
    if thin.shape[2] == 1:
        thin = np.repeat(thin, 3, axis=2)
    scale = min(1.0, SIDE / max(thin.shape[:2]))
    size = tuple(max(1, round(length * scale)) for length in thin.shape[1::-1])
    if thin.shape[2] == 3:
        return _rounded(cv2.resize(thin, size, interpolation=cv2.INTER_AREA))
    thin[..., :3] *= thin[..., 3:] / 255  # averaged premultiplied, or hidden colours would show at the edges
    small = cv2.resize(thin, size, interpolation=cv2.INTER_AREA)
    return _rounded(small[..., :3] + _checkerboard(size) * (1 - small[..., 3:] / 255))


def _rounded(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(values).astype(np.uint8)


def _checkerboard(size: tuple[int, ...]) -> NDArray[np.float32]:
    x, y = (np.arange(length) // SQUARE for length in size)
    return np.where((x[None, :] + y[:, None]) % 2, DARK, LIGHT).astype(np.float32)[..., None]
