"""Keep the photo's own shadow: how much darker than its surface the floor is, near the subject.

``opacity = 1 - photo / surface`` in linear light, where the darkening has about the colour of the surface,
hangs together with the subject and ends before the surface does. Nothing is kept, and the reason said, where
the background is no smooth surface: texture, objects, or a wall that meets the floor behind the subject.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...types import Alpha, Pixels, check_pixels, depth_of
from ..light import from_light, to_light
from .look import Box, Shadow, Style, box_of, nothing, placed, widened, window
from .soften import enlarged, shrunken, soften
from .surface import Floats, Mask, Surface, fit_surface

SIDE = 768  # pixels of the longest side of the copy that is looked at
CLEAR = 0.02  # the largest alpha at which a pixel is taken for background
AROUND = 1.0  # how far from the subject is looked, a share of its longer side
CLOSE = 0.3  # a shadow is expected within this share of the subject's longer side
ROUGHEST = 0.025  # of log light: what linen and brushed steel have
NOISIEST = 0.15
LEAST_EXPLAINED = 0.93
TINT = 0.5  # how far the channels of a darkening may differ, a share of it: a blue sky fills a shadow
GREY = 0.06  # of log light: JPEG bleeds the colours of the subject by about as much
FAINT, SURE = 0.04, 0.12  # opacities in linear light: a shadow is followed down to the first from the second
HAZE = (0.03, 0.07)  # light lost up to which nothing is kept, and from which all is
LOOSE = 0.05  # share of the background that may be as dark as a shadow elsewhere
EDGE = 0.25  # share of the border of what is looked at that a shadow may touch
GRAIN = 0.045  # of light; small shadows with their soft edges reach 0.034
LEAST_AREA = 0.004  # of the subject's


@dataclass(frozen=True, slots=True)
class _View:
    """What is near the subject, at a size to work on."""

    area: Box
    light: Floats
    alpha: Alpha
    known: Mask
    trust: Floats
    reach: float  # the subject's longer side, in pixels
    open: tuple[bool, ...]  # whether the photo goes on above, below, left and right of it


def keep_shadow(alpha: Alpha, photo: Pixels, style: Style) -> Shadow:
    """Estimate the shadow that the subject throws on a smooth surface.

    Parameters
    ----------
    alpha : Alpha
        float32, H×W, in [0, 1].
    photo : ndarray
        uint8 or uint16, H×W×3, sRGB or a space with about its curve.
    style : Style
        `opacity` multiplies the shadow's own, `softness` blurs it more.

    Returns
    -------
    Shadow
        Empty, with a note that says why, where there is none or it cannot be told from the background. The light
        lost in linear light, ``o``, becomes the opacity ``1 - encoded(1 - o)``: the same on white, and within
        2 % on greys. Under the subject the shadow around it goes on.

    Raises
    ------
    ValueError
        `photo` is no picture of the alpha's size.
    """
    if check_pixels(photo, name="photo").shape[:2] != alpha.shape:
        raise ValueError(f"photo: expected shape {alpha.shape}, got {photo.shape[:2]}")
    box = box_of(alpha)
    if box is None:
        return nothing(alpha, "no shadow: there is no subject")
    why = ""
    for view in _views(alpha, photo, box):
        found, reason = _found(view)
        if found is not None:
            return _finished(found, view, box, alpha, style)
        why = why or reason
    return nothing(alpha, f"no shadow kept: {why}")


def _views(alpha: Alpha, photo: Pixels, box: Box) -> list[_View]:
    """Return all that is around the subject, and its lower part: the floor, where a wall is behind."""
    height, width = box[2] - box[0], box[3] - box[1]
    room = round(AROUND * max(height, width))
    whole = widened(box, (room, room, room, room), alpha.shape)
    floor = (max(whole[0], min(round(box[2] - 0.4 * height), box[2] - 1)), *whole[1:])
    return [_view(alpha, photo, area, max(height, width)) for area in (whole, floor)]


def _view(alpha: Alpha, photo: Pixels, area: Box, reach: float) -> _View:
    small, scale = shrunken(alpha[window(area)], SIDE)
    size = small.shape[1], small.shape[0]
    pixels = cv2.resize(photo[window(area)], size, interpolation=cv2.INTER_AREA)
    light = to_light(pixels.astype(np.float32) / np.float32(depth_of(photo)))
    clear = (small <= CLEAR).astype(np.uint8)
    known = cv2.erode(clear, np.ones((3, 3), np.uint8)) > 0
    away = cv2.distanceTransform(clear, cv2.DIST_L2, 3) / np.float32(CLOSE * reach * scale)
    open_ = area[0] > 0, area[2] < alpha.shape[0], area[1] > 0, area[3] < alpha.shape[1]
    return _View(area, light, small, known, np.clip(away, 0, 1), reach * scale, open_)


def _found(view: _View) -> tuple[Floats | None, str]:
    """Return the light lost to the shadow, or None and why there is none."""
    surface = fit_surface(view.light, view.known, view.trust)
    if surface is None:
        return None, "the subject fills the picture"
    if surface.noise > NOISIEST or surface.roughness > ROUGHEST or surface.explained < LEAST_EXPLAINED:
        return None, "the background is not a smooth surface"
    lost = _lost(view, surface)
    region = _touching(lost, view, surface)
    # Whatever is darker, of any colour: the more of it, the less is known about the surface.
    dark = view.known & (1 - np.exp(surface.residual.mean(axis=2)) > max(SURE, 3 * surface.noise))
    if (dark & ~region).sum() > LOOSE * view.known.sum() or _crosses(region, view.open):
        return None, "the background is not one smooth surface"
    if _grain(lost, region) > GRAIN:
        return None, "what is dark near the subject is no shadow: it has texture"
    if region.sum() < LEAST_AREA * (view.alpha > CLEAR).sum():
        return None, "nothing near the subject is darker than its surroundings"
    return _certain(_filled(lost, view)) * _fading(region, view), ""


def _lost(view: _View, surface: Surface) -> Floats:
    """Return the share of light lost, where it is lost in all channels alike; 0 for the subject."""
    known = view.known.astype(np.float32)
    weight = cv2.GaussianBlur(known, (0, 0), 1.5)
    blurred = cv2.GaussianBlur(surface.residual * known[..., None], (0, 0), 1.5)
    logs = blurred / np.maximum(weight, 0.05)[..., None]
    lost = 1 - np.exp(logs.mean(axis=2))
    tint = logs.max(axis=2) - logs.min(axis=2)
    allowed = np.float32(TINT) * np.abs(logs.mean(axis=2)) + np.float32(GREY + 3 * surface.noise)
    alike = np.clip(2 - tint / allowed, 0, 1)
    result: Floats = np.clip(lost, 0, 1) * alike * (weight > 0.1)
    return result


def _touching(lost: Floats, view: _View, surface: Surface) -> Mask:
    """Return the region of shadow that hangs together with the subject."""
    faint = max(FAINT, 2 * surface.roughness)
    subject = cv2.dilate((~view.known).view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    count, labels = cv2.connectedComponents(((lost > faint) & view.known).astype(np.uint8))
    good = np.zeros(count, np.bool_)
    good[np.intersect1d(labels[subject & view.known], labels[lost > max(SURE, 3 * surface.roughness)])] = True
    good[0] = False
    region: Mask = good[labels]
    return region


def _crosses(region: Mask, open_: tuple[bool, ...]) -> bool:
    """Return whether a region goes on as a wall does: past what was looked at, or from side to side."""
    sides = region[0], region[-1], region[:, 0], region[:, -1]
    top, bottom, left, right = (bool(side.any()) for side in sides)
    past = any(touched and more for touched, more in zip((top, bottom, left, right), open_, strict=True))
    return past or (left and right) or (top and bottom) or float(np.concatenate(sides).mean()) > EDGE


def _grain(lost: Floats, region: Mask) -> float:
    """Return how much a shadow varies over a few pixels, where it lies: an object's texture does, a shadow not."""
    inner = cv2.erode(region.view(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if not inner.any():
        return 0.0
    inside = region.astype(np.float32)
    mean = cv2.GaussianBlur(lost * inside, (0, 0), 3) / np.maximum(cv2.GaussianBlur(inside, (0, 0), 3), 1e-3)
    return float(np.median(np.abs(lost - mean)[inner]))


def _certain(lost: Floats) -> Floats:
    """Return a shadow without its faintest light: the surface is not known so well, and an even haze has an end."""
    share = np.clip((lost - np.float32(HAZE[0])) / np.float32(HAZE[1] - HAZE[0]), 0, 1)
    certain: Floats = lost * share * share * (3 - 2 * share)
    return certain


def _fading(region: Mask, view: _View) -> Floats:
    """Return 1 in the region and next to it, falling to 0 around it."""
    away = cv2.distanceTransform((~region).view(np.uint8), cv2.DIST_L2, 3)
    wide = np.float32(max(0.05 * view.reach, 4))
    fading: Floats = np.clip(2 - away / wide, 0, 1)
    return fading


def _filled(lost: Floats, view: _View) -> Floats:
    """Return the shadow with its surroundings' values going on under the subject."""
    known = view.known.astype(np.float32)
    filled, done = lost * known, view.known.copy()
    for sigma in (2, 4, 8, 16, 32):
        weight = soften(known, sigma)
        mean = soften(lost * known, sigma) / np.maximum(weight, 1e-3)
        new = ~done & (weight > 0.05)
        filled[new] = mean[new]
        done |= new
    return filled


def _finished(lost: Floats, view: _View, box: Box, alpha: Alpha, style: Style) -> Shadow:
    height = box[2] - box[0]
    opacity = np.where(lost > 0, 1 - from_light(np.clip(1 - lost, 0, 1)), 0).astype(np.float32)
    shape = alpha[window(view.area)].shape
    large = soften(enlarged(opacity, shape), style.softness * height) * np.float32(style.opacity)
    note = f"kept the photo's shadow: up to {100 * float(lost.max()):.0f} % of the light"
    return Shadow(placed(large, view.area, alpha.shape), style.colour, notes=(note,))
