"""Margins, canvases, aspects and positions as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import OptionError
from ..position import Point, parse_position

Sides = tuple[float, float, float, float]
"""Top, right, bottom, left, as in CSS."""

_NUMBER = r"(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})"
_LENGTH = re.compile(rf"{_NUMBER}(px|%|)")
_PAIR = re.compile(r"(\d{1,9})\s*[x×*]\s*(\d{1,9})(?:\s*px)?")
_RATIO = re.compile(rf"{_NUMBER}\s*[:/x]\s*{_NUMBER}")
_EXPAND = {1: (0, 0, 0, 0), 2: (0, 1, 0, 1), 3: (0, 1, 2, 1), 4: (0, 1, 2, 3)}


@dataclass(frozen=True, slots=True)
class Margin:
    """Room around the subject: pixels plus a share of the finished canvas, a side.

    Attributes
    ----------
    pixels : Sides
        Pixels of the canvas.
    share : Sides
        Shares, in [0, 1), of the canvas' height (top, bottom) and width (right, left).
    """

    pixels: Sides = (0.0, 0.0, 0.0, 0.0)
    share: Sides = (0.0, 0.0, 0.0, 0.0)


def parse_margin(text: str) -> Margin:
    """Return the margin that one to four lengths mean, as in CSS: ``40``, ``40px``, ``5%``, ``5% 10% 0 10%``.

    Raises
    ------
    OptionError
        Not one to four lengths.
    """
    words = text.replace(",", " ").lower().split()
    found = [_LENGTH.fullmatch(word) for word in words]
    if len(words) not in _EXPAND or not all(found):
        remedy = "Use one to four lengths (top right bottom left), such as 40, 5% or '5% 10% 0 10%'."
        raise OptionError("option 'margin'", f"cannot be {text!r}", remedy)
    order = _EXPAND[len(words)]
    lengths = [(float(match[1]), match[2] == "%") for match in found if match]
    top, right, bottom, left = (
        0.0 if percent else value for value, percent in map(lengths.__getitem__, order)
    )
    shares = tuple(value / 100 if percent else 0.0 for value, percent in map(lengths.__getitem__, order))
    return Margin((top, right, bottom, left), (shares[0], shares[1], shares[2], shares[3]))


def parse_aspect(text: str) -> float:
    """Return width over height of ``4:5``, ``4/5`` or ``0.8``.

    Raises
    ------
    OptionError
        Not a ratio, or one of zero.
    """
    match = _RATIO.fullmatch(text.strip().lower()) or re.fullmatch(f"{_NUMBER}()", text.strip())
    parts = [float(part) for part in match.groups() if part] if match else []
    if not parts or not all(parts):
        raise OptionError(
            "option 'aspect'", f"cannot be {text!r}", "Use width:height, such as 1:1, 4:5 or 16:9."
        )
    return parts[0] / (parts[1] if len(parts) == 2 else 1.0)


def parse_canvas(text: str) -> tuple[int, int] | int:
    """Return (height, width) of ``WIDTHxHEIGHT``, or the longest side of a single number.

    Raises
    ------
    OptionError
        Neither of the two, or a side of zero.
    """
    words = text.strip().lower()
    pair, single = _PAIR.fullmatch(words), re.fullmatch(r"(\d{1,9})(?:\s*px)?", words)
    sides = [int(part) for match in (pair, single) if match for part in match.groups()]
    if not sides or not all(sides):
        remedy = "Use WIDTHxHEIGHT in pixels, such as 2000x2500, or the longest side, such as 2000."
        raise OptionError("option 'canvas'", f"cannot be {text!r}", remedy)
    return (sides[1], sides[0]) if pair else sides[0]


def read_position(text: str) -> Point:
    """Return where the free room goes, as shares left of and above the subject: x and y in [0, 1].

    Raises
    ------
    OptionError
        Not one or two words of :mod:`alphacut.position`, or two of the same direction.
    """
    found = parse_position(text)
    if found is None:
        remedy = "Use center, top, bottom, left, right, two of them, or two percentages such as 30% 70%."
        raise OptionError("option 'position'", f"cannot be {text!r}", remedy)
    return found
