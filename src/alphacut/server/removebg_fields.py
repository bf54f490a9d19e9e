"""The parameters of remove.bg's contract: one table of names, what each may be, and the code of its error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from ..colours import Colour, parse_colour
from ..errors import OptionError

CODES = {
    "failed_bg_download": "The background could not be downloaded",
    "failed_image_download": "The image could not be downloaded",
    "failed_to_read_image": "The image could not be read",
    "file_too_large": "The file is too large",
    "invalid_bg_color": "Not a colour",
    "invalid_bg_image_url": "Not an address of a background",
    "invalid_channels": "No such channels",
    "invalid_crop_margin": "Not a margin",
    "invalid_dimensions": "The image has impossible dimensions",
    "invalid_file_type": "Not an image of a known type",
    "invalid_format": "No such format",
    "invalid_image_url": "Not an address of an image",
    "invalid_position": "Not a position",
    "invalid_roi": "Not a region",
    "invalid_scale": "Not a scale",
    "invalid_semitransparency": "Not true or false",
    "invalid_size": "No such size",
    "missing_source": "No image given",
    "multiple_bg_sources": "More than one background given",
    "multiple_sources": "More than one image given",
    "resolution_too_high": "The image has too many pixels",
    "roi_exceeds_bounds": "The region reaches beyond the image",
    "roi_region_empty": "The region is empty",
    "unknown_foreground": "No foreground was found",
    "insufficient_credits": "Insufficient credits",
    "auth_failed": "Authorization failed",
    "rate_limit_exceeded": "Rate limit exceeded",
}
"""Every code of the contract, and the title that goes with it."""

SIZES = {
    "preview": 0.25,
    "small": 0.25,
    "regular": 0.25,
    "medium": 1.5,
    "hd": 4.0,
    "full": 25.0,
    "4k": 25.0,
    "50MP": 50.0,
    "auto": 25.0,
}
"""Megapixels of the largest answer."""

PNG_MEGAPIXELS = 10.0
"""A PNG is never larger than this."""

FORMATS = ("auto", "png", "jpg", "webp", "zip")
TYPES = ("auto", "person", "product", "car", "animal", "graphic", "transportation")
SHADOWS = {"none": "none", "auto": "auto", "drop": "drop", "3D": "cast", "car": "contact"}
"""The contract's shadows, and ours."""

LONGEST = 200
"""Letters of a value; none needs as many."""

_LENGTH = re.compile(r"(-?\d{1,9}(?:\.\d{1,9})?)(px|%|)")
_ROOM = {1: (0, 0, 0, 0), 2: (0, 1, 0, 1), 4: (0, 1, 2, 3)}

Length = tuple[float, bool]
"""A number, and whether it is a percentage; otherwise it is pixels."""


