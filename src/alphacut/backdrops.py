"""Backdrops as people write them: text → what it means. No file is read and nothing is drawn here.

::

    none                                    nothing: stays transparent
    white, #f0e8d8, rgb(240, 232, 216)      a colour
    linear(white, #ccc 60%, #999, 90)       a gradient, at an angle in degrees
    radial(white, #bbb, at 50% 40%)         a gradient from a centre
    beach.jpg, picture(beach.jpg, contain)  a picture file
    blur, blur(5%)                          the photo's own background, out of focus
    studio-white                            a studio drawn in code
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from .colours import Colour, parse_colour
from .errors import OptionError
from .position import WORDS, Point, parse_position

if TYPE_CHECKING:
    from .types import Photo

Taken = TypeVar("Taken")
CENTRE: Point = (0.5, 0.5)
FITS = ("cover", "contain", "tile", "stretch")
STUDIOS = ("studio-white", "studio-grey", "studio-warm", "studio-dark")
BLUR = 0.03
BLUR_LIMITS = (0.01, 0.2)

_SIDES = ("top", "top right", "right", "bottom right", "bottom", "bottom left", "left", "top left")
_ANGLES = {f"to {side}": 45.0 * number for number, side in enumerate(_SIDES)}
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"


@dataclass(frozen=True, slots=True)
class Gradient:
    """Colours along a line or from a centre.

    Attributes
    ----------
    stops : tuple of (float, Colour)
        Position in [0, 1], never falling, and the sRGB colour there.
    angle : float or None
        Direction in degrees: 0 points up, 90 to the right, 180 down. None is radial.
    centre : (float, float)
        Of a radial one.
    """

    stops: tuple[tuple[float, Colour], ...]
    angle: float | None = None
    centre: Point = CENTRE


@dataclass(frozen=True, slots=True)
class Still:
    """A picture file.

    Attributes
    ----------
    path : str
    fit : {"cover", "contain", "tile", "stretch"}
    position : (float, float)
        Which point of the picture lies on the same point of the canvas.
    fill : Colour
        What shows around a contained picture, and through a transparent one.
    photo : Photo or None
        The picture itself, once it has been read.
    """

    path: str
    fit: str = "cover"
    position: Point = CENTRE
    fill: Colour = (255, 255, 255, 255)
    photo: Photo | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Blur:
    """The photo's own background; the blur's radius as a share of the canvas's longer side."""

    radius: float = BLUR


@dataclass(frozen=True, slots=True)
class Studio:
    """One of :data:`STUDIOS`."""

    name: str


