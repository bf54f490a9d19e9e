"""The matting solve: closed-form matting without a matrix, on a pyramid.

In every window the alpha is taken as a linear function of the colour, ``alpha_i = a·I_i + b`` (Levin et al. [1]_).
Eliminating a and b leaves a quadratic form with the matting Laplacian L; here ::

    p.T L p + sum(weight * (p - alpha)**2)

is minimised over the unknown pixels, the others being fixed. L is never built: a product L·p is a few box filters,
as for large-kernel matting (He et al. [2]_). Conjugate gradients run on a pyramid, each level starting from the
coarser answer, for a fixed number of steps: time and memory depend on the size alone, and a solve that has
not converged is still a smooth step from the network's alpha towards the minimum.

References
----------
.. [1] A. Levin, D. Lischinski, Y. Weiss, "A Closed-Form Solution to Natural Image Matting", TPAMI 2008, eq. 12.
.. [2] K. He, J. Sun, X. Tang, "Fast Matting Using Large Kernel Matting Laplacian Matrices", CVPR 2010, eq. 10-12.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Alpha

Plane = NDArray[np.floating[Any]]

EPSILON = 1e-4
"""Variance added to a window's colours, which lie in [0, 1]: below it, a difference of colour is noise."""
COARSEST = 96
"""The pyramid ends where the longer side is at most this many pixels."""


class Laplacian:
    """The matting Laplacian of one image as an operator on planes.

    Parameters
    ----------
    image : ndarray
        float32, H×W×3, in [0, 1].
    radius : int
        Of the square windows, in pixels; windows are cut by the image's border.
    epsilon : float
        Added, divided by the window's number of pixels, to the variances of its colours.
    """

    def __init__(self, image: Plane, radius: int = 1, epsilon: float = EPSILON) -> None:
        self._size = (2 * radius + 1, 2 * radius + 1)
        self._count = self._sum(np.ones(image.shape[:2], np.float32))
        self._share: Plane = 1 / self._count
        # Centred colours lose fewer digits in the differences below.
        self._centre = image.mean((0, 1))
        self._colours = cv2.split(image - self._centre)
        self._means = self._averages(self._colours)
        self._inverse = self._inverses(epsilon)

    def __matmul__(self, p: Plane) -> Plane:
        """Return L·p: how far each pixel lies above what the windows around it predict, summed over them."""
        above: Plane = self._count * p - self._predictions(p)
        return above

    def mean_line(self, p: Plane) -> Plane:
        """Return H×W×4: the means of a (red, green, blue) and b over the windows around each pixel."""
        slopes, levels = self._fits(p)
        means = self._averages([*slopes, levels])
        means[3] = means[3] - sum(a * m for a, m in zip(means, self._centre, strict=False))
        line: Plane = cv2.merge(means)
        return line

    def diagonal(self) -> Plane:
        """Return L's diagonal: over the windows, the sum of ``1 - (1 + (I - mean)·inverse·(I - mean)) / count``."""
        x, y, z = self._colours
        lean = self._steer(*self._means)
        tilt = [self._sum(self._share * plane) for plane in lean]
        level = self._share * (1 + sum(a * m for a, m in zip(lean, self._means, strict=True)))
        xx, xy, xz, yy, yz, zz = (self._sum(self._share * plane) for plane in self._inverse)
        own = x * (xx * x + 2 * xy * y + 2 * xz * z) + y * (yy * y + 2 * yz * z) + zz * z * z
        rest: Plane = self._count - self._sum(level) - own + 2 * (tilt[0] * x + tilt[1] * y + tilt[2] * z)
        return rest

    def _sum(self, plane: Plane) -> Plane:
        border = cv2.BORDER_CONSTANT
        return cast(Plane, cv2.boxFilter(plane, -1, self._size, normalize=False, borderType=border))

    def _averages(self, planes: Sequence[Plane]) -> list[Plane]:
        return [self._sum(plane) * self._share for plane in planes]

    def _steer(self, x: Plane, y: Plane, z: Plane) -> tuple[Plane, Plane, Plane]:
        """Return each window's inverse covariance times (x, y, z)."""
        xx, xy, xz, yy, yz, zz = self._inverse
        return xx * x + xy * y + xz * z, xy * x + yy * y + yz * z, xz * x + yz * y + zz * z

    def _predictions(self, p: Plane) -> Plane:
        """Return, for each pixel, the sum of a·I + b over its windows."""
        slopes, levels = self._fits(p)
        total = self._sum(levels)
        for slope, colour in zip(slopes, self._colours, strict=True):
            total += self._sum(slope) * colour
        return total

    def _fits(self, p: Plane) -> tuple[tuple[Plane, Plane, Plane], Plane]:
        """Return each window's a and b, which fit p in the least squares."""
        mean = self._sum(p) * self._share
        pairs = zip(self._averages([p * c for c in self._colours]), self._means, strict=True)
        slopes = self._steer(*(both - mean * m for both, m in pairs))
        level: Plane = mean - sum(a * m for a, m in zip(slopes, self._means, strict=True))
        return slopes, level

    def _inverses(self, epsilon: float) -> tuple[Plane, ...]:
        """Return the upper triangle of each window's inverse covariance: xx, xy, xz, yy, yz, zz."""
        # A grey window's determinant is a small difference of large products, which 32 bits do not hold.
        colours = [c.astype(np.float64) for c in self._colours]
        means = self._averages(colours)
        upper = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
        products = self._averages([colours[i] * colours[j] for i, j in upper])
        xx, xy, xz, yy, yz, zz = (
            both - means[i] * means[j] for both, (i, j) in zip(products, upper, strict=True)
        )
        ridge = epsilon * self._share
        xx, yy, zz = xx + ridge, yy + ridge, zz + ridge
        cofactors = (
            yy * zz - yz * yz,
            xz * yz - xy * zz,
            xy * yz - xz * yy,
            xx * zz - xz * xz,
            xy * xz - xx * yz,
            xx * yy - xy * xy,
        )
        scale = 1 / (xx * cofactors[0] + xy * cofactors[1] + xz * cofactors[2])
        return tuple((cofactor * scale).astype(np.float32) for cofactor in cofactors)


