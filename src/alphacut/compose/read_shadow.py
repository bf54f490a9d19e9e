"""Read what shadow a listing's subject throws, coarsely: its kind, direction, length, softness and opacity.

How much darker the photo is than its background is compared with shadows drawn from the subject's own matte. The kind
and the numbers are those of the drawing that explains most of it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Alpha, Pixels, check_alpha, check_pixels, depth_of
from .read_backdrop import Backdrop

Plane = NDArray[np.float32]

SIDE = 128  # pixels of the longer side of the copy that is read
CLEAR = 0.02  # the largest alpha of background
SUBJECT = 0.5  # the least alpha of the subject's box
NOISE = 1.5  # levels of 255 that are lost to noise and to the fit's last error, and to no shadow
FAINT = 0.02  # opacity of the darkest part of what is no shadow yet
EXPLAINED = 0.5  # share of the darkening that a drawn shadow must explain
SHORT, UNDERNEATH = (
    0.05,
    0.9,
)  # a drop shadow so short, of which this share is underneath, is a contact shadow
UNLIKE = 0.3  # share of its darkening that a contact shadow must explain: they differ more than others
FLOOR = 0.45  # how much shorter a length on the floor looks that leads away from the camera
THIN = 0.12  # of a cast shadow's length: how thick it is at least
FADED = 0.55  # share of a cast shadow's opacity that is gone at its far end
SOLE = 0.05  # of the height: how far above the lowest point the subject still touches the floor
OVAL = 0.35  # height over width of a round blur on the floor
LAYERS = ((0.35, 0.75), (1.0, 0.5), (2.5, 0.3))
"""Of a contact shadow: blurs, in units of the softness, and strengths: the dark line, around it, the haze."""


@dataclass(frozen=True, slots=True)
class ShadowStyle:
    """A shadow in numbers.

    Attributes
    ----------
    kind : str
        "none", "drop", "contact" or "cast".
    direction : float
        Where the light comes from, in degrees clockwise from the top of the picture, in [0, 360). Always 0 for a
        contact shadow, which has none.
    length : float
        Of a drop shadow, how far it is moved; of a cast one, how long a unit of height falls; shares of the
        subject's height. 0 for a contact shadow.
    softness : float
        Standard deviation of the blur, a share of the subject's height.
    opacity : float
        In [0, 1], in encoded values.
    explained : float
        Share of the darkening around the subject that it explains, in [0, 1].
    """

    kind: str
    direction: float = 0.0
    length: float = 0.0
    softness: float = 0.0
    opacity: float = 0.0
    explained: float = 0.0


@dataclass(frozen=True, slots=True)
class _View:
    """A small alpha, the darkening around it where that can be seen, and the subject's foot line and height."""

    alpha: Plane
    dark: Plane
    seen: NDArray[np.bool_]
    foot: float
    height: float


Draw = Callable[[_View, ShadowStyle], Plane]


def read_shadow(pixels: Pixels, alpha: Alpha, backdrop: Backdrop) -> ShadowStyle:
    """Return the shadow on a known background.

    Parameters
    ----------
    pixels : ndarray
        uint8 or uint16, H×W×3.
    alpha : Alpha
        float32, H×W.
    backdrop : Backdrop
        A colour or a gradient.

    Raises
    ------
    ValueError
        A shape, type or range is not the above.
    """
    check_alpha(alpha, check_pixels(pixels).shape[:2])
    view = _look(pixels, alpha, backdrop)
    if view is None or float(cv2.blur(view.dark, (3, 3)).max()) < FAINT:
        return ShadowStyle("none")
    found = {kind: _search(view, kind) for kind in _KINDS}
    best = max(found.values(), key=lambda style: style.explained)
    if best.kind == "drop" and best.length < SHORT and _is_underneath(view):
        best = found["contact"]
        return best if best.explained >= UNLIKE else ShadowStyle("none", explained=best.explained)
    if best.explained < EXPLAINED or best.opacity < FAINT:
        return ShadowStyle("none", explained=best.explained)
    return best


def _look(pixels: Pixels, alpha: Alpha, backdrop: Backdrop) -> _View | None:
    height, width = alpha.shape
    scale = min(1.0, SIDE / max(alpha.shape))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    covered = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    rows = np.flatnonzero((covered >= SUBJECT).any(1))
    if not len(rows):
        return None
    bare = backdrop.paint(width, height, covered.shape[:2]).sum(2)
    lit = small.astype(np.float64).sum(2) * (255 / depth_of(pixels))
    seen = cv2.dilate(covered, np.ones((3, 3), np.uint8)) < CLEAR
    lost = bare - lit
    dark = np.where(seen & (lost > 3 * NOISE), lost / np.maximum(bare, 1), 0).astype(np.float32)
    return _View(covered, dark, seen, float(rows[-1] + 1), float(rows[-1] + 1 - rows[0]))


def _search(view: _View, kind: str) -> ShadowStyle:
    """Return the best shadow of a kind: the best of a grid, then steps that are halved."""
    draw, directions, lengths, softnesses = _KINDS[kind]
    grid = itertools.product(directions, lengths, softnesses)
    tried = (_judged(view, draw, ShadowStyle(kind, *numbers)) for numbers in grid)
    best = max(tried, key=lambda style: style.explained)
    turn = 360 / len(directions) / 2 if len(directions) > 1 else 0.0
    factor = 1.4
    for _ in range(5):
        best = max([best, *_around(view, draw, best, turn, factor)], key=lambda style: style.explained)
        turn, factor = turn / 1.6, 1 + (factor - 1) / 1.6
    return replace(
        best,
        direction=round(best.direction % 360, 1) % 360,
        length=round(best.length, 3),
        softness=round(best.softness, 3),
    )


