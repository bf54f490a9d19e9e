"""The marketplaces that alphacut knows: a preset is data, in ``presets.toml``."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from ..options import unknown_name
from .frame import WORDS, Frame, frame_of

BORDER = 0.01
"""Width of the border that rules speak of, as a share of the shortest side."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a marketplace asks of a picture.

    Attributes
    ----------
    of : str
        What is measured: a key of :data:`alphacut.compose.check.MEASURES`.
    at_least, at_most : float or None
        The range of a number, ends included.
    one_of : tuple of str
        The words that a text may be.
    recommended : bool
        Whether breaking it only warns.
    second_hand : bool
        Whether it was read elsewhere than at the marketplace.
    why : str
        What it is good for.
    """

    of: str
    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[str, ...] = ()
    recommended: bool = False
    second_hand: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Preset:
    """A marketplace: how a picture for it is made, and what is checked.

    Attributes
    ----------
    name, title : str
        What it is asked for by, and what it is.
    frame : Frame
    background : str
        Colour behind the subject.
    format : str
        As in :func:`alphacut.encode.encode`.
    quality : int
        At most; less where the bytes would be too many.
    source, checked : str
        Where the rules stand, and the month they were read.
    rules : tuple of Rule
        The marketplace's own, then those that hold everywhere.
    """

    name: str
    title: str
    frame: Frame
    background: str
    format: str
    quality: int
    source: str
    checked: str
    rules: tuple[Rule, ...]

    @property
    def wants_white_border(self) -> bool:
        """Whether a border that is not white fails."""
        return any(rule.of == "border" and not rule.recommended for rule in self.rules)

    @property
    def max_bytes(self) -> int | None:
        """The largest file that the marketplace takes; None where none is known."""
        limits = [rule.at_most for rule in self.rules if rule.of == "bytes" and rule.at_most is not None]
        return int(min(limits)) if limits else None


def preset_names() -> list[str]:
    """Return the names of all presets, in the order of the file."""
    return list(_tables()["preset"])


def find_preset(name: str) -> Preset:
    """Return the preset of that name.

    Raises
    ------
    OptionError
        There is none; the message offers the nearest.
    """
    tables = _tables()
    if name not in tables["preset"]:
        raise unknown_name("preset", name, tables["preset"])
    table = dict(tables["preset"][name])
    rules = tuple(map(_rule, (*table.pop("rule"), *tables["rule"])))
    frame = frame_of({word: table.pop(word) for word in WORDS if word in table}) or Frame()
    return Preset(name, frame=frame, rules=rules, **table)


def preset_table() -> str:
    """Return the presets as a Markdown table, for the documentation."""
    lines = [
        "| preset | for | canvas | subject | largest file | rules (r recommended, 2 second-hand) | source |",
        "|---|---|---|---|---|---|---|",
    ]
    for preset in map(find_preset, preset_names()):
        height, width = preset.frame.canvas or (0, 0)
        own = preset.rules[: -len(_tables()["rule"])]
        size = f"{preset.max_bytes / 1e6:.3g} MB" if preset.max_bytes else ""
        rules = "; ".join(_described(rule) for rule in own)
        subject = f"{preset.frame.scale:.0%}" if preset.frame.scale else ""
        lines.append(
            f"| `{preset.name}` | {preset.title} | {width}×{height} | {subject} | {size} | {rules} "
            f"| {preset.source}, {preset.checked} |"
        )
    return "\n".join(lines) + "\n"


def range_of(rule: Rule) -> str:
    """Return what a rule asks for, as words: ``500 to 10,000``, ``at least 0.85``, ``JPEG or PNG``."""
    low, high = (None if end is None else f"{end:,.10g}" for end in (rule.at_least, rule.at_most))
    if rule.one_of:
        return " or ".join(rule.one_of)
    if low and high:
        return low if low == high else f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}"


def _described(rule: Rule) -> str:
    marks = "r" * rule.recommended + "2" * rule.second_hand
    return f"{rule.of.replace('_', ' ')} {range_of(rule)}" + (f" ({marks})" if marks else "")


def _rule(table: Mapping[str, Any]) -> Rule:
    return Rule(**(dict(table) | {"one_of": tuple(table.get("one_of", ()))}))


@functools.cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("presets.toml").read_text(encoding="utf-8"))
