"""Bring a subject's colour and light nearer to those of the background it is put on.

References
----------
.. [1] E. Reinhard, M. Ashikhmin, B. Gooch, P. Shirley, "Color Transfer between Images", IEEE CG&A 2001, in Oklab
   in place of lαβ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..refine.bands import each_strip
from ..types import Alpha, Pixels, check_alpha, check_pixels
from .light import OPPONENTS
from .linear import from_cones, sampled, to_cones, to_linear, to_oklab, to_pixels

SAMPLES = 256  # pixels a side that the statistics are taken from
BAND = 65536  # pixels converted at a time: their float planes stay in a core's cache
LIGHTNESS_SHIFT = 0.08  # of Oklab's L, 1 from black to white
CHROMA_SHIFT = 0.03  # in Oklab's a and b together: a difference that is seen, and leaves skin skin
CONTRAST = 1.12  # largest factor of the spread of L, and its inverse the smallest
COLOURFULNESS = 1.15  # the same, of the spread of a and b
COLOURFUL = 0.08  # chroma from which on a subject's pixel says little of the light
FLAT = 0.05  # standard deviation below which a background says less and less about contrast


Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Transfer:
    """What is done to each of Oklab's L, a, b: ``x + w·((gain - 1)·(x - mean) + shift)``.

    ``w = 4·L·(1 - L)`` keeps black black and white white, so that nothing is clipped.
    """

    mean: tuple[float, float, float]
    shift: tuple[float, float, float]
    gain: tuple[float, float, float]


def harmonise(foreground: Pixels, alpha: Alpha, backdrop: Pixels, strength: float) -> Pixels:
    """Move a subject's colours towards the mean and the spread of a background's, within safe limits.

    Parameters
    ----------
    foreground : ndarray
        Straight colours: uint8 or uint16, H×W×3, taken as sRGB.
    alpha : Alpha
        float32, H×W: how much each pixel counts in the statistics.
    backdrop : ndarray
        The new background: uint8 or uint16, of any size, in the same colour space.
    strength : float
        In [0, 1]; 0 changes nothing, 1 goes all the way to the limits.

    Returns
    -------
    ndarray
        Shape and type as `foreground`. The array given, where `strength` is 0 or no pixel has an alpha.

    Raises
    ------
    ValueError
        A shape, type or range is not the above.
    """
    check_alpha(alpha, check_pixels(foreground, name="foreground").shape[:2])
    check_pixels(backdrop, name="backdrop")
    if not 0 <= strength <= 1:
        raise ValueError(f"strength: expected a number between 0 and 1, got {strength!r}")
    if strength == 0 or not alpha.any():
        return foreground
    plan = plan_transfer(foreground, alpha, backdrop, strength)
    rows, columns = _extent(alpha.max(1)), _extent(alpha.max(0))
    source, result = foreground[rows, columns], foreground.copy()
    target = result[rows, columns]
    step = max(1, BAND // source.shape[1])

    def work(strip: slice) -> None:
        for top in range(strip.start, strip.stop, step):
            band = slice(top, min(top + step, strip.stop))
            target[band] = _transfer(source[band], plan)

    each_strip(len(source), work)
    return result


def plan_transfer(foreground: Pixels, alpha: Alpha, backdrop: Pixels, strength: float) -> Transfer:
    """Return the bounded move from a subject's statistics, weighted by alpha, to a background's."""
    mean, spread, cast_ = _statistics(foreground, alpha)
    goal, wide, _ = _statistics(backdrop, None)
    shift = goal - np.array([mean[0], *cast_])
    shift[0] = _soft(shift[0], LIGHTNESS_SHIFT)
    length = float(np.hypot(shift[1], shift[2]))
    shift[1:] *= _soft(length, CHROMA_SHIFT) / length if length else 0
    # a and b share one gain: two would turn hues.
    inner, outer = float(np.hypot(*spread[1:])), float(np.hypot(*wide[1:]))
    tone = _gain(float(spread[0]), float(wide[0]), CONTRAST)
    colour = _gain(inner, outer, COLOURFULNESS)
    gain = 1 + strength * (np.array([tone, colour, colour]) - 1)
    return Transfer(_triple(mean), _triple(strength * shift), _triple(gain))


def _statistics(pixels: Pixels, alpha: Alpha | None) -> tuple[Vector, Vector, Vector]:
    """Return the mean and the standard deviation of L, a and b, and the cast of light in a and b.

    The cast is the mean of a and b in which colourful pixels count as grey: an orange coat is no orange light.
    """
    listed, weight = sampled(pixels, alpha, SAMPLES)
    if not len(listed):  # a subject so small that every sample missed it
        listed, weight = sampled(pixels, alpha, max(pixels.shape))
    lab = to_oklab(to_linear(listed))[:, 0].astype(np.float64)
    mean = np.average(lab, axis=0, weights=weight)
    spread = np.sqrt(np.average((lab - mean) ** 2, axis=0, weights=weight))
    grey = np.exp(-(lab[:, 1:] ** 2).sum(1) / COLOURFUL**2)
    return mean, spread, np.average(lab[:, 1:] * grey[:, None], axis=0, weights=weight)


def _soft(value: float, limit: float) -> float:
    """Return a value that small ones keep and that never passes a limit."""
    return limit * math.tanh(value / limit)


def _gain(spread: float, goal: float, limit: float) -> float:
    """Return the factor from one spread to another, bounded; near 1 where the goal is nearly flat."""
    ratio = min(max(goal / spread, 1 / limit), limit) if spread > 1e-4 else 1.0
    return 1 + (ratio - 1) * min(goal / FLAT, 1)


def _triple(values: Vector) -> tuple[float, float, float]:
    first, second, third = (float(value) for value in values)
    return first, second, third


def _extent(most: NDArray[np.float32]) -> slice:
    found = np.flatnonzero(most)
    return slice(int(found[0]), int(found[-1]) + 1)


def _transfer(pixels: Pixels, plan: Transfer) -> Pixels:
    """Apply a plan to pixels.

    Oklab is a matrix ``M`` of the cones' cube roots ``c``; so the move is made there, as
    ``c + w·M⁻¹·(D·(M·c - mean) + shift)``, and saves two turns of every pixel.
    """
    back = np.linalg.inv(OPPONENTS)
    scale = np.diag(np.array(plan.gain) - 1)
    offset = back @ (np.array(plan.shift) - scale @ np.array(plan.mean))
    cones = to_cones(to_linear(pixels))
    move = cv2.transform(cones, np.column_stack([back @ scale @ OPPONENTS, offset]))
    # 2L - 1 three times over: broadcasting one plane over three costs numpy more than all the rest.
    weight = cv2.transform(cones, np.tile([*(2 * OPPONENTS[0]), -1.0], (3, 1)))
    weight *= weight
    np.subtract(1, weight, out=weight)
    np.maximum(weight, 0, out=weight)
    move *= weight
    cones += move
    return to_pixels(from_cones(cones), pixels.dtype)
