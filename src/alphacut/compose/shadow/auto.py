"""Choose a shadow: the photo's own where there is one, else one that fits the light on the subject."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ...types import Alpha, Pixels
from .keep import keep_shadow
from .look import Shadow, ShadowLook, box_of, settled
from .shading import light_direction

SIDEWAYS = 0.25  # the least share of the usual length: under a lamp from above the shadow is short


def choose(alpha: Alpha, photo: Pixels, look: ShadowLook) -> tuple[str, ShadowLook, Shadow]:
    """Return the kind to draw, the look to draw it in, and the photo's own shadow.

    Parameters
    ----------
    alpha : Alpha
        float32, H×W: the photo's.
    photo : ndarray
        uint8 or uint16, H×W×3.
    look : ShadowLook
        What was asked for; it wins over what is found.

    Returns
    -------
    kind : {"keep", "stand"}
        "stand" is a contact and a cast shadow.
    look : ShadowLook
        With the light's direction and the length that goes with it.
    kept : Shadow
        Empty for "stand"; its notes and direction say what was found in either case.
    """
    kept = keep_shadow(alpha, photo, settled("keep", look))
    shaded, note = light_direction(alpha, photo)
    if not kept.is_empty:
        thrown = direction_of(kept, alpha)
        found = thrown if thrown is not None else shaded
        return "keep", look, replace(kept, direction=found)
    notes = (*kept.notes, note)
    if shaded is None:
        return "stand", look, replace(kept, notes=notes)
    # The side that the camera sees is lit, so the lamp is in front: the shadow falls to the back.
    front = (180 - shaded) % 360 if math.cos(math.radians(shaded)) > 0 else shaded
    side = max(abs(math.sin(math.radians(front))), SIDEWAYS)
    length = settled("cast", look).length * (1 if look.length is not None else side)
    chosen = replace(look, direction=front if look.direction is None else look.direction, length=length)
    return "stand", chosen, replace(kept, notes=notes, direction=shaded)


def direction_of(shadow: Shadow, alpha: Alpha) -> float | None:
    """Return where the light comes from, by where a shadow lies: from its centre to the subject's foot.

    None where the shadow lies around the foot on all sides.
    """
    box = box_of(alpha)
    if box is None:
        return None
    top, left, bottom, right = box
    seen = shadow.opacity * (1 - alpha)
    total = float(seen.sum(dtype=np.float64))
    if total <= 0:
        return None
    down = float(seen.sum(axis=1, dtype=np.float64) @ np.arange(len(seen))) / total - bottom
    beside = float(seen.sum(axis=0, dtype=np.float64) @ np.arange(seen.shape[1])) / total - (left + right) / 2
    if math.hypot(down, beside) < 0.1 * min(bottom - top, right - left):
        return None
    return math.degrees(math.atan2(-beside, down)) % 360
