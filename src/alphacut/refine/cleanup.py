"""The edge cleanup that a person asked for, in its order."""

from __future__ import annotations

from ..options import Options
from ..types import Alpha
from .edges import contrast, feather, shift
from .regions import keep_largest, remove_specks


def choose_regions(alpha: Alpha, options: Options) -> Alpha:
    """Keep the subjects that the options ask for. Before the foreground is estimated."""
    if options.subjects == "largest":
        return keep_largest(alpha)
    return remove_specks(alpha, options.specks)


def adjust_edges(alpha: Alpha, options: Options) -> Alpha:
    """Move, sharpen and soften the edge as asked. After the foreground is estimated, which needs the photo's."""
    return feather(contrast(shift(alpha, options.shift), options.contrast), options.feather)
