"""A training's log as a picture: losses and validations over the steps."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import OptionError
from ..files import write_atomic
from .log import Row, read_log

NO_LOSS = {"step", "rate", "norm", "broken", "skipped", "seconds"}
"""Keys of a step's row besides the loss and its parts."""
SMOOTH = 0.02
"""Share of the steps over which the loss is averaged for its thick line."""


def plot(log: Path, path: Path) -> None:
    """Write a PNG of a log: the losses above, the validations below, from before the first step.

    Raises
    ------
    OptionError
        There is nothing in the log.
    """
    from matplotlib.figure import Figure

    rows = read_log(log)
    steps = [row for row in rows if "loss" in row]
    checks = [row for row in rows if "validation" in row]
    if not rows:
        raise OptionError(str(log), "has no rows", "Name a training's folder with -o.")
    figure = Figure(figsize=(9, 7), layout="tight")
    axes = figure.subplots(2, 1, sharex=True)
    draw_losses(axes[0], steps)
    for name in checks[0]["validation"] if checks else []:
        values = [row["validation"][name] for row in checks]
        axes[1].plot([row["step"] for row in checks], values, label=name, marker=".")
    axes[0].set(ylabel="loss")
    axes[1].set(xlabel="step", ylabel="validation")
    for axis in axes:
        axis.grid(alpha=0.3)
        if axis.lines:
            axis.legend()
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110)
    write_atomic(path, stream.getvalue())


def draw_losses(axis: Any, steps: Sequence[Row]) -> None:
    """Draw the loss and its parts, each as a thin line of its steps and a thick one of their running mean."""
    places = [row["step"] for row in steps]
    for name in [name for name in (steps[0] if steps else {}) if name not in NO_LOSS]:
        values = [row[name] for row in steps]
        line = axis.plot(places, running_mean(values, max(1, round(SMOOTH * len(values)))), label=name)
        axis.plot(places, values, color=line[0].get_color(), linewidth=0.5, alpha=0.4)


def running_mean(values: Sequence[float], window: int) -> list[float]:
    """Return each value's mean with those before it, at most `window` of them."""
    return [
        sum(values[max(0, end - window) : end]) / (end - max(0, end - window))
        for end in range(1, len(values) + 1)
    ]