def solve(
    image: Plane,
    alpha: Alpha,
    weight: Plane,
    unknown: NDArray[np.bool_],
    start: Alpha | None = None,
    steps: int = 16,
) -> Alpha:
    """Minimise the energy over the unknown pixels.

    Parameters
    ----------
    image : ndarray
        float32, H×W×3, in [0, 1].
    alpha : Alpha
        float32, H×W: what certain pixels keep and unknown ones are drawn to.
    weight : ndarray
        float32, H×W, positive: how strongly.
    unknown : ndarray
        bool, H×W.
    start : Alpha, optional
        Where to begin; without it, the answer at half the size, and so on down to `COARSEST` pixels.
    steps : int
        Most conjugate gradients a level.

    Returns
    -------
    Alpha
        float32, H×W, in [0, 1].
    """
    if not unknown.any():
        return alpha
    if start is None and max(alpha.shape) > COARSEST:
        size = tuple(-(-side // 2) for side in reversed(alpha.shape))
        planes = (image, alpha, weight, unknown.astype(np.float32))
        halves = [cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in planes]
        coarse = solve(halves[0], halves[1], halves[2], halves[3] > 0, None, steps)
        start = cv2.resize(coarse, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
    begin = alpha if start is None else np.where(unknown, start, alpha)
    answer = conjugate_gradients(Laplacian(image), weight, alpha, begin, unknown, steps)
    return np.clip(answer, 0, 1, out=answer)


def conjugate_gradients(
    operator: Laplacian, weight: Plane, aim: Alpha, start: Alpha, unknown: NDArray[np.bool_], steps: int
) -> Alpha:
    """Return `start` moved by at most `steps` preconditioned conjugate gradients, in the unknown pixels only.

    Not clipped. What `weight`, `aim` and `unknown` are: see :func:`solve`, whose last level this is.
    """
    free = unknown.astype(np.float32)
    # Rounding can leave a flat window's diagonal at nothing.
    scale = free / (np.maximum(operator.diagonal(), 0.05) + weight)
    answer = start.copy()
    rest = free * (weight * (aim - answer) - operator @ answer)
    turn = scale * rest
    size = first = float(np.vdot(rest, turn))
    for _ in range(steps):
        if size <= max(1e-6 * first, 1e-12):
            break
        push = free * (operator @ turn + weight * turn)
        step = size / float(np.vdot(turn, push))
        answer += np.float32(step) * turn
        rest -= np.float32(step) * push
        turned = scale * rest
        size, before = float(np.vdot(rest, turned)), size
        turn = turned + np.float32(size / before) * turn
    return answer