def _around(view: _View, draw: Draw, style: ShadowStyle, turn: float, factor: float) -> list[ShadowStyle]:
    near = [
        replace(style, direction=style.direction + turn * i, length=style.length * factor**j)
        for i in ((-1, 0, 1) if turn else (0,))
        for j in ((-1, 0, 1) if style.length else (0,))
    ]
    near += [replace(style, softness=style.softness * factor**j) for j in (-1, 1)]
    return [_judged(view, draw, one) for one in near]


def _judged(view: _View, draw: Draw, style: ShadowStyle) -> ShadowStyle:
    """Return a shadow with the opacity that fits best, and how much it then explains."""
    drawn, dark = draw(view, style)[view.seen], view.dark[view.seen]
    power, total = float(drawn @ drawn), float(dark @ dark)
    if power < 1e-6:
        return style
    shared = float(drawn @ dark)
    opacity = min(max(shared / power, 0.0), 1.0)
    left = total - 2 * opacity * shared + opacity * opacity * power
    return replace(style, opacity=round(opacity, 3), explained=round(max(0.0, 1 - left / total), 4))


def _is_underneath(view: _View) -> bool:
    """Return whether nearly all that is dark is at the foot line or below it, and nothing beside the subject."""
    power = np.square(view.dark).sum(1)
    low = max(0, round(view.foot - SOLE * view.height))
    return bool(power[low:].sum() > UNDERNEATH * power.sum())


def _fall(style: ShadowStyle) -> tuple[float, float]:
    """Return the unit vector, to the right and down, away from the light."""
    angle = math.radians(style.direction)
    return -math.sin(angle), math.cos(angle)


def _drop(view: _View, style: ShadowStyle) -> Plane:
    """Draw the matte moved and blurred."""
    right, down = (part * style.length * view.height for part in _fall(style))
    return _blur(_warp(view.alpha, np.array([[1, 0, right], [0, 1, down]])), style.softness * view.height)


def _cast(view: _View, style: ShadowStyle) -> Plane:
    """Draw the matte laid on the floor from its foot line, softer and fainter the farther it falls."""
    right, down = (part * style.length for part in _fall(style))
    down = math.copysign(max(abs(down) * FLOOR, THIN * style.length), down)
    line = view.foot - 0.5
    matrix = np.array([[1, -right, right * line], [0, -down, line + down * line]])
    laid = _warp(cv2.blur(view.alpha, (1, max(1, round(1 / abs(down))))), matrix)
    rows = np.arange(len(laid), dtype=np.float32)[:, None]
    far = np.clip((rows - line) / np.float32(down * view.height), 0, 1)
    soft: Plane = laid + (_blur(laid, style.softness * view.height) - laid) * far
    soft *= 1 - FADED * far
    return soft


def _contact(view: _View, style: ShadowStyle) -> Plane:
    """Draw the darkness under the lowest parts of the matte."""
    rows = np.arange(len(view.alpha), dtype=np.float32)[:, None]
    solid = view.alpha >= SUBJECT
    lowest = (len(view.alpha) - np.argmax(solid[::-1], axis=0)).astype(np.float32)
    gap = (view.foot - lowest) / np.float32(max(1.0, SOLE * view.height))
    touching = np.where(solid.any(axis=0), np.exp(-gap * gap), 0).astype(np.float32)
    thick = np.float32(max(2.0, OVAL * SOLE * view.height))
    sole = touching * np.clip(1 - np.abs(rows - lowest + thick / 2) / thick, 0, 1)
    light = np.ones_like(sole)
    for width, strength in LAYERS:
        sigma = max(0.4, width * style.softness * view.height)
        spread = cv2.GaussianBlur(sole, (0, 0), sigma, sigmaY=max(0.4, OVAL * sigma))
        light *= 1 - strength * spread / np.float32(max(float(spread.max()), 1e-6))
    shade: Plane = 1 - light
    return shade


def _warp(plane: Plane, matrix: NDArray[np.float64]) -> Plane:
    moved: Plane = cv2.warpAffine(plane, matrix, plane.shape[::-1], flags=cv2.INTER_LINEAR)
    return moved


def _blur(plane: Plane, sigma: float) -> Plane:
    blurred: Plane = cv2.GaussianBlur(plane, (0, 0), max(sigma, 0.3))
    return blurred


_KINDS: dict[str, tuple[Draw, tuple[float, ...], tuple[float, ...], tuple[float, ...]]] = {
    "drop": (_drop, tuple(range(0, 360, 30)), (0.02, 0.06, 0.15), (0.02, 0.06)),
    "contact": (_contact, (0.0,), (0.0,), (0.01, 0.02, 0.04, 0.08)),
    "cast": (_cast, tuple(range(0, 360, 20)), (0.3, 0.6, 1.0), (0.02, 0.06)),
}
"""How each kind is drawn, and the directions, lengths and softnesses that are tried first."""
