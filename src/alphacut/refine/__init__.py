"""A finer alpha: doubt inside the subject settled, edges drawn anew from the photo's own colours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Alpha, Photo, Pixels, check_alpha, depth_of
from .bands import Tile, each_edge
from .closed_form import Laplacian, Plane, conjugate_gradients
from .guided_filter import Box, draw, sample
from .trimap import band, distance

WAYS = ("auto", "hard", "soft")
SMALLEST = 720
"""Longer side, in pixels, from which a photo's own colours know an edge better than the network, which enlarges it."""
WORK = 512
"""Longer side, in pixels, at which the matting equation is solved."""
STEPS = 8
LOOSE, FIRM = 0.02, 0.2
"""Weight of the given alpha against the matting Laplacian: on its outline, and added where the band ends."""
SPREAD = 0.01
"""Standard deviation of the surroundings in which an edge's softness is judged, as a share of the longer side."""
MARGIN = 4
"""How far around the band is looked, in those standard deviations: farther OpenCV's windows do not reach."""
SOFT = (0.3, 0.5)
"""Mean of 4·alpha·(1 - alpha) over the band: below it an edge is crisp, above it is hair, fur, blur."""
CRISP = 2.0
"""How much steeper a crisp edge is drawn than the solve, which leaves a haze, has it."""
VISIBLE = 1 / 255


@dataclass(frozen=True, slots=True)
class Drawing:
    """How edges are drawn anew, on a grid that covers the photo.

    Attributes
    ----------
    line : ndarray
        float32, h×w×4: the alpha as a linear function of colour.
    blend : ndarray
        float32, h×w×2: how far that is taken, and how much steeper it is made.
    """

    line: Plane
    blend: Plane


def refine(photo: Photo, alpha: Alpha, edges: str) -> tuple[Alpha, tuple[str, ...]]:
    """Refine an alpha at the photo's own size.

    Parameters
    ----------
    photo : Photo
    alpha : Alpha
        float32, the photo's height and width, in [0, 1]: what networks answered.
    edges : str
        "auto" settles doubt inside the subject and draws edges by the photo's colours, crisp where they are crisp;
        "hard" settles doubt and leaves the edges as they are; "soft" draws edges as soft as the colours allow and
        keeps every translucent area.

    Returns
    -------
    Alpha
        float32, the same shape, in [0, 1]; `alpha` itself where nothing was to be done.
    tuple of str
        What was done, and where.

    Raises
    ------
    ValueError
        The alpha is not as above, or `edges` is another word.
    """
    if edges not in WAYS:
        raise ValueError(f"edges: expected auto, hard or soft, got {edges!r}")
    check_alpha(alpha, photo.shape)
    small = shrink(alpha, WORK)
    far = distance(small)
    if far is None:
        return alpha, ("edges: left as they are, there is no outline",)
    if edges != "soft":
        small = _settle(small, far)
    large = max(alpha.shape) >= SMALLEST
    drawing = _draw(photo.pixels, small, band(small, far), edges) if large and edges != "hard" else None
    result = alpha.copy()
    counts = []

    def work(tile: Tile) -> None:
        own = alpha[tile.core]
        if edges != "soft":
            own = _settle(own, sample(far, tile.core, alpha.shape))
        if drawing is not None:
            own = _redraw(photo.pixels[tile.core], own, drawing, tile.core, alpha.shape)
        counts.append(int(np.count_nonzero(np.abs(own - alpha[tile.core]) > VISIBLE)))
        result[tile.core] = own

    each_edge(alpha, 0, work)
    changed = sum(counts)
    return result if changed else alpha, (_note(edges, large, changed / alpha.size),)


def _draw(pixels: Pixels, small: Alpha, far: Plane, edges: str) -> Drawing:
    """Solve for the alpha in the unknown band at the size of `small`; `far` is the distance from the edge."""
    sigma = SPREAD * max(small.shape)
    # Beyond, nothing is solved, and what is there is too far away to count.
    box = _around(far < 1, math.ceil(MARGIN * sigma))
    given, far = small[box], far[box]
    colours = shrink(pixels, WORK)[box].astype(np.float32) / np.float32(depth_of(pixels))
    operator, weight = Laplacian(colours), LOOSE + FIRM * far**2
    solved = np.clip(conjugate_gradients(operator, weight, given, given, far < 1, STEPS), 0, 1)
    steep = np.ones_like(given)
    if edges == "auto":
        steep += (CRISP - 1) * (1 - _ramp(_softness(solved, far < 1, sigma), SOFT))
    drawing = Drawing(np.zeros((*small.shape, 4), np.float32), np.zeros((*small.shape, 2), np.float32))
    drawing.line[box] = operator.mean_line(solved)
    drawing.blend[box] = cv2.merge([np.minimum(2 * (1 - far), 1), steep])
    return drawing


def _around(band: NDArray[np.bool_], margin: int) -> Box:
    """Return the smallest box around a band with a margin, as far as the image goes."""
    left, top, width, height = cv2.boundingRect(band.astype(np.uint8))
    rows = slice(max(top - margin, 0), top + height + margin)
    return rows, slice(max(left - margin, 0), left + width + margin)


def _redraw(pixels: Pixels, own: Alpha, drawing: Drawing, box: Box, shape: tuple[int, ...]) -> Alpha:
    blend = sample(drawing.blend, box, shape)
    fade, steep = blend[..., 0], blend[..., 1]
    if not fade.any():
        return own
    drawn = draw(pixels, drawing.line, box, shape)
    drawn = np.clip((drawn - np.float32(0.5)) * steep + np.float32(0.5), 0, 1)
    return np.asarray(np.clip(own + fade * (drawn - own), 0, 1), np.float32)


def _settle(own: Alpha, far: Plane) -> Alpha:
    """Return an alpha in which what is far inside an outline is the subject: there, a network is in doubt."""
    sure = np.clip(far - 1, 0, 1) * (own > 0.5)
    return np.asarray(np.clip(own + sure * (1 - own), 0, 1), np.float32)


def _softness(alpha: Alpha, band: NDArray[np.bool_], sigma: float) -> Plane:
    """Return how soft the edge around each place is, in [0, 1], over the band and whatever else is soft."""
    grey = 4 * alpha * (1 - alpha)
    counted = (band | (grey > 0.08)).astype(np.float32)
    total, count = (cv2.GaussianBlur(plane, (0, 0), sigma) for plane in (grey * counted, counted))
    return np.asarray(total / np.maximum(count, 1e-3), np.float32)


def shrink(image: NDArray[Any], side: int) -> NDArray[Any]:
    """Return an image whose longer side is at most `side` pixels, by averages over areas."""
    scale = min(1.0, side / max(image.shape[:2]))
    height, width = (max(1, round(n * scale)) for n in image.shape[:2])
    shrunk: NDArray[Any] = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return shrunk


def _ramp(value: Plane, limits: tuple[float, float]) -> Plane:
    """Return 0 below the limits, 1 above and a straight line between."""
    return np.asarray(np.clip((value - limits[0]) / (limits[1] - limits[0]), 0, 1), np.float32)


def _note(edges: str, large: bool, share: float) -> str:
    if edges == "hard":
        how = "left as they are"
    elif large:
        how = "drawn anew by the photo's colours" + (", crisp where they are" if edges == "auto" else "")
    else:
        how = f"left as they are, the photo has fewer than {SMALLEST} pixels on its longer side"
    return f"edges: {how}; {100 * share:.1f} % of the pixels changed"