Kind = Colour | Gradient | Still | Blur | Studio | None


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What stands behind the subject.

    Attributes
    ----------
    text : str
        As it was written.
    kind : Colour, Gradient, Still, Blur, Studio or None
        None is nothing.
    """

    text: str
    kind: Kind

    @property
    def is_opaque(self) -> bool:
        """Whether no pixel of it is transparent, so that JPEG can hold the result."""
        if isinstance(self.kind, Gradient):
            return all(colour[3] == 255 for _, colour in self.kind.stops)
        if isinstance(self.kind, Still):
            return self.kind.fill[3] == 255
        if isinstance(self.kind, tuple):
            return self.kind[3] == 255
        return self.kind is not None


def parse_backdrop(text: str) -> Backdrop:
    """Return the backdrop that a text means; the forms are at the top of this module.

    Raises
    ------
    OptionError
        Names the part that is wrong and, for a word that is nearly right, the nearest one.
    """
    plain = text.strip()
    said = _Said(text)
    call = re.fullmatch(r"([a-z][a-z-]*)\s*\((.*)\)", plain, re.DOTALL | re.IGNORECASE)
    if call:
        return Backdrop(text, _called(call.group(1).lower(), call.group(2), plain, said))
    named: dict[str, Kind] = {"none": None, "blur": Blur(), **{name: Studio(name) for name in STUDIOS}}
    if plain.lower() in named:
        return Backdrop(text, named[plain.lower()])
    if _is_path(plain):
        return Backdrop(text, Still(plain))
    return Backdrop(text, said.colour(plain, tuple(named)))


@dataclass(frozen=True, slots=True)
class _Said:
    """The whole text, for messages."""

    text: str

    def wrong(self, problem: str, remedy: str) -> OptionError:
        return OptionError("option 'background'", f"cannot be {self.text!r}: {problem}", remedy)

    def unknown(self, word: str, what: str, known: tuple[str, ...], remedy: str) -> OptionError:
        near = difflib.get_close_matches(word.lower(), known, n=1)
        return self.wrong(f"{word!r} is {what}", f"Did you mean {near[0]!r}?" if near else remedy)

    def colour(self, word: str, others: tuple[str, ...] = ()) -> Colour:
        try:
            return parse_colour(word)
        except OptionError:
            from PIL import ImageColor  # not at the top: options.py needs this module and must stay quick

            what = "not a colour" + (" and no other background" if others else "")
            remedy = "Use a CSS name such as white, or #rgb, #rgba, #rrggbb or #rrggbbaa."
            if others:
                remedy = f"{remedy[:-1]}; or {', '.join(others)}, linear(…), radial(…) or a picture file."
            raise self.unknown(word, what, (*others, *ImageColor.colormap), remedy) from None

    def share(self, word: str, limits: tuple[float, float] = (0.0, 1.0)) -> float:
        match = re.fullmatch(rf"({_NUMBER})\s*%", word)
        low, high = (round(limit * 100, 6) for limit in limits)
        if match is None or not low <= float(match.group(1)) <= high:
            raise self.wrong(f"{word!r} is no percentage from {low:g}% to {high:g}%", "Write it like 3%.")
        return float(match.group(1)) / 100


def _is_path(text: str) -> bool:
    return bool(re.search(r"[/\\]|\.\w{2,5}$", text))


def _called(name: str, inside: str, plain: str, said: _Said) -> Kind:
    if name in ("rgb", "rgba", "hsl", "hsv", "hsb"):
        return said.colour(plain)
    forms: dict[str, Callable[[list[str], _Said], Kind]]
    forms = {"linear": _linear, "radial": _radial, "picture": _picture, "blur": _blur}
    if name in forms:
        parts = _split(inside)
        return forms[name](parts if name == "picture" else [part.strip() for part in parts], said)
    remedy = f"Known: {', '.join(f'{form}(…)' for form in forms)}."
    raise said.unknown(name, "no kind of background", (*forms, *STUDIOS), remedy)


def _split(text: str) -> list[str]:
    """Return what stands between the commas that are in no bracket of their own, blanks included."""
    parts, depth = [""], 0
    for letter in text:
        depth = max(depth + (letter == "(") - (letter == ")"), 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _linear(parts: list[str], said: _Said) -> Gradient:
    angle = _taken(parts, _angle)
    return Gradient(_stops(parts, said), 180.0 if angle is None else angle)


def _radial(parts: list[str], said: _Said) -> Gradient:
    centre = _taken(parts, lambda part: _position(part[3:], said) if part.lower().startswith("at ") else None)
    return Gradient(_stops(parts, said), None, centre or CENTRE)


def _taken(parts: list[str], read: Callable[[str], Taken | None]) -> Taken | None:
    """Take the last part out, or the first, where CSS has it, if `read` knows it."""
    for place in (-1, 0):
        found = read(parts[place])
        if found is not None:
            del parts[place]
            return found
    return None


def _angle(text: str) -> float | None:
    match = re.fullmatch(rf"({_NUMBER})\s*(?:deg|°)?", text.lower())
    return float(match.group(1)) % 360 if match else _ANGLES.get(" ".join(text.lower().split()))


def _stops(parts: list[str], said: _Said) -> tuple[tuple[float, Colour], ...]:
    """Return the stops; those without a position lie evenly between their neighbours', as in CSS."""
    if len(parts) < 2 or not all(parts):
        raise said.wrong("a gradient needs two colours or more", "For instance linear(white, #ccc).")
    split = [part.rsplit(None, 1) if part.endswith("%") else [part] for part in parts]
    colours = [said.colour(words[0]) for words in split]
    places = [said.share(words[1]) if len(words) == 2 else None for words in split]
    places[0] = 0.0 if places[0] is None else places[0]
    places[-1] = 1.0 if places[-1] is None else places[-1]
    fixed = [(number, place) for number, place in enumerate(places) if place is not None]
    full = [fixed[0][1]]
    for (start, low), (stop, high) in itertools.pairwise(fixed):
        if high < low:
            raise said.wrong(f"a stop at {high * 100:g}% comes after {low * 100:g}%", "Write them in order.")
        full += [low + (high - low) * step / (stop - start) for step in range(1, stop - start + 1)]
    return tuple(zip(full, colours, strict=True))


def _position(text: str, said: _Said) -> Point:
    found = parse_position(text)
    if found is None:
        raise said.wrong(f"{text!r} is no position", "For instance center, top left or 30% 70%.")
    return found


def _picture(parts: list[str], said: _Said) -> Still:
    """Read from the right, since a path may have commas of its own."""
    given: dict[str, object] = {}
    while len(parts) > 1 and not _is_path(parts[-1].strip()):
        key, value = _setting(parts[-1].strip(), said)
        if key in given:
            raise said.wrong(f"its {key} is given twice", "Give it once.")
        given[key] = value
        parts.pop()
    path = ",".join(parts).strip().strip("\"'")
    if not path:
        raise said.wrong("no picture is named", "For instance picture(beach.jpg, contain, top left, #eee).")
    return Still(path, **given)  # type: ignore[arg-type]


def _setting(text: str, said: _Said) -> tuple[str, object]:
    words = text.lower().split()
    if text.lower() in FITS:
        return "fit", text.lower()
    if words and all(word in WORDS or word.endswith("%") for word in words):
        return "position", _position(text, said)
    try:
        return "fill", parse_colour(text)
    except OptionError:
        remedy = f"Fits: {', '.join(FITS)}."
        raise said.unknown(text, "no fit, position or colour", (*FITS, *WORDS), remedy) from None


def _blur(parts: list[str], said: _Said) -> Blur:
    value = ", ".join(parts)
    return Blur(said.share(value, BLUR_LIMITS) if value else BLUR)
