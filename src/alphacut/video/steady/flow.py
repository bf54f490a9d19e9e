"""How the picture moves between two frames, how far that is to be trusted, and pictures moved by it.

Flow is measured on grey copies whose longer side is `SIDE`: a field of that size, in its own pixels, from each
place in one frame to the same thing in another. It is enlarged where a picture is moved.

References
----------
.. [1] T. Kroeger, R. Timofte, D. Dai, L. Van Gool, "Fast Optical Flow using Dense Inverse Search", ECCV 2016.
.. [2] N. Sundaram, T. Brox, K. Keutzer, "Dense Point Trajectories by GPU-accelerated Large Displacement Optical
   Flow", ECCV 2010, eq. 5: forward and backward flow must cancel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...refine.guided_filter import Box, sample
from ...types import Pixels, depth_of

Plane = NDArray[np.float32]
Grey = NDArray[np.uint8]

SIDE = 432
"""Longer side, in pixels, at which flow is measured."""
LEAST = 16
"""Shorter side, in pixels, that DIS can measure; what is smaller goes on as its border meanwhile."""
FINEST, STRIDE, STEPS = 1, 3, 12
"""Of DIS: the finest level, as a power of two; pixels between two patches; steps of descent for each of them.

True mattes of DAVIS carried over four frames came as near to the truth as with the preset *medium* at 512 pixels,
in 0.4 of its time; the preset *fast*, whose finest level is 2, lost a tenth of a fast and thin subject."""
SLACK, SHARE = 0.5, 0.05
"""Pixels, and share of the way, that forward and backward flow may miss each other by."""
NOISE, STEEP = 12.0, 0.5
"""Grey levels that the same place may differ by, and pixels of a displacement that a slope may explain."""


@dataclass(frozen=True, slots=True)
class Path:
    """The way from each place of one frame to the same thing in another.

    Attributes
    ----------
    field : ndarray
        float32, h×w×2: how far to the right and down, in pixels of this grid.
    trust : ndarray
        float32, h×w, in [0, 1]: how sure the way is; 0 where the thing is hidden or outside.
    """

    field: Plane
    trust: Plane


def grey(pixels: Pixels) -> Grey:
    """Return a frame's luma, uint8, its longer side at most `SIDE` pixels, by averages over areas."""
    scale = min(1.0, SIDE / max(pixels.shape[:2]))
    height, width = (max(1, round(n * scale)) for n in pixels.shape[:2])
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    luma: NDArray[Any] = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    return luma if luma.dtype == np.uint8 else np.rint(luma / (depth_of(luma) / 255)).astype(np.uint8)


def measure(first: Grey, second: Grey) -> tuple[Path, Path]:
    """Measure the paths between two frames.

    Parameters
    ----------
    first, second : ndarray
        uint8, h×w: what :func:`grey` gave.

    Returns
    -------
    Path, Path
        From the first frame to the second, and back.
    """
    there, back = (dense(*pair) for pair in ((first, second), (second, first)))
    return (
        Path(there, _closes(there, back) * alike(first, second, there)),
        Path(back, _closes(back, there) * alike(second, first, back)),
    )


def still(shape: tuple[int, ...]) -> Path:
    """Return the path from a frame to itself."""
    return Path(np.zeros((*shape[:2], 2), np.float32), np.ones(shape[:2], np.float32))


def onward(path: Path, rest: Path) -> Path:
    """Join two paths: from a frame to a second, and from there to a third."""
    field = path.field + warp(rest.field, path.field)
    return Path(field, np.minimum(path.trust, warp(rest.trust, path.field, outside=0)))


def checked(path: Path, here: Grey, other: Grey) -> Path:
    """Return a path of many steps, trusted only where both its ends look alike: small misses add up on the way."""
    return Path(path.field, path.trust * alike(here, other, path.field))


def warp(
    image: NDArray[Any], field: Plane, outside: float | None = None, box: Box | None = None
) -> NDArray[Any]:
    """Return what each place of a frame looks like in another, where a field leads.

    Parameters
    ----------
    image : ndarray
        H×W or H×W×C of the other frame, of any size with the field's aspect.
    field : ndarray
        float32, h×w×2, in pixels of its own grid.
    outside : float, optional
        What lies outside of the other frame; left out, its border goes on.
    box : (slice, slice), optional
        Rows and columns of the part of the image that is wanted.

    Returns
    -------
    ndarray
        Of the image's shape, or the box's, and the image's type, interpolated linearly.
    """
    height, width = image.shape[:2]
    rows, columns = box or (slice(0, height), slice(0, width))
    if (height, width) != field.shape[:2]:
        scale = np.array([width / field.shape[1], height / field.shape[0]], np.float32)
        # The whole by what is exact, a part by what need not make the rest.
        fine = (
            cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
            if box is None
            else sample(field, box, (height, width))
        )
        field = fine * scale
    else:
        field = field[rows, columns]
    x = field[..., 0] + np.arange(columns.start, columns.stop, dtype=np.float32)
    y = field[..., 1] + np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
    border = cv2.BORDER_REPLICATE if outside is None else cv2.BORDER_CONSTANT
    moved: NDArray[Any] = cv2.remap(
        image, x, y, cv2.INTER_LINEAR, borderMode=border, borderValue=outside or 0
    )
    return moved


def alike(here: Grey, other: Grey, field: Plane) -> Plane:
    """Return how far two frames look the same along a field, in [0, 1]; a slope may be missed by half a pixel."""
    difference = cv2.blur(cv2.absdiff(here, warp(other, field)).astype(np.float32), (3, 3))
    slope = cv2.morphologyEx(here, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    allowed = cv2.blur(slope, (3, 3)) * np.float32(STEEP / 2) + np.float32(NOISE)
    return np.asarray(np.exp(-np.square(difference / allowed)), np.float32)


def _closes(there: Plane, back: Plane) -> Plane:
    """Return how far a field and the one back cancel, in [0, 1]; 0 where it leads outside."""
    missed = there + warp(back, there)
    miss = cv2.magnitude(missed[..., 0], missed[..., 1])
    allowed = SLACK + SHARE * cv2.magnitude(there[..., 0], there[..., 1])
    inside = warp(np.ones(there.shape[:2], np.float32), there, outside=0)
    return np.asarray(np.exp(-np.square(miss / allowed)) * inside, np.float32)


def dense(first: Grey, second: Grey) -> Plane:
    """Return where each place of a frame is in another: float32, h×w×2, to the right and down, in pixels.

    Parameters
    ----------
    first, second : ndarray
        uint8, h×w, the frames' luma.

    References
    ----------
    T. Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016; without its variational refinement.
    """
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    search.setFinestScale(FINEST)
    search.setPatchStride(STRIDE)
    search.setGradientDescentIterations(STEPS)
    search.setVariationalRefinementIterations(0)
    height, width = first.shape
    more = (0, max(0, LEAST - height), 0, max(0, LEAST - width))
    if any(more):
        first, second = (cv2.copyMakeBorder(one, *more, cv2.BORDER_REPLICATE) for one in (first, second))
    field: Plane = search.calc(first, second, None)
    return field[:height, :width]
