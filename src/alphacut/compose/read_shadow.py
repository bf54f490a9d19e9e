"""Read what shadow a listing's subject throws, coarsely: its kind, direction, length, softness and opacity.

How much darker the photo is than its background is compared with shadows drawn from the subject's own matte. The kind
and the numbers are those of the drawing that explains most of it.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Alpha, Pixels, check_alpha, check_pixels, depth_of
from .read_backdrop import Backdrop
from .shadow.cast import cast_shadow
from .shadow.contact import contact_shadow
from .shadow.drop import drop_shadow
from .shadow.look import LIMITS, USUAL, Shadow, Style, box_of
from .shadow.soften import Plane, shrunken

SIDE = 256  # pixels of the longer side of the copy that is read
CLEAR = 0.02  # the largest alpha of background
NOISE = 1.5  # levels of 255 that are lost to noise and to the fit's last error, and to no shadow
FAINT = 0.02  # opacity of the darkest part of what is no shadow yet
EXPLAINED = 0.5  # share of the darkening that a drawn shadow must explain
SHORT = 0.05  # a drop shadow shorter than this may be a contact shadow
UNDERNEATH = 0.9  # and is one where this share of it is at the foot line or below
UNLIKE = 0.3  # share of its darkening that a contact shadow must explain: they differ more than others


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
    foot: int
    height: int


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
    covered, _ = shrunken(alpha, SIDE)
    box = box_of(covered)
    if box is None:
        return None
    height, width = alpha.shape
    rows, columns = covered.shape
    small = cv2.resize(np.ascontiguousarray(pixels), (columns, rows), interpolation=cv2.INTER_AREA)
    bare = backdrop.paint(width, height, (rows, columns)).sum(2)
    lit = small.astype(np.float64).sum(2) * (255 / depth_of(pixels))
    seen = cv2.dilate(covered, np.ones((3, 3), np.uint8)) < CLEAR
    lost = bare - lit
    dark = np.where(seen & (lost > 3 * NOISE), lost / np.maximum(bare, 1), 0).astype(np.float32)
    return _View(covered, dark, seen, box[2], box[2] - box[0])


def _search(view: _View, kind: str) -> ShadowStyle:
    """Return the best shadow of a kind: the best of a grid, then steps that are halved."""
    _, directions, lengths, softnesses = _KINDS[kind]
    grid = itertools.product(directions, lengths, softnesses)
    tried = (_judged(view, ShadowStyle(kind, *numbers)) for numbers in grid)
    best = max(tried, key=lambda style: style.explained)
    turn = 360 / len(directions) / 2 if len(directions) > 1 else 0.0
    factor = 1.4
    for _ in range(5):
        best = max([best, *_around(view, best, turn, factor)], key=lambda style: style.explained)
        turn, factor = turn / 1.6, 1 + (factor - 1) / 1.6
    return replace(
        best,
        direction=round(best.direction % 360, 1) % 360,
        length=round(best.length, 3),
        softness=round(best.softness, 3),
    )


def _around(view: _View, style: ShadowStyle, turn: float, factor: float) -> list[ShadowStyle]:
    longest, softest = LIMITS["length"][1], LIMITS["softness"][1]
    near = [
        replace(style, direction=style.direction + turn * i, length=min(style.length * factor**j, longest))
        for i in ((-1, 0, 1) if turn else (0,))
        for j in ((-1, 0, 1) if style.length else (0,))
    ]
    near += [replace(style, softness=min(style.softness * factor**j, softest)) for j in (-1, 1)]
    return [_judged(view, one) for one in near]


def _judged(view: _View, style: ShadowStyle) -> ShadowStyle:
    """Return a shadow with the opacity that fits best, and how much it then explains."""
    drawn, dark = _drawn(view, style)[view.seen], view.dark[view.seen]
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
    low = max(0, round(view.foot - USUAL["contact"].length * view.height))
    return bool(power[low:].sum() > UNDERNEATH * power.sum())


def _drawn(view: _View, style: ShadowStyle) -> Alpha:
    """Return the shadow as it would be drawn at opacity 1."""
    length = style.length or USUAL[style.kind].length
    return _KINDS[style.kind][0](view.alpha, Style(style.direction, length, style.softness, 1.0)).opacity


_Numbers = tuple[float, ...]
_KINDS: dict[str, tuple[Callable[[Alpha, Style], Shadow], _Numbers, _Numbers, _Numbers]] = {
    "drop": (
        functools.partial(drop_shadow, whole=False),
        tuple(range(0, 360, 30)),
        (0.02, 0.06, 0.15),
        (0.02, 0.06),
    ),
    "contact": (contact_shadow, (0.0,), (0.0,), (0.01, 0.02, 0.04, 0.08)),
    "cast": (cast_shadow, tuple(range(0, 360, 20)), (0.3, 0.6, 1.0), (0.02, 0.06)),
}
"""How each kind is drawn, and the directions, lengths and softnesses that are tried first."""
