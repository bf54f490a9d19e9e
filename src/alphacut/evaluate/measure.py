"""Every photo of a set by every setting, in turn, so that a busy machine slows all of them alike."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..api import Cutter
from ..errors import InferenceFailed, InputError
from ..types import Alpha, Pixels, check_alpha
from . import matting, segmentation
from .colour import edge_colour
from .saliency import saliency
from .sets import Item, Truth, check_size, read_set, read_truth
from .thumbnails import thumbnail


@dataclass(frozen=True, slots=True)
class Answer:
    """What a setting makes of one photo.

    Attributes
    ----------
    alpha : Alpha
        The photo's size, in [0, 1].
    seconds : float
        From the file's bytes to the cutout in memory, without loading a network and without encoding.
    foreground : ndarray or None
        H×W×3 straight colours.
    """

    alpha: Alpha
    seconds: float
    foreground: Pixels | None = None


Predict = Callable[[Path], Answer]
"""One setting: a photo's path in, its answer out."""


@dataclass(frozen=True, slots=True)
class Row:
    """One photo by one setting.

    Attributes
    ----------
    photo, setting : str
    scores : dict of str to float
        By the names of :data:`~alphacut.evaluate.report.MEASURES`; what does not apply to the photo is not there.
    error : str
        Why there are no scores; empty where there are.
    thumbnail : bytes
        The matte, small, as JPEG.
    """

    photo: str
    setting: str
    scores: dict[str, float] = field(default_factory=dict)
    error: str = ""
    thumbnail: bytes = b""


def evaluate(set_folder: Path, settings: Mapping[str, Predict], limit: int | None = None) -> list[Row]:
    """Measure settings on a set.

    Parameters
    ----------
    set_folder : Path
        Has images/ and masks/ or alpha/; trimaps/ and foreground/ are used where they are.
    settings : mapping of str to callable
        What to compare, by name; see :func:`by_cutter` and :meth:`alphacut.evaluate.peer.Peer.setting`.
    limit : int, optional
        How many photos, the first by name.

    Raises
    ------
    OptionError
        The folder is no set.
    ModelError
        A network cannot be had. A photo that one setting cannot do is a row with its error.
    """
    return list(measure(read_set(set_folder, limit), settings))


def measure(items: Iterable[Item], settings: Mapping[str, Predict], salient: bool = False) -> Iterator[Row]:
    """Yield a row for each photo and setting; with `salient`, also F, weighted F, S and E (extra `eval`)."""
    for item in items:
        for name, predict in settings.items():
            try:
                truth = read_truth(item)
                answer = predict(item.image)
                check_size(item.image.name, answer.alpha.shape, truth.alpha)
            except (InputError, InferenceFailed) as error:
                yield Row(item.name, name, error=str(error))
                continue
            scores = score(answer, truth) | (saliency(answer.alpha, truth.alpha) if salient else {})
            yield Row(item.name, name, scores, thumbnail=thumbnail(answer.alpha))


def by_cutter(cutter: Cutter) -> Predict:
    """Return the setting that a cutter's options are."""

    def predict(path: Path) -> Answer:
        start = time.perf_counter()
        cutout = cutter.cut(path)
        seconds = time.perf_counter() - start - cutout.report.milliseconds.get("load", 0.0) / 1000
        return Answer(cutout.alpha, seconds, cutout.foreground)

    return predict


def score(answer: Answer, truth: Truth) -> dict[str, float]:
    """Return every measure that applies to a photo, by name."""
    alpha, true = check_alpha(answer.alpha, truth.alpha.shape), truth.alpha
    scores = {
        m.__name__: m(alpha, true)
        for m in (segmentation.mae, segmentation.iou, segmentation.boundary_f, segmentation.smear)
    }
    for m in (matting.sad, matting.mse, matting.grad, matting.conn):
        scores[m.__name__] = m(alpha, true)
        if truth.unknown is not None:
            scores[f"{m.__name__}_unknown"] = m(alpha, true, truth.unknown)
    if truth.foreground is not None and answer.foreground is not None:
        scores["edge_colour"] = edge_colour(alpha, answer.foreground, true, truth.foreground)
    scores["seconds"] = answer.seconds
    return {name: value for name, value in scores.items() if not math.isnan(value)}


def summarise(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Return each setting's measures over the photos that every setting answered.

    Means, but the median for `seconds` and one more for SAD (`sad_median`); `photos` is how many there are.
    """
    failed = {row.photo for row in rows if row.error}
    summary: dict[str, dict[str, float]] = {}
    for setting in dict.fromkeys(row.setting for row in rows):
        scores = [row.scores for row in rows if row.setting == setting and row.photo not in failed]
        columns = {
            name: [s[name] for s in scores if name in s]
            for name in dict.fromkeys(k for s in scores for k in s)
        }
        means = {name: float(np.mean(column)) for name, column in columns.items()}
        if scores:
            means["sad_median"] = float(np.median(columns["sad"]))
            means["seconds"] = float(np.median(columns["seconds"]))
        summary[setting] = {"photos": float(len(scores)), **means}
    return summary
