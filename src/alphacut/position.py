"""Where in a picture, as CSS says it: ``center``, ``bottom``, ``top left``, ``30% 70%``."""

from __future__ import annotations

import re

Point = tuple[float, float]
"""Horizontal and vertical share in [0, 1]: (0, 0) is the top left, (1, 1) the bottom right."""

_ACROSS = {"left": 0.0, "right": 1.0}
_DOWN = {"top": 0.0, "bottom": 1.0}
_MIDDLE = dict.fromkeys(("center", "centre", "middle"), 0.5)
_PERCENT = re.compile(r"(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})%")

WORDS = (*_ACROSS, *_DOWN, *_MIDDLE)


def parse_position(text: str) -> Point | None:
    """Return the place that one or two words mean, in either order; None where they mean none.

    A single percentage is horizontal, as in CSS; what is not said is the middle.
    """
    words = text.replace(",", " ").lower().split()
    x = [_ACROSS[word] for word in words if word in _ACROSS]
    y = [_DOWN[word] for word in words if word in _DOWN]
    rest = [_share(word) for word in words if word not in _ACROSS and word not in _DOWN]
    free = [value for value in rest if value is not None]
    if not 1 <= len(words) <= 2 or len(x) > 1 or len(y) > 1 or len(free) < len(rest):
        return None
    across = x[0] if x else (free.pop(0) if free else 0.5)
    down = y[0] if y else (free.pop(0) if free else 0.5)
    return across, down


def _share(word: str) -> float | None:
    if word in _MIDDLE:
        return _MIDDLE[word]
    match = _PERCENT.fullmatch(word)
    return float(match[1]) / 100 if match and float(match[1]) <= 100 else None
