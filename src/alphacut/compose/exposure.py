"""Exposure of a product shot: factors of linear light, and a shoulder that keeps the highlights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ..refine.bands import each_strip
from ..types import Alpha, Pixels, check_alpha, check_pixels, depth_of
from .light import from_light, to_light
from .linear import NEUTRAL, Gains, luminance, sampled, to_linear

SIDE = 384  # pixels a side that the brightness is read from
CLIPPED = 0.98  # linear light above which a channel may have been cut off
STOPS = (-1.0, 1.5)  # how far exposure is moved
KNEE = 0.8  # linear light from which on highlights are rolled off
PERCENTILE = 95.0


@dataclass(frozen=True, slots=True)
class Exposure:
    """The factor of linear light that brings the subject to its target, and a sentence for the report."""

    gain: float
    note: str


def expose(foreground: Pixels, alpha: Alpha, target: float, gains: Gains = NEUTRAL) -> Exposure:
    """Find the exposure that brings the luminance that the lightest 5 % of the subject pass to a target.

    Parameters
    ----------
    foreground : ndarray
        uint8 or uint16, H×W×3, taken as sRGB.
    alpha : Alpha
        float32, H×W.
    target : float
        In (0, 1): the luminance to be reached, as an encoded grey of that share of white.
    gains : (float, float, float)
        White balance that is applied with it.

    Returns
    -------
    Exposure
        Between a half and 2.8 times; what lies beyond is said in its note.

    Raises
    ------
    ValueError
        A shape, type or range is not the above.
    """
    level = brightness(foreground, alpha, gains)
    if not 0 < target < 1:
        raise ValueError(f"target: expected a number between 0 and 1, got {target!r}")
    if level is None:
        return Exposure(1.0, "exposure: no pixel of the subject is opaque, left as it is")
    if level == 0:
        return Exposure(1.0, "exposure: the subject is black, left as it is")
    # The shoulder will bend what is asked for above the knee: ask for what it bends to the target.
    wanted, have = float(to_light(np.array(target))), float(to_light(np.array(level)))
    low, high = (2**stops for stops in STOPS)
    gain = min(max(_unbent(wanted, have, max(gains)), low), high)
    reached = bend(gain * have, gain * max(gains))
    short = "" if abs(reached - wanted) < 0.01 else f", which is short of {target:.2f} by choice"
    got = float(from_light(np.array(reached)))
    return Exposure(
        gain, f"exposure {math.log2(gain):+.1f} stops: highlights from {level:.2f} to {got:.2f}{short}"
    )


def brightness(foreground: Pixels, alpha: Alpha, gains: Gains = NEUTRAL) -> float | None:
    """Return the encoded luminance, in [0, 1], that 5 % of a subject's opaque pixels pass; None without any."""
    check_alpha(alpha, check_pixels(foreground, name="foreground").shape[:2])
    listed, weight = sampled(foreground, alpha, SIDE)
    opaque = weight > 0.95
    if not opaque.any():
        return None
    light = luminance(to_linear(listed[opaque])[:, 0] * np.array(gains, np.float32))
    return float(from_light(np.percentile(light.astype(np.float64), PERCENTILE).clip(0, 1)))


def develop(foreground: Pixels, gains: Gains, exposure: float = 1.0) -> Pixels:
    """Multiply linear light, and roll highlights off so that nothing is cut off.

    Parameters
    ----------
    foreground : ndarray
        uint8 or uint16, H×W×3, taken as sRGB.
    gains : (float, float, float)
        Positive, of linear red, green and blue.
    exposure : float
        Positive, of all three.

    Returns
    -------
    ndarray
        Shape and type as `foreground`; the array given, if every factor is 1. All channels share one curve,
        so a grey stays grey; the topmost 2 % of each go on to where white goes, since clipped light has no colour.

    Raises
    ------
    ValueError
        A factor is not positive, or a shape or type is not the above.
    """
    check_pixels(foreground, name="foreground")
    factors = np.array(gains, np.float64) * exposure
    if not (factors > 0).all() or not np.isfinite(factors).all():
        raise ValueError(f"gains, exposure: expected positive numbers, got {gains!r} and {exposure!r}")
    if (factors == 1).all():
        return foreground
    tables = [_table(float(factor), float(factors.max()), depth_of(foreground)) for factor in factors]
    result = np.empty_like(foreground)

    def work(rows: slice) -> None:
        for channel, table in enumerate(tables):
            result[rows, :, channel] = table[foreground[rows, :, channel]]

    each_strip(len(foreground), work)
    return result


def bend(light: float, most: float) -> float:
    """Return linear light after the shoulder that brings `most` to 1: see :func:`_bend`."""
    return float(_bend(np.array(light, np.float64), most))


def _bend(light: NDArray[np.float64], most: float) -> NDArray[np.float64]:
    """Leave light below the knee, and compress from there to `most` into from there to 1.

    With ``t`` the share of the way from the knee to `most`, and ``s`` the slope that makes the join smooth,
    ``s·t / (1 + (s - 1)·t)`` of the way from the knee to 1.
    """
    if most <= 1:
        return light
    slope = (most - KNEE) / (1 - KNEE)
    share = np.clip((light - KNEE) / (most - KNEE), 0, 1)
    bent: NDArray[np.float64] = KNEE + (1 - KNEE) * slope * share / (1 + (slope - 1) * share)
    return np.where(light > KNEE, bent, light)


def _unbent(wanted: float, have: float, most: float) -> float:
    """Return the gain with which ``bend(gain·have, gain·most)`` is `wanted`, by bisection."""
    low, high = 1e-3, 1e3
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if bend(middle * have, middle * most) < wanted else (low, middle)
    return low


def _table(factor: float, most: float, limit: int) -> Pixels:
    light = to_light(np.arange(limit + 1) / limit)
    bent = _bend(light * factor, most)
    top = np.clip((light - CLIPPED) / (1 - CLIPPED), 0, 1)
    bent += top * (_bend(np.array(most), most) - _bend(np.array(factor), most))
    kind = np.uint8 if limit == 255 else np.uint16
    return cast(Pixels, np.rint(from_light(np.clip(bent, 0, 1)) * limit).astype(kind))
