"""Which of several is the subject: who is at a point, or in a box."""

from __future__ import annotations

import numpy as np

from .regions import Mask, Region, union

Choice = tuple[float, float] | tuple[float, float, float, float]
"""A point (x, y) or a box (left, top, right, bottom) in shares of the frame, in [0, 1]."""

MOSTLY = 0.5
"""Of a region: more of it inside a chosen box, and all of it is chosen."""


def checked(choice: Choice | None) -> Choice | None:
    """Return a choice unchanged, or raise a ValueError that says what is wrong with it."""
    if choice is None:
        return None
    box = len(choice) == 4 and not (choice[0] < choice[2] and choice[1] < choice[3])
    if len(choice) not in (2, 4) or box or not all(0 <= number <= 1 for number in choice):
        raise ValueError(f"choice: expected (x, y) or (left, top, right, bottom) in [0, 1], got {choice!r}")
    return choice


def chosen(regions: list[Region], choice: Choice, shape: tuple[int, ...]) -> Mask:
    """Return the region at a point, or nearest to it; of a box, what is in it, with regions mostly in it whole."""
    height, width = shape
    if len(choice) == 2:
        x, y = choice[0] * width - 0.5, choice[1] * height - 0.5

        def away(region: Region) -> float:
            rows, columns = np.nonzero(region.mask)
            down, right = rows + region.box[0].start - y, columns + region.box[1].start - x
            return float(np.hypot(down, right).min())

        return union([min(regions, key=away)], shape)
    left, top, right, bottom = choice
    inside = np.zeros(shape, np.bool_)
    inside[round(top * height) : round(bottom * height), round(left * width) : round(right * width)] = True
    mostly = [region for region in regions if inside[region.box][region.mask].mean() > MOSTLY]
    whole = union(mostly, shape)
    return whole if mostly else union(regions, shape) & inside
