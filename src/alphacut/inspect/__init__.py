"""What may have gone wrong with a cutout, and how likely it is, without knowing the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..types import Alpha, Photo, Report, Warn, check_alpha
from .calibration import probability
from .reasons import EMPTY, reasons
from .signals import Signals, measure

NEEDS_LOOK = 0.15
"""An uncertainty above this asks for a person's look; about a fifth of ordinary photos have one."""
NOTHING_THERE = 0.95
"""The least uncertainty where no subject was found: no truth was ever fitted there, and the cutout is of no use."""


def examine(photo: Photo, alpha: Alpha, opinions: Sequence[Alpha] = ()) -> tuple[float, tuple[Warn, ...]]:
    """Say how likely a cutout is wrong, and what a person should look at.

    Parameters
    ----------
    photo : Photo
    alpha : Alpha
        H×W, the photo's size: the final alpha.
    opinions : sequence of Alpha
        The separate answers of the networks for this photo, each H×W. With fewer than two their disagreement
        is unknown, and the estimate is the one that was fitted without it.

    Returns
    -------
    uncertainty : float
        In [0, 1]: the estimated probability that the intersection over union of ``alpha > 0.5`` with the truth
        is below 0.8. Above :data:`NEEDS_LOOK` the photo needs a look.
    reasons : tuple of Warn
        Stable codes, each with a sentence, the gravest first; see docs/inspect.md.

    Raises
    ------
    ValueError
        An alpha is not of the photo's size or not in [0, 1].
    """
    check_alpha(alpha, photo.shape)
    for i, opinion in enumerate(opinions):
        check_alpha(opinion, photo.shape, f"opinions[{i}]")
    return judge(measure(photo, alpha, opinions))


def findings(report: Report) -> dict[str, Any]:
    """Return what a script wants to know; uncertainty and look are None where nothing was estimated."""
    value = report.uncertainty
    return {
        "uncertainty": None if value is None else round(value, 4),
        "needs_look": None if value is None else value > NEEDS_LOOK,
        "warnings": [asdict(warning) for warning in report.warnings],
    }


def judge(signals: Signals) -> tuple[float, tuple[Warn, ...]]:
    """Return the uncertainty and the reasons of a cutout of which these signals were measured."""
    found = reasons(signals)
    nothing = any(warn.code == reason.code for warn in found for reason in EMPTY)
    return max(probability(signals), NOTHING_THERE if nothing else 0.0), found
