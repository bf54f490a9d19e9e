"""Lines over time as SVG, for pages that need no other file."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Okabe and Ito's, which the colour-blind tell apart; after the last the first comes again."""

WIDTH, HEIGHT = 420, 130
LEFT, TOP, RIGHT, BOTTOM = 58, 20, 8, 18
"""Margins around the lines, for the words, in pixels."""


def colour_of(number: int) -> str:
    """Return the colour of the line with this number, from 0."""
    return COLOURS[number % len(COLOURS)]


def line_plot(title: str, lines: Mapping[str, Sequence[float | None]], decimals: int) -> str:
    """Return an SVG element with a line for each name, in the order of the colours.

    Parameters
    ----------
    title : str
        Stands above.
    lines : mapping of str to sequence of float or None
        A value for each frame, all of one length; a line is broken where there is None.
    decimals : int
        Of the lowest and the highest value, which stand at the axis.
    """
    values = [value for line in lines.values() for value in line if value is not None]
    if not values:
        return ""
    low, high, count = min(values), max(values), max(map(len, lines.values()))
    span = (high - low) or 1.0  # a flat line lies at the bottom
    drawn = "".join(
        f'<path d="{_path(line, low, span)}" fill="none" stroke="{colour_of(k)}" stroke-width="1.5" '
        f'stroke-linecap="round"><title>{html.escape(name)}</title></path>'
        for k, (name, line) in enumerate(lines.items())
    )
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    words = (
        _text(LEFT, 13, "start", title)
        + _text(LEFT - 4, TOP + 8, "end", f"{high:.{decimals}f}")
        + (_text(LEFT - 4, bottom, "end", f"{low:.{decimals}f}") if high > low else "")
        + _text(LEFT, HEIGHT - 4, "start", "1")
        + _text(right, HEIGHT - 4, "end", f"frame {count}")
    )
    frame = f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#999"/>'
    return f'<svg role="img" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}">{frame}{words}{drawn}</svg>'


def _path(line: Sequence[float | None], low: float, span: float) -> str:
    steps, drawing = [], False
    for place, value in enumerate(line):
        if value is not None:
            x = LEFT + (WIDTH - LEFT - RIGHT) * place / max(1, len(line) - 1)
            y = TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / span)
            # Without h0 a value between two gaps would be a line of no length, which is not drawn.
            steps.append(f"L{x:.1f} {y:.1f}" if drawing else f"M{x:.1f} {y:.1f}h0")
        drawing = value is not None
    return "".join(steps)


def _text(x: int, y: int, anchor: str, words: str) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="11" fill="#444">{html.escape(words)}</text>'
    )
