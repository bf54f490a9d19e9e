"""Shadows, one kind a file: keep, drop, contact, cast, reflection, and auto, which chooses.

A shadow is an opacity on the alpha's canvas with a colour (:class:`Shadow`): it lies between the subject and what
is behind it, and the subject is never touched. :func:`lay` puts it on a backdrop, :func:`under` below a subject that
stays transparent. Shadows that are not taken from the photo are drawn on any canvas; :func:`room` says how much
of it they need around the subject.

What is read from the photo (:func:`choose`, `keep`) is read at the photo's own size, before it is framed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...errors import OptionError
from ...types import Alpha, Pixels, check_alpha, check_pixels
from .auto import choose
from .cast import cast_room, cast_shadow
from .contact import contact_room, contact_shadow
from .drop import drop_room, drop_shadow
from .keep import keep_shadow
from .lay import lay, under
from .look import Box, Room, Shadow, ShadowLook, Style, settled
from .reflection import reflection, reflection_room

KINDS = ("none", "auto", "keep", "drop", "contact", "cast", "reflection")
"""What an option may name."""

_DRAWN: dict[str, tuple[Callable[[Alpha, Style], Shadow], Callable[[Box, Style], Room]]] = {
    "drop": (drop_shadow, drop_room),
    "contact": (contact_shadow, contact_room),
    "cast": (cast_shadow, cast_room),
}
_STAND = ("contact", "cast")


def make_shadow(kind: str, alpha: Alpha, look: ShadowLook, pixels: Pixels | None = None) -> Shadow:
    """Make one shadow.

    Parameters
    ----------
    kind : {"none", "auto", "keep", "drop", "contact", "cast", "stand", "reflection"}
        "stand" is a contact and a cast shadow in one.
    alpha : Alpha
        float32, H×W, in [0, 1], on the canvas of the result.
    look : ShadowLook
        What was asked for.
    pixels : ndarray, optional
        uint8 or uint16, H×W×3. The photo, for "auto" and "keep"; the foreground's straight colours, for
        "reflection"; the others look at none.

    Raises
    ------
    OptionError
        No such kind.
    ValueError
        `alpha` is no alpha; the kind needs pixels and they are missing or of another size.
    """
    check_alpha(alpha)
    if kind == "none":
        return Shadow(np.zeros_like(alpha))
    if kind in _DRAWN:
        return _DRAWN[kind][0](alpha, settled(kind, look))
    if kind == "stand":
        return _stand(alpha, look)
    if kind not in KINDS:
        raise _unknown(kind)
    seen = _checked(kind, pixels, alpha)
    if kind == "reflection":
        return reflection(alpha, seen, settled(kind, look))
    if kind == "keep":
        return keep_shadow(alpha, seen, settled(kind, look))
    chosen, found, kept = choose(alpha, seen, look)
    if chosen == "keep":
        return kept
    drawn = _stand(alpha, found)
    return Shadow(drawn.opacity, drawn.colour, None, kept.notes, kept.direction)


def room(kind: str, bbox: Box, look: ShadowLook) -> Room:
    """Return how many pixels a shadow needs above, right of, below and left of the subject.

    Parameters
    ----------
    kind : str
        As for :func:`make_shadow`. "auto" is given what the shadow it draws at most needs.
    bbox : (int, int, int, int)
        Top, left, bottom and right of the subject.
    look : ShadowLook
        What was asked for.

    Returns
    -------
    (int, int, int, int)
        0 for "keep", which lies where the photo has it, and for "none".

    Raises
    ------
    OptionError
        No such kind.
    """
    if kind in _DRAWN:
        return _DRAWN[kind][1](bbox, settled(kind, look))
    if kind == "reflection":
        return reflection_room(bbox, settled(kind, look))
    if kind in ("stand", "auto"):
        # Until the photo is seen, the light of "auto" may come from anywhere in front.
        unknown = kind == "auto" and look.direction is None
        looks = [replace(look, direction=angle) for angle in (90.0, 180.0, 270.0)] if unknown else [look]
        sizes = [_DRAWN[part][1](bbox, settled(part, _part(part, one))) for part in _STAND for one in looks]
        top, right, bottom, left = (max(side) for side in zip(*sizes, strict=True))
        return top, right, bottom, left
    if kind in ("none", "keep"):
        return 0, 0, 0, 0
    raise _unknown(kind)


def _stand(alpha: Alpha, look: ShadowLook) -> Shadow:
    """Return the contact and the cast shadow as one: light has to pass both."""
    both = [_DRAWN[part][0](alpha, settled(part, _part(part, look))) for part in _STAND]
    light = (1 - both[0].opacity) * (1 - both[1].opacity)
    return Shadow(1 - light, look.colour, notes=both[0].notes)


def _part(kind: str, look: ShadowLook) -> ShadowLook:
    """Return the look of one part of "stand": lengths are the cast shadow's."""
    return look if kind == "cast" else ShadowLook(None, None, None, look.opacity, look.colour)


def _checked(kind: str, pixels: Pixels | None, alpha: Alpha) -> Pixels:
    if pixels is None:
        raise ValueError(f"pixels: the shadow {kind!r} needs a picture of shape {alpha.shape}, got None")
    if check_pixels(pixels).shape[:2] != alpha.shape:
        raise ValueError(f"pixels: expected shape {alpha.shape}, got {pixels.shape[:2]}")
    return pixels


def _unknown(kind: str) -> OptionError:
    return OptionError("option 'shadow'", f"cannot be {kind!r}", f"Use one of {', '.join(KINDS)}.")


__all__ = [
    "KINDS",
    "Room",
    "Shadow",
    "ShadowLook",
    "choose",
    "lay",
    "make_shadow",
    "room",
    "under",
]
