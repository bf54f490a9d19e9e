"""What a person should look at: signals past a limit, each as a stable code and one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..types import Warn
from .signals import Signals


@dataclass(frozen=True, slots=True)
class Reason:
    """When to say what."""

    code: str
    holds: Callable[[Signals], bool]
    sentence: str


EMPTY = (
    Reason(
        "flat-photo",
        lambda s: s.contrast < 0.01,
        "The photo is one even colour: there is nothing to cut out.",
    ),
    Reason(
        "no-subject",
        lambda s: s.peak < 0.5 or s.area < 0.0005,
        "No subject was found; the cutout is nearly empty.",
    ),
)
"""Said alone: beside them nothing else about a cutout means anything."""

REASONS = (
    Reason(
        "networks-disagree",
        lambda s: s.disagreement is not None and s.disagreement > 0.2,
        "The networks do not agree on what the subject is; check that the right thing was kept.",
    ),
    Reason(
        "undecided",
        lambda s: s.undecided > 0.4,
        "Much of the subject is only half decided; check for parts that are missing or see-through.",
    ),
    Reason(
        "translucent",
        lambda s: s.veil > 0.08,
        "A wide area is half transparent, as glass, veil and smoke are; check how it looks on the new background.",
    ),
    Reason(
        "similar-colours",
        lambda s: s.alike > 0.4,
        "The subject and the background have similar colours along the edge; check the outline there.",
    ),
    Reason(
        "several-subjects",
        lambda s: s.rivals > 0.4,
        "There are several separate subjects of similar size; check that all of them, and only they, were kept.",
    ),
    Reason(
        "cut-by-frame",
        lambda s: s.cut > 0.03,
        "The subject runs out of the picture, so the cutout ends in a straight line there.",
    ),
    Reason(
        "close-up",
        lambda s: s.area > 0.8,
        "The subject fills nearly the whole picture; a photo from farther away is cut more surely.",
    ),
    Reason(
        "small-subject",
        lambda s: s.area < 0.01,
        "The subject is very small in the picture; crop the photo closer to it.",
    ),
    Reason(
        "tiny-photo",
        lambda s: s.side < 400,
        "The photo has fewer pixels than 400 by 400; a larger one gives a finer edge.",
    ),
    Reason(
        "blurred",
        lambda s: s.blur > 0.6,
        "The photo is blurred, so the outline is a guess; a sharper one is cut more surely.",
    ),
    Reason(
        "dark-photo",
        lambda s: s.light < 0.25,
        "The photo is very dark; a brighter one is cut more surely.",
    ),
    Reason(
        "compressed",
        lambda s: s.blockiness > 0.6,
        "The photo was compressed hard and shows blocks; the original file gives a cleaner edge.",
    ),
)


def reasons(signals: Signals) -> tuple[Warn, ...]:
    """Return what holds, the gravest first."""
    found = [reason for reason in EMPTY if reason.holds(signals)][:1]
    found = found or [reason for reason in REASONS if reason.holds(signals)]
    return tuple(Warn(reason.code, reason.sentence) for reason in found)