class Fault(Exception):
    """A request that the contract refuses."""

    def __init__(self, code: str, detail: str) -> None:
        self.code, self.detail = code, detail
        super().__init__(f"{code}: {detail}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for, checked.

    Attributes
    ----------
    size, type, type_level, format, channels : str
        As they are named in the contract.
    roi : four lengths or None
        Left, top, right, bottom.
    crop : bool
    crop_margin : four lengths
        Top, right, bottom, left; a percentage is of the subject.
    scale : float or None
        In [0.1, 1]; None is the original one.
    position : (float, float), "original" or None
        Shares of the free room that are left of and above the subject; None where nothing was said.
    shadow_type : str or None
        One of :data:`SHADOWS`.
    add_shadow : bool
    shadow_opacity : float or None
        In [0, 1].
    semitransparency : bool or None
    bg_color : Colour or None
    """

    size: str = "preview"
    type: str = "auto"
    type_level: str = "1"
    format: str = "auto"
    channels: str = "rgba"
    roi: tuple[Length, ...] | None = None
    crop: bool = False
    crop_margin: tuple[Length, ...] = ((0.0, False),) * 4
    scale: float | None = None
    position: tuple[float, float] | str | None = None
    shadow_type: str | None = None
    add_shadow: bool = False
    shadow_opacity: float | None = None
    semitransparency: bool | None = None
    bg_color: Colour | None = None

    @property
    def shadow(self) -> str:
        """Our name of the shadow that is asked for."""
        return SHADOWS[self.shadow_type or ("auto" if self.add_shadow else "none")]


def _choice(*known: str) -> Callable[[str], str]:
    by_name = {name.lower(): name for name in known}

    def read(text: str) -> str:
        if text.lower() not in by_name:
            raise ValueError(f"expected one of {', '.join(known)}")
        return by_name[text.lower()]

    return read


def _switch(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise ValueError("expected true or false")
    return text.lower() in ("true", "1")


def _lengths(text: str) -> tuple[Length, ...]:
    found = [_LENGTH.fullmatch(word) for word in text.lower().replace(",", " ").split()]
    if not found or not all(found):
        raise ValueError("expected lengths such as 20px or 10%")
    return tuple((float(match[1]), match[2] == "%") for match in found if match)


def _roi(text: str) -> tuple[Length, ...]:
    sides = _lengths(text)
    if len(sides) != 4:
        raise ValueError("expected four lengths: x1 y1 x2 y2")
    return sides


def _margin(text: str) -> tuple[Length, ...]:
    sides = _lengths(text)
    if len(sides) not in _ROOM:
        raise ValueError("expected one, two or four lengths")
    if not all(0 <= value <= (50 if percent else 500) for value, percent in sides):
        raise ValueError("a margin is at most 50% or 500px, and not negative")
    return tuple(sides[index] for index in _ROOM[len(sides)])


def _scale(text: str) -> float | None:
    if text.lower() == "original":
        return None
    (value, percent), *rest = _lengths(text)
    if rest or not percent or not 10 <= value <= 100:
        raise ValueError("expected original, or 10% to 100%")
    return value / 100


def _position(text: str) -> tuple[float, float] | str:
    if text.lower() in ("original", "center"):
        return "original" if text.lower() == "original" else (0.5, 0.5)
    shares = _lengths(text)
    if len(shares) > 2 or not all(percent and 0 <= value <= 100 for value, percent in shares):
        raise ValueError("expected original, center, or one or two percentages from 0% to 100%")
    return shares[0][0] / 100, shares[-1][0] / 100


def _opacity(text: str) -> float | None:
    if text.lower() == "auto":
        return None
    (value, _), *rest = _lengths(text)
    if rest or not 0 <= value <= 100:
        raise ValueError("expected auto, or 0 to 100")
    return value / 100


def _colour(text: str) -> Colour:
    try:
        bare = re.fullmatch(r"[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8}", text)
        return parse_colour(f"#{text}" if bare else text)
    except OptionError as error:
        raise ValueError(error.remedy.rstrip(".")) from None


PARAMETERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "size": (_choice(*SIZES), f"size of the answer: {', '.join(SIZES)}"),
    "type": (_choice(*TYPES), "kind of subject; only given back as X-Type"),
    "type_level": (_choice("none", "1", "2", "latest"), "none leaves X-Type out"),
    "format": (_choice(*FORMATS), "auto is PNG where something is transparent, else JPEG"),
    "channels": (_choice("rgba", "alpha"), "the picture, or its alpha alone"),
    "roi": (_roi, "x1 y1 x2 y2 in px or %: only what lies inside is kept"),
    "crop": (_switch, "frame the subject"),
    "crop_margin": (_margin, "one, two or four lengths in px or % of the subject, at most 500px or 50%"),
    "scale": (_scale, "original, or 10% to 100% of the picture that the subject fills"),
    "position": (_position, "original, center, or one or two percentages"),
    "shadow_type": (_choice(*SHADOWS), "shadow under the subject"),
    "add_shadow": (_switch, "older name of shadow_type=auto"),
    "shadow_opacity": (_opacity, "auto, or 0 to 100"),
    "semitransparency": (_switch, "true keeps translucent areas"),
    "bg_color": (_colour, "hex with 3, 4, 6 or 8 digits, or a CSS name"),
}
"""Each parameter but the pictures: how it is read, and what it is. ``invalid_<name>`` is the code of its error."""

PICTURES = {
    "image_file": "the photo as a file",
    "image_file_b64": "the photo in base64",
    "image_url": "the photo's address, where the service fetches",
    "bg_image_url": "a background's address, where the service fetches",
    "bg_image_file": "a background as a file",
}
"""Parameters that bring a picture."""


def read_wanted(given: Mapping[str, Any]) -> Wanted:
    """Return what the parameters of a form, a query or a JSON object ask for.

    Blank ones count as left out, as do the names that the contract does not have: clients send both.

    Raises
    ------
    Fault
        A value that a parameter cannot have.
    """
    values = {}
    for name, (read, _) in PARAMETERS.items():
        text = text_of(given, name)
        if not text:
            continue
        try:
            if len(text) > LONGEST:
                raise ValueError("it is too long")
            values[name] = read(text)
        except ValueError as error:
            raise Fault(f"invalid_{name}", f"{name} cannot be {text[:80]!r}: {error}.") from None
    return Wanted(**values)


def text_of(given: Mapping[str, Any], name: str) -> str:
    """Return a parameter's text, empty where it is left out.

    Raises
    ------
    Fault
        It is a list or an object.
    """
    value = given.get(name)
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, (str, int, float)):
        return "" if value is None else str(value).strip()
    raise Fault(f"invalid_{name}", f"{name} cannot be a {type(value).__name__}: expected text.")


def schema() -> dict[str, Any]:
    """Return the JSON schema of a request's body."""
    defaults = {spec.name: spec.default for spec in fields(Wanted)}
    properties: dict[str, Any] = {
        name: {"type": "string", "description": text} for name, text in PICTURES.items()
    }
    for name in ("image_file", "bg_image_file"):
        properties[name]["format"] = "binary"
    for name, (_, text) in PARAMETERS.items():
        properties[name] = {"type": "string", "description": text}
        if isinstance(defaults[name], str):
            properties[name]["default"] = defaults[name]
    return {"type": "object", "properties": properties}
