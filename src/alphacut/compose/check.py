"""Whether a finished picture keeps a marketplace's rules, each measured on the file itself."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ..codecs.describe import describe
from ..decode import decode
from ..errors import InputError
from ..types import Photo, Pixels, depth_of
from .presets import BORDER, Preset, Rule, range_of
from .subject import find_subject

DIFFERENT = 8
"""Steps of 255 from the border's colour at which the subject begins: more than JPEG's ripples."""

EVEN = 0.5
"""Share of the border that must have one colour for the subject to be told from it."""

_ORIENTATION = 274


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one rule.

    Attributes
    ----------
    rule : str
        What was measured, a key of :data:`MEASURES`.
    level : {"pass", "warn", "fail"}
        "warn" where the rule is only recommended, or could not be measured.
    found, wanted : str
        In words, with units.
    remedy : str
        What to do about it; empty where it passed.
    second_hand : bool
        Whether the rule was read elsewhere than at the marketplace.
    """

    rule: str
    level: str
    found: str
    wanted: str
    remedy: str = ""
    second_hand: bool = False


@dataclass(frozen=True, slots=True)
class _File:
    """A picture file, decoded and as it stands."""

    photo: Photo
    data: bytes
    header: Image.Image

    @property
    def width(self) -> int:
        return self.photo.shape[1]

    @property
    def height(self) -> int:
        return self.photo.shape[0]


@dataclass(frozen=True, slots=True)
class Measure:
    """How one thing is measured and said.

    Attributes
    ----------
    title : str
        Its name in sentences.
    of : callable
        A file to a number or a word; None where it cannot be told.
    shown : str
        Format string for a number.
    remedy : str
        What to do where the rule is broken.
    """

    title: str
    of: Callable[[_File], float | str | None]
    shown: str
    remedy: str


def check_file(data: bytes, preset: Preset, name: str = "picture") -> list[Finding]:
    """Return what came of each of a marketplace's rules, in the preset's order.

    Parameters
    ----------
    data : bytes
        The picture file.
    preset : Preset
    name : str
        What to call the file in messages.

    Raises
    ------
    InputError
        The file is no picture or broken.
    """
    photo = decode(data, name=name)
    # As decoding does: Image.open would hold every thread to one process-wide limit of pixels.
    header = Image.OPEN[photo.format][0](io.BytesIO(data), "")
    file = _File(photo, data, header)
    values = {of: MEASURES[of].of(file) for of in dict.fromkeys(rule.of for rule in preset.rules)}
    return [_finding(rule, values[rule.of]) for rule in preset.rules]


def passes(findings: list[Finding]) -> bool:
    """Return whether nothing failed; warnings do not count."""
    return all(finding.level != "fail" for finding in findings)


def _finding(rule: Rule, value: float | str | None) -> Finding:
    measure = MEASURES[rule.of]
    wanted = f"{range_of(rule)}{', recommended' if rule.recommended else ''}"
    wanted += f" ({rule.why})" if rule.why else ""
    if value is None:
        remedy = "Look at it yourself: the border is not one colour, or nothing differs from it."
        return Finding(rule.of, "warn", "cannot be measured", wanted, remedy, rule.second_hand)
    found = value if isinstance(value, str) else measure.shown.format(value)
    if _keeps(rule, value):
        return Finding(rule.of, "pass", found, wanted, "", rule.second_hand)
    level = "warn" if rule.recommended else "fail"
    return Finding(rule.of, level, found, wanted, measure.remedy, rule.second_hand)


def _keeps(rule: Rule, value: float | str) -> bool:
    if isinstance(value, str):
        return value in rule.one_of
    above = rule.at_least is None or value >= rule.at_least
    return above and (rule.at_most is None or value <= rule.at_most)


def _format(file: _File) -> str:
    return "JPEG" if file.photo.format == "MPO" else file.photo.format


def _mode(file: _File) -> str:
    mode = str(file.header.mode)
    names = {"L": "grey", "LA": "grey", "I;16": "grey", "I": "grey", "1": "black and white", "P": "palette"}
    return names.get(mode, "RGB" if mode.startswith("RGB") else mode)


