"""Encoded values to linear light and back (IEC 61966-2-1, sRGB)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def to_light(encoded: Floats) -> Floats:
    """Return the linear light, in [0, 1], of encoded values in [0, 1]."""
    light: Floats = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32, copy=False)


def to_encoded(light: Floats) -> Floats:
    """Return the encoded values, in [0, 1], of linear light in [0, 1]."""
    encoded: Floats = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return encoded.astype(np.float32, copy=False)
