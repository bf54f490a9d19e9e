"""What can be seen in a photo and its alpha that goes with a wrong cutout: a few numbers that cost little."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Alpha, Photo, Pixels, depth_of

SIDE = 512
"""Longest side, in pixels, of the copy that everything is measured on."""
REACH = 0.03
"""Side of the neighbourhood whose mean colours are compared along the edge, as a share of the photo's side."""
ALIKE = 12.0
"""Distance in CIELAB below which two neighbouring colours are hard to tell apart for a network."""
MIDDLE = (0.15, 0.85)
"""Alpha between these is neither subject nor background."""

HALF_A_LEVEL = 0.5 / 255
"""Steps smaller than this are rounding."""

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Signals:
    """Everything that is measured; each is in [0, 1] unless it says otherwise.

    Attributes
    ----------
    contrast : float
        Standard deviation of the photo's lightness as a share of black to white; 0 for a flat photo.
    light : float
        Lightness that only one pixel in a hundred exceeds; low for a photo taken in the dark.
    side : int
        Square root of the photo's number of pixels.
    blur : float
        Crete et al. 2007, "The blur effect"; above about 0.5 a person calls the photo blurred.
    blockiness : float
        Step across the 8-pixel grid of JPEG over the step elsewhere, less 1; 0 or more, about 0 without a grid.
    area : float
        Mean alpha.
    peak : float
        Largest alpha.
    undecided : float
        ``4 a (1 - a)`` over ``a``, summed, where a is the mean of the opinions (the alpha where there are none):
        0 where every pixel is decided. In [0, 4].
    veil : float
        Share of what is not background that lies in wide areas of middle alpha, as glass and smoke do.
    cut : float
        Share of the frame's pixels that the subject covers.
    rivals : float
        Second largest of the separate pieces over the largest.
    alike : float
        Share of the edge where the colours on both sides are hard to tell apart.
    disagreement : float or None
        One less the soft intersection over union of the networks' answers, the mean over their pairs; None
        where there are fewer than two.
    """

    contrast: float
    light: float
    side: int
    blur: float
    blockiness: float
    area: float
    peak: float
    undecided: float
    veil: float
    cut: float
    rivals: float
    alike: float
    disagreement: float | None


def measure(photo: Photo, alpha: Alpha, opinions: Sequence[Alpha] = ()) -> Signals:
    """Measure everything on copies of at most 512 pixels.

    Parameters
    ----------
    photo : Photo
        Its RGB values are taken as sRGB: what is compared lies side by side in one photo.
    alpha : Alpha
        H×W, the photo's size.
    opinions : sequence of Alpha
        The networks' separate answers, each H×W.
    """
    small, answers = small_copy(alpha), [small_copy(opinion) for opinion in opinions]
    # Not the alpha itself: an edge made hard afterwards hides how undecided the networks were.
    common = np.mean(answers, axis=0, dtype=np.float32) if answers else small
    # The grid of JPEG and the sharpness of an edge are gone from a smaller copy: these two look at a piece.
    grey = _grey(_unit(_middle(photo.pixels)))
    rgb = _unit(small_copy(photo.pixels))
    lightness, seen = _grey(rgb), small > 0.5
    return Signals(
        contrast=float(lightness.std()),
        light=float(np.percentile(lightness, 99)),
        side=round(float(np.sqrt(alpha.size))),
        blur=blur_effect(grey),
        blockiness=blockiness(grey),
        area=float(small.mean()),
        peak=float(alpha.max()),
        undecided=float((4 * common * (1 - common)).sum() / max(float(common.sum()), 1.0)),
        veil=veil(small),
        cut=float(_frame(seen).mean()),
        rivals=rivals(seen),
        alike=alike(rgb, small),
        disagreement=disagreement(answers),
    )


