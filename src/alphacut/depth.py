"""8 and 16 bits a channel: full range maps to full range."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from .types import Pixels


def at_depth(pixels: Pixels, bits: int) -> Pixels:
    """Return pixels at 8 or 16 bits a channel; the array given, where it has them."""
    if bits == 8:
        return eight_bits(pixels)
    return pixels.astype(np.uint16) * np.uint16(257) if pixels.dtype == np.uint8 else pixels


def eight_bits(pixels: Pixels) -> Pixels:
    """Return pixels at 8 bits a channel: x·255/65535, rounded to the nearest."""
    return pixels if pixels.dtype == np.uint8 else _rounded()[pixels]


@functools.cache
def _rounded() -> NDArray[np.uint8]:
    return ((np.arange(65536, dtype=np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
