"""From signals to a probability: logistic regressions, fitted on ground truth by bench/calibrate_uncertainty.py."""

from __future__ import annotations

import functools
import json
import math
from importlib import resources

from .signals import Signals

Row = dict[str, float]
"""A bias and one weight a feature, none of them negative."""


def features(signals: Signals) -> Row:
    """Return what a regression can weigh: the larger, the worse. Disagreement only where it is known.

    Blur, similar colours, the frame and veils are reasons to look, but did not foretell failures in cross-validation.
    """
    found = {
        "undecided": math.log(signals.undecided + 0.02),
        "rivals": signals.rivals,
        "small": -math.log(signals.area + 0.01),
    }
    if signals.disagreement is not None:
        found["disagreement"] = math.log(signals.disagreement + 0.02)
    return found


def probability(signals: Signals) -> float:
    """Return the estimated probability that the cutout's intersection over union with the truth is below 0.8.

    One row was fitted for several networks' answers and one for a single network's, whose disagreement is
    unknown.
    """
    row = rows()["single" if signals.disagreement is None else "several"]
    known = features(signals)
    score = sum(weight * known[name] for name, weight in row.items() if name != "bias")
    # tanh does not overflow where exp would.
    return 0.5 + 0.5 * math.tanh(0.5 * (row["bias"] + score))


@functools.cache
def rows() -> dict[str, Row]:
    """Return the fitted rows."""
    text = resources.files(__package__).joinpath("calibration.json").read_text(encoding="utf-8")
    found: dict[str, Row] = json.loads(text)
    return found