def _profile(file: _File) -> str:
    """Return "sRGB" for what is shown alike as sRGB, whatever its profile calls itself; else the profile's name."""
    if not file.photo.icc:
        return "sRGB"
    profile = ImageCms.ImageCmsProfile(io.BytesIO(file.photo.icc))
    steps = np.array([0, 64, 128, 192, 255], np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(1, -1, 3)
    image = Image.fromarray(cube)
    shown = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"))
    same = cv2.norm(cube, np.asarray(shown), cv2.NORM_INF) <= 3
    return "sRGB" if same else ImageCms.getProfileDescription(profile).strip() or "another"


def _orientation(file: _File) -> float:
    tags: Mapping[int, Any] = getattr(file.header, "tag_v2", {})
    return float(tags.get(_ORIENTATION, describe(file.header)[1]))


def _transparent(file: _File) -> float:
    alpha = file.photo.source_alpha
    return 0.0 if alpha is None else float(np.mean(alpha < 1))


def _border(file: _File) -> float | None:
    """Return the darkest value of the border in steps of 255, rounded down; None where it is see-through."""
    if file.photo.source_alpha is not None and _ring(file.photo.source_alpha).min() < 1:
        return None
    ring = _ring(file.photo.pixels)
    return float(ring.min()) * 255 // depth_of(file.photo.pixels)


def _subject(file: _File) -> float | None:
    """Return the share of the width or the height that the subject fills, whichever is more."""
    seen = _seen(file.photo)
    if seen is None:
        return None
    try:
        left, top, right, bottom = find_subject(seen).box
    except InputError:
        return None  # white on white: there is a subject, but no telling where
    return max((right - left) / file.width, (bottom - top) / file.height)


def _seen(photo: Photo) -> NDArray[np.float32] | None:
    if photo.source_alpha is not None:
        return photo.source_alpha
    ring = _ring(photo.pixels).reshape(-1, 3)
    colour = np.median(ring, axis=0)
    least = DIFFERENT / 255 * depth_of(photo.pixels)
    even = np.mean(np.abs(ring.astype(np.float32) - colour).max(axis=1) <= least)
    return _apart(photo.pixels, colour, least) if even >= EVEN else None


def _apart(pixels: Pixels, colour: NDArray[np.floating[Any]], least: float) -> NDArray[np.float32]:
    """Return 1 where any channel differs from a colour by more than `least`, else 0."""
    low, high = (np.clip(edge, 0, depth_of(pixels)) for edge in (colour - least, colour + least))
    alike = cv2.inRange(pixels, np.ceil(low), np.floor(high))
    apart: NDArray[np.float32] = (alike == 0).astype(np.float32)
    return apart


def _ring(image: NDArray[Any]) -> NDArray[Any]:
    """Return the values of the border as one row."""
    wide = max(1, round(BORDER * min(image.shape[:2])))
    parts = (image[:wide], image[-wide:], image[wide:-wide, :wide], image[wide:-wide, -wide:])
    return np.concatenate([part.reshape(-1, *image.shape[2:]) for part in parts])


_LARGER = "Make it again from a larger photo, or with this --preset."

MEASURES: Mapping[str, Measure] = {
    "format": Measure("file format", _format, "", "Save it as one of these: --format."),
    "width": Measure("width", lambda f: f.width, "{:,.0f} px", _LARGER),
    "height": Measure("height", lambda f: f.height, "{:,.0f} px", _LARGER),
    "longest_side": Measure(
        "longest side", lambda f: max(f.width, f.height), "{:,.0f} px", "Give it this size: --canvas."
    ),
    "shortest_side": Measure(
        "shortest side", lambda f: min(f.width, f.height), "{:,.0f} px", "Give it this size: --canvas."
    ),
    "megapixels": Measure(
        "megapixels", lambda f: f.width * f.height / 1e6, "{:.4g}", "Make it smaller: --canvas."
    ),
    "aspect": Measure(
        "width / height", lambda f: f.width / f.height, "{:.4g}", "Give it this shape: --aspect."
    ),
    "bytes": Measure(
        "bytes", lambda f: len(f.data), "{:,.0f}", "Limit the file: --max-bytes, or a lower --quality."
    ),
    "border": Measure(
        "darkest value of the border",
        _border,
        "{:.0f} of 255",
        "Put the subject on pure white, away from the border: --background white --margin 5%.",
    ),
    "transparent": Measure(
        "transparent share", _transparent, "{:.3f}", "Put a colour behind it: --background white."
    ),
    "subject": Measure(
        "subject's share of a side", _subject, "{:.3f}", "Crop to the subject and give it its share: --scale."
    ),
    "mode": Measure("colours", _mode, "", "Save it in RGB; alphacut always does."),
    "profile": Measure("colour profile", _profile, "", "Convert it to sRGB: --srgb."),
    "orientation": Measure(
        "EXIF orientation", _orientation, "{:.0f}", "Turn the pixels themselves; alphacut always does."
    ),
}
"""Everything that a rule can be of."""
