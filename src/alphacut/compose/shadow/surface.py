"""Fit a smooth surface to what is behind a subject, as it would look without the shadow.

The surface is a cubic polynomial of the place in the logarithm of linear light, one a channel. It is fitted by
iteratively reweighted least squares with Tukey's biweight (Beaton and Tukey 1974), narrower for pixels that
are darker than the surface: a shadow only darkens. What is left of a gradient that no cubic describes
is then added by normalised convolution (Knutsson and Westin 1993) of the residuals of clean pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

DARKEST = 0.004  # linear light added to every value: below it a ratio is noise
SAMPLES = 8000
ROUNDS = 25
BRIGHT, DARK = (
    4.685,
    2.5,
)  # reach of the biweight, in standard deviations; Tukey's own, and that towards shadow
LEAST_NOISE = 0.006  # of log light: 8 bits at a bright grey
BROAD = 0.08  # standard deviation of the normalised convolution, a share of the longest side
RARE = 1e-3  # fewer clean pixels than this, weighted, say nothing about a place


@dataclass(frozen=True, slots=True)
class Surface:
    """A surface and how well it describes the pixels.

    Attributes
    ----------
    residual : ndarray
        float32, H×W×3: logarithm of photo over surface.
    noise : float
        Standard deviation of the log luminance of clean pixels.
    roughness : float
        That of its part with more than a few pixels' extent, which no noise of a camera has.
    explained : float
        Share of the known pixels that are at most darkened.
    """

    residual: Floats
    noise: float
    roughness: float
    explained: float


def fit_surface(light: Floats, known: Mask, trust: Floats) -> Surface | None:
    """Fit the surface to the known pixels.

    Parameters
    ----------
    light : ndarray
        Linear light, float32, H×W×3, in [0, 1].
    known : ndarray
        bool, H×W: pixels without any of the subject.
    trust : ndarray
        float32, H×W, in [0, 1]: how likely a pixel is to be free of shadow, before it is looked at.

    Returns
    -------
    Surface or None
        None where too few pixels are known.
    """
    logs = np.log(light + np.float32(DARKEST))
    rows, columns = np.nonzero(known)
    if len(rows) < 200:
        return None
    step = max(1, len(rows) // SAMPLES)
    # A stride through a shuffled order: a regular one could follow a texture.
    pick = np.random.default_rng(0).permutation(len(rows))[::step]
    sample = rows[pick], columns[pick]
    factors = _reweighted(_basis(*_places(sample, known.shape)), logs[sample], trust[sample])
    residual = logs - _evaluate(factors, known.shape)
    noise = _spread(_mean(residual), known & (trust > 0.5))
    residual -= _rest(residual, known, noise)
    return _judged(residual, known, trust)


def _judged(residual: Floats, known: Mask, trust: Floats) -> Surface:
    shade = _mean(residual)
    far = known & (trust > 0.5)
    noise = _spread(shade, far)
    smooth = cv2.GaussianBlur(shade * known, (0, 0), 3) / np.maximum(
        cv2.GaussianBlur(known.astype(np.float32), (0, 0), 3), 0.05
    )
    brighter = smooth[known] > 0.03 + 2 * noise
    return Surface(residual, noise, _spread(smooth, far), 1 - float(brighter.mean()))


def _reweighted(basis: Floats, values: Floats, trust: Floats) -> NDArray[np.float64]:
    weights = trust.astype(np.float64) + 0.02
    factors: NDArray[np.float64] = np.zeros((basis.shape[1], 3))
    for _ in range(ROUNDS):
        weighted = basis * weights[:, None]
        normal = weighted.T @ basis
        normal[np.diag_indices_from(normal)] += 1e-6 * np.trace(normal)
        factors = np.linalg.solve(normal, weighted.T @ values).astype(np.float64)
        error = (values - basis @ factors).mean(axis=1)
        bright = error[error > 0]
        spread = max(1.4826 * float(np.median(bright)) if len(bright) else 0.0, LEAST_NOISE)
        scaled = error / (spread * np.where(error > 0, BRIGHT, DARK))
        weights = (trust + 0.02) * np.maximum(1 - scaled * scaled, 0) ** 2 + 1e-9
    return factors


def _places(at: tuple[NDArray[np.int64], ...], shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    half = max(shape) / 2
    y = (at[0].astype(np.float32) - shape[0] / 2) / half
    x = (at[1].astype(np.float32) - shape[1] / 2) / half
    return y.astype(np.float32), x.astype(np.float32)


def _basis(y: Floats, x: Floats) -> Floats:
    powers = [x**i * y**j for i in range(4) for j in range(4 - i)]
    return np.stack(powers, axis=-1)


def _evaluate(factors: NDArray[np.float64], shape: tuple[int, ...]) -> Floats:
    # The polynomial is smooth: a sixteenth of the pixels, then interpolated, is the same to 1e-4.
    height, width = (-(-side // 4) for side in shape[:2])
    rows, columns = np.mgrid[:height, :width] * 4 + 1.5
    coarse = _basis(*_places((rows, columns), shape)) @ factors.astype(np.float32)
    surface: Floats = cv2.resize(coarse, (width * 4, height * 4))[: shape[0], : shape[1]]
    return surface


def _rest(residual: Floats, known: Mask, noise: float) -> Floats:
    """Return what is left of broad gradients, from pixels that are neither subject nor shadow."""
    clean = (known & (np.abs(_mean(residual)) < 2.5 * max(noise, LEAST_NOISE))).astype(np.float32)
    size = -(-residual.shape[1] // 8), -(-residual.shape[0] // 8)
    both = cv2.merge([*cv2.split(residual * clean[..., None]), clean])
    small = cv2.resize(both, size, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), BROAD * max(size))
    mean = blurred[..., :3] / (blurred[..., 3:] + RARE)
    rest: Floats = cv2.resize(mean, (residual.shape[1], residual.shape[0]))
    return rest


def _mean(residual: Floats) -> Floats:
    shade: Floats = residual.mean(axis=2)
    return shade


def _spread(values: Floats, where: Mask) -> float:
    """Return the standard deviation of the values above the surface: below it there may be shadow."""
    bright = values[where & (values > 0)]
    return 1.4826 * float(np.median(bright)) if len(bright) else 0.0
