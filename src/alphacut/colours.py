"""Colours as people write them."""

from __future__ import annotations

from .errors import OptionError

Colour = tuple[int, int, int, int]
"""sRGB red, green, blue and alpha, each 0 to 255."""


def parse_colour(text: str, option: str = "background") -> Colour:
    """Return the colour that a CSS name or ``#rgb``, ``#rgba``, ``#rrggbb``, ``#rrggbbaa`` means.

    Raises
    ------
    OptionError
        The text is no colour.
    """
    from PIL import ImageColor  # not at the top: options.py needs this module and must stay quick to import

    name = text.strip().lower()
    try:
        red, green, blue, *rest = (0, 0, 0, 0) if name == "transparent" else ImageColor.getrgb(name)
    except ValueError:
        remedy = "Use a CSS name such as white, or #rgb, #rgba, #rrggbb or #rrggbbaa."
        raise OptionError(f"option {option!r}", f"cannot be {text!r}: not a colour", remedy) from None
    return red, green, blue, rest[0] if rest else 255