def small_copy(values: NDArray[Any]) -> NDArray[Any]:
    """Return H×W or H×W×3 `values` averaged down to at most 512 pixels a side."""
    # A large photo has samples to spare: every n-th is read, and at least four make one pixel of the copy.
    step = max(1, max(values.shape[:2]) // (2 * SIDE))
    values = values[::step, ::step]
    scale = SIDE / max(values.shape[:2])
    if scale >= 1:
        return values
    size = (max(1, round(values.shape[1] * scale)), max(1, round(values.shape[0] * scale)))
    return np.asarray(cv2.resize(np.ascontiguousarray(values), size, interpolation=cv2.INTER_AREA))


def blur_effect(grey: Floats, width: int = 11) -> float:
    """Return how little a photo changes when it is blurred once more: 0 sharp, 1 blurred.

    Crete, Dolmiere, Ladet and Nicolas 2007, "The blur effect: perception and estimation with a new no-reference
    perceptual blur metric"; the larger of both directions. `width` is the blur's, in pixels.
    """
    if min(grey.shape) <= 2 * width:
        return 0.0
    return max(_blurred_along(grey, width), _blurred_along(np.ascontiguousarray(grey.T), width))


def _blurred_along(grey: Floats, width: int) -> float:
    again = cv2.blur(grey, (1, width), borderType=cv2.BORDER_REFLECT)
    sharp, soft = (np.abs(cv2.Sobel(g, cv2.CV_32F, 0, 1))[2:-1, 2:-1] for g in (grey, again))
    total = float(sharp.sum())
    return 1.0 - float(np.maximum(sharp - soft, 0).sum()) / total if total > 0 else 0.0


def blockiness(grey: Floats) -> float:
    """Return how much larger steps are across JPEG's 8-pixel grid than elsewhere, less 1, at least 0."""
    if min(grey.shape) < 32:
        return 0.0
    found = []
    for values in (grey, grey.T):
        step = np.abs(np.diff(values, axis=1)).mean(axis=0)
        on_grid = np.arange(step.size) % 8 == 7
        # The median, because a picture of straight lines may have a few of them on the grid.
        across, elsewhere = float(np.median(step[on_grid])), float(np.median(step[~on_grid]))
        found.append(across / max(elsewhere, HALF_A_LEVEL))
    return max(0.0, sum(found) / 2 - 1)


def veil(alpha: Alpha) -> float:
    """Return the share of what is not background that lies in wide areas of middle alpha."""
    between = ((alpha > MIDDLE[0]) & (alpha < MIDDLE[1])).astype(np.uint8)
    reach = max(3, round(0.03 * max(alpha.shape))) | 1
    # Opening takes away whatever is narrower than the disc: hair and soft edges.
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    wide = cv2.morphologyEx(between, cv2.MORPH_OPEN, disc, borderType=cv2.BORDER_REPLICATE)
    return float(wide.sum() / max(int((alpha > MIDDLE[0]).sum()), 1))


def rivals(seen: Mask) -> float:
    """Return the second largest of the separate pieces over the largest."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(seen.astype(np.uint8), connectivity=8)
    areas = np.sort(stats[1:, cv2.CC_STAT_AREA])[::-1]
    return float(areas[1] / areas[0]) if areas.size > 1 else 0.0


def alike(rgb: Floats, alpha: Alpha) -> float:
    """Return the share of the edge where the colours on both sides are hard to tell apart.

    Parameters
    ----------
    rgb : ndarray
        H×W×3 float32 sRGB in [0, 1].
    alpha : Alpha
        H×W.
    """
    seen = (alpha > 0.5).astype(np.uint8)
    edge = cv2.morphologyEx(seen, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    if not edge.any():
        return 0.0
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    inside, outside = (_mean_colour(lab, weight)[edge] for weight in (alpha, 1 - alpha))
    return float((np.linalg.norm(inside - outside, axis=1) < ALIKE).mean())


def _mean_colour(lab: Floats, weight: Floats) -> Floats:
    """Return the mean colour around every pixel, weighted."""
    box = (round(REACH * max(weight.shape)) | 1,) * 2
    total = cv2.blur(weight, box)
    weighted = cv2.blur(lab * weight[..., None], box)
    return np.asarray(weighted / np.maximum(total, 1e-4)[..., None])


def disagreement(opinions: Sequence[Alpha]) -> float | None:
    """Return one less the soft intersection over union, the mean over the pairs; None below two opinions."""
    pairs = list(itertools.combinations(opinions, 2))
    if not pairs:
        return None
    return float(np.mean([1 - _soft_iou(a, b) for a, b in pairs]))


def _soft_iou(a: Alpha, b: Alpha) -> float:
    union = float(np.maximum(a, b).sum())
    return float(np.minimum(a, b).sum()) / union if union > 0 else 1.0


def _frame(seen: Mask) -> Mask:
    return np.concatenate([seen[0], seen[-1], seen[1:-1, 0], seen[1:-1, -1]])


def _grey(rgb: Floats) -> Floats:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))


def _unit(pixels: Pixels) -> Floats:
    """Return integers as shares of the full range of their type."""
    return np.divide(pixels, depth_of(pixels), dtype=np.float32)


def _middle(pixels: Pixels) -> Pixels:
    """Return the middle piece of at most 512 pixels a side, on the grid of 8."""
    top, left = (max(0, (length - SIDE) // 2) // 8 * 8 for length in pixels.shape[:2])
    return pixels[top : top + SIDE, left : left + SIDE]
