"""The photo's own background, out of focus.

The background is blurred with a disc, as a lens does, in linear light, on a copy small enough that the disc's
radius is at most `RADIUS` cells. Where the subject was, the surroundings go on (pull and push: S. J. Gortler et al.,
"The Lumigraph", SIGGRAPH 1996, section 3.4), so no colour of the subject gets in and no dark or bright seam follows
its outline. A photo clips its lamps at white although they were far brighter; each pixel therefore counts ::

    h = 1 / (1 - HIGHLIGHT · max(R, G, B))

times in the disc's mean. That is a weighted mean: a constant stays constant and nothing leaves the range.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..refine.bands import each_strip
from ..types import Alpha, Pixels, depth_of
from .dither import Target, enlarge
from .light import Floats, from_light, light_table

RADIUS = 12  # cells at most, and half of it at least: enough for a round disc
GROW = 2  # cells by which the subject is widened: its glow and what the matte missed
HIGHLIGHT = 0.9  # a clipped white counts ten times
PURITY = 40  # a cell next to one that is a tenth subject counts 0.9 ** 40 = 0.015 of a clean one
FULL = 0.9  # a photo with no cell that is less subject than this has no background
LEAST = 1e-6
STRIP = 256  # rows of the photo that are taken at a time


def paint_blur(
    pixels: Pixels, alpha: Alpha, missing: NDArray[np.bool_] | None, radius: float, target: Target
) -> Pixels:
    """Blur the background of a photo.

    Parameters
    ----------
    pixels : ndarray
        The photo on its canvas: H×W×3.
    alpha : Alpha
        H×W, the subject's.
    missing : ndarray of bool, optional
        H×W: where the canvas has no photo; the background goes on there.
    radius : float
        Of the disc, as a share of the canvas's longer side.
    target : Target
        The photo's type; without a transform, for these colours are the photo's own.

    Returns
    -------
    ndarray
        H×W×3.

    Raises
    ------
    InputError
        The subject leaves no background.
    """
    shape = alpha.shape[0], alpha.shape[1]
    longest = max(shape)
    factor = max(1, math.ceil(radius * longest / RADIUS))
    light, clear = _shrink(pixels, alpha, missing, factor)
    if not clear.max() > 1 - FULL:
        remedy = "Choose another background, such as white or studio-grey."
        raise InputError("background 'blur'", "the subject leaves nothing of the photo's own", remedy)
    light = _without_subject(light, (clear / clear.max()) ** PURITY)
    kernel = disc(radius * longest / factor)
    blurred = cv2.filter2D(light, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    colours = blurred[..., :3] / np.maximum(blurred[..., 3:], LEAST)
    return enlarge(from_light(colours).astype(np.float32), factor, shape, target)


def disc(radius: float) -> Floats:
    """Return a disc of sum 1, its rim soft over one cell."""
    reach = math.ceil(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel: Floats = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    kernel /= kernel.sum()
    return kernel


def _shrink(
    pixels: Pixels, alpha: Alpha, missing: NDArray[np.bool_] | None, factor: int
) -> tuple[Floats, Floats]:
    """Return, a cell for each square of `factor` pixels, (R·h, G·h, B·h, h) and how clear of the subject it is.

    The first is a mean over the square's pixels weighted with 1 - alpha, so not divided by that weight's own mean.
    """
    shape = tuple(-(-side // factor) for side in alpha.shape)
    light, subject = np.empty((*shape, 4), np.float32), np.empty(shape, np.float32)
    table = light_table(depth_of(pixels))

    def work(cells: slice) -> None:
        rows = slice(cells.start * factor, cells.stop * factor)
        covered = alpha[rows] if missing is None else np.where(missing[rows], np.float32(1), alpha[rows])
        weighted = _weigh(pixels[rows], 1 - covered, table)
        light[cells], subject[cells] = (_means(image, factor) for image in (weighted, covered))

    each_strip(shape[0], work, max(1, STRIP // factor))
    near = cv2.dilate(subject, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * GROW + 1,) * 2))
    return light, 1 - near


def _weigh(pixels: Pixels, share: Floats, table: Floats) -> Floats:
    """Return (R·h, G·h, B·h, h) times the background's share."""
    planes = [cv2.LUT(p, table) if p.dtype == np.uint8 else table[p] for p in cv2.split(pixels)]
    brightest = np.maximum(np.maximum(planes[0], planes[1]), planes[2])
    weight = share / (1 - np.float32(HIGHLIGHT) * brightest)
    weighted: Floats = cv2.merge([*(plane * weight for plane in planes), weight])
    return weighted


def _means(image: Floats, factor: int) -> Floats:
    """Return the means over squares; where those at the right and lower edge leave the image, its edge repeats."""
    below, after = -image.shape[0] % factor, -image.shape[1] % factor
    whole = cv2.copyMakeBorder(image, 0, below, 0, after, cv2.BORDER_REPLICATE)
    size = whole.shape[1] // factor, whole.shape[0] // factor
    means: Floats = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
    return means


def _without_subject(light: Floats, known: Floats) -> Floats:
    """Return (R·h, G·h, B·h, h) of the background everywhere.

    Colours are filled in without their h: a lamp beside the subject must not light all that lies behind it.
    """
    colours = _fill(light[..., :3] / np.maximum(light[..., 3:], LEAST), known)
    weight = known * light[..., 3] + (1 - known) / (1 - HIGHLIGHT * colours.max(axis=2))
    joined: Floats = cv2.merge([colours * weight[..., None], weight])
    return joined


def _fill(colours: Floats, known: Floats) -> Floats:
    """Return the colours with the unknown cells filled from around them: pull sums, push them back."""
    levels = [cv2.merge([colours * known[..., None], known])]
    while max(levels[-1].shape[:2]) > 1:
        sums = 4 * _means(levels[-1], 2)
        # A cell is known if one of its four is: otherwise the mean of the whole photo would seep in everywhere.
        levels.append(sums / np.maximum(sums[..., 3:], 1))
    filled = _divided(levels[-1])
    for level in reversed(levels[:-1]):
        height, width = level.shape[:2]
        large = cv2.resize(filled, (filled.shape[1] * 2, filled.shape[0] * 2), interpolation=cv2.INTER_LINEAR)
        share = level[..., 3:]
        filled = np.add(_divided(level) * share, large[:height, :width] * (1 - share))
    return filled


def _divided(level: Floats) -> Floats:
    divided: Floats = level[..., :3] / np.maximum(level[..., 3:], LEAST)
    return divided
