"""Encoded values and light: the sRGB curve, and Oklab."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
"""Matrix from linear sRGB to the cones' answers."""

OPPONENTS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
"""Matrix from the cube roots of the cones' answers to Oklab."""


def to_light(encoded: NDArray[Any]) -> NDArray[Any]:
    """Return the linear light of sRGB values in [0, 1] (IEC 61966-2-1)."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def from_light(light: NDArray[Any]) -> NDArray[Any]:
    """Return the sRGB values in [0, 1] of linear light, clipped to [0, 1] first."""
    clipped = np.clip(light, 0, 1)
    encoded: NDArray[Any] = np.where(
        clipped <= 0.0031308, clipped * 12.92, 1.055 * clipped ** (1 / 2.4) - 0.055
    )
    return encoded


@functools.cache
def light_table(top: int) -> NDArray[np.float32]:
    """Return the linear light of every integer from 0 to `top`, which stands for 1."""
    return to_light(np.arange(top + 1) / top).astype(np.float32)


def to_oklab(encoded: NDArray[Any]) -> NDArray[Any]:
    """Return N×3 sRGB values in [0, 1] as Oklab lightness, a and b (B. Ottosson, 2020)."""
    lab: NDArray[Any] = np.cbrt(to_light(encoded) @ TO_CONES.T) @ OPPONENTS.T
    return lab


def from_oklab(lab: NDArray[Any]) -> NDArray[Any]:
    """Return N×3 Oklab values as sRGB in [0, 1], clipped where sRGB does not reach."""
    lms = (lab @ np.linalg.inv(OPPONENTS).T) ** 3
    return from_light(lms @ np.linalg.inv(TO_CONES).T)
