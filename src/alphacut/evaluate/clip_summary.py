"""What the frames' measures say of each clip, and of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from . import davis
from .measure_clips import FrameRow

SEQUENCES = ("davis_j", "davis_f")
"""Measures that are told of a clip by mean, recall and decay."""


def summarise(rows: Sequence[FrameRow]) -> dict[str, dict[str, float]]:
    """Return each setting's measures: the mean over the clips of what :func:`summarise_clip` says of each.

    But `fps` is all frames by all seconds; `frames` and `clips` are how many there are.
    """
    by_clip = [summarise_clip(rows, clip) for clip in dict.fromkeys(row.clip for row in rows)]
    summary: dict[str, dict[str, float]] = {}
    for setting in dict.fromkeys(row.setting for row in rows):
        # A clip that one setting could not do at all has no common frames, so it counts for none.
        told = [clip[setting] for clip in by_clip if clip[setting]["frames"]]
        names = dict.fromkeys(name for scores in told for name in scores)
        means = {name: float(np.mean([s[name] for s in told if name in s])) for name in names}
        counts = {"clips": float(len(told)), "frames": sum(scores["frames"] for scores in told)}
        summary[setting] = means | counts | _rate([row for row in rows if row.setting == setting])
    return summary


def summarise_clip(rows: Sequence[FrameRow], clip: str) -> dict[str, dict[str, float]]:
    """Return each setting's measures of one clip, each over the frames where every setting has it.

    Means; of J and F also recall and decay; `fps` is the setting's own frames by its own seconds.
    """
    by_setting: dict[str, dict[str, dict[str, float]]] = {row.setting: {} for row in rows}
    for row in rows:
        if row.clip == clip and row.scores:
            by_setting[row.setting][row.frame] = row.scores
    names = dict.fromkeys(name for told in by_setting.values() for scores in told.values() for name in scores)
    summary: dict[str, dict[str, float]] = {setting: {"frames": 0.0} for setting in by_setting}
    for name in names:
        # A mean over other frames than the other's would compare the frames and not the settings.
        common = _common(by_setting, name)
        for setting, frames in by_setting.items() if common else ():
            summary[setting] |= _told(name, [frames[frame][name] for frame in common])
    for setting in summary:
        summary[setting] |= _rate([row for row in rows if row.clip == clip and row.setting == setting])
    return summary


def _told(name: str, values: Sequence[float]) -> dict[str, float]:
    if name == "seconds":
        return {"frames": float(len(values))}
    told = {name: float(np.mean(values))}
    if name in SEQUENCES:
        told |= {f"{name}_recall": davis.recall(values), f"{name}_decay": davis.decay(values)}
    return told


def _common(by_setting: Mapping[str, Mapping[str, Mapping[str, float]]], name: str) -> list[str]:
    first, *others = by_setting.values()
    return [
        frame
        for frame, scores in first.items()
        if name in scores and all(name in other.get(frame, {}) for other in others)
    ]


def _rate(rows: Sequence[FrameRow]) -> dict[str, float]:
    seconds = [row.scores["seconds"] for row in rows if "seconds" in row.scores]
    return {"fps": len(seconds) / sum(seconds)} if sum(seconds) > 0 else {}
