"""Every frame of every clip by every setting, in turns, so that a busy machine slows all of them alike."""

from __future__ import annotations

import math
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from ..errors import InferenceFailed, InputError
from ..types import Alpha, Pixels, check_alpha
from . import davis, temporal
from .clips import Clip, Still, read_frame, read_still_truth
from .measure import Answer, Predict
from .motion import motion_between
from .segmentation import iou, mae
from .thumbnails import thumbnail

PredictClip = Callable[[Iterable[Pixels]], Iterable[Answer]]
"""One setting: a clip's frames in (uint8 H×W×3 RGB), an answer for each of them out, in order.

It may take as many frames ahead as it needs; those are held in memory until their answers are there.
"""


@dataclass(frozen=True, slots=True)
class FrameRow:
    """One frame by one setting.

    Attributes
    ----------
    clip, frame, setting : str
        `frame` is empty in a row that says why a setting did not answer the whole clip.
    scores : dict of str to float
        By the names of :data:`~alphacut.evaluate.report.MEASURES`, and `seconds`; what does not apply is not there.
    error : str
        What is wrong; what could be measured nevertheless is in `scores`.
    thumbnail : bytes
        The matte, small, as JPEG.
    """

    clip: str
    frame: str
    setting: str
    scores: dict[str, float] = field(default_factory=dict)
    error: str = ""
    thumbnail: bytes = b""


def measure_clips(
    clips: Iterable[Clip], settings: Mapping[str, PredictClip], turn: int | None = 1
) -> Iterator[FrameRow]:
    """Yield a row for each frame and setting.

    A frame that cannot be read is not given to the settings; like one without a truth, it is a row with its error.

    Parameters
    ----------
    clips : iterable of Clip
        See :func:`~alphacut.evaluate.clips.find_clips`.
    settings : mapping of str to callable
        What to compare, by name; see :func:`each_frame` and :func:`timed`.
    turn : int or None
        How many answers a setting gives before it is the next one's turn. None, a whole clip, suits settings that
        work ahead in threads of their own: in another's turn they would not stand still.

    Raises
    ------
    ModelError
        A network cannot be had. A clip that one setting fails at is a row with its error.
    """
    for clip in clips:
        passes = deque(_measure(clip, name, predict) for name, predict in settings.items())
        while passes:
            rows = list(islice(passes[0], turn))
            yield from rows
            # Fewer rows than asked for: this clip has no more for the setting.
            if turn is None or len(rows) < turn:
                passes.popleft()
            else:
                passes.rotate(-1)


def each_frame(predict: Predict) -> PredictClip:
    """Return the setting that does each frame by itself as a photo, in a file that needs no decoding to speak of."""

    def predict_clip(frames: Iterable[Pixels]) -> Iterator[Answer]:
        with tempfile.TemporaryDirectory(prefix="alphacut-frames-") as folder:
            # Not compressed: what is timed is the cutting out, not the decoding of a file that we made.
            path = Path(folder, "frame.ppm")
            for pixels in frames:
                path.write_bytes(b"P6 %d %d 255\n" % pixels.shape[1::-1] + pixels.tobytes())
                yield predict(path)

    return predict_clip


def timed(mattes: Callable[[Iterable[Pixels]], Iterable[Alpha]]) -> PredictClip:
    """Return the setting that a function from frames to alphas is.

    An answer's seconds are the wall time until it came, with the reading of the frames that it took.
    """

    def predict_clip(frames: Iterable[Pixels]) -> Iterator[Answer]:
        alphas = iter(mattes(frames))
        start = time.perf_counter()
        for alpha in alphas:
            yield Answer(alpha, time.perf_counter() - start)
            start = time.perf_counter()

    return predict_clip


@dataclass(frozen=True, slots=True)
class _Seen:
    """A frame that was answered: its place in the clip, and what the next one is compared with."""

    place: int
    pixels: Pixels
    alpha: Alpha
    truth: Alpha | None


class _Feed:
    """Gives a setting a clip's frames, and remembers which ones it took.

    Attributes
    ----------
    taken : deque of (int, Pixels)
        Place in the clip and pixels of the frames that were taken and not yet answered.
    broken : dict of int to str
        Why a frame could not be given, by its place.
    """

    def __init__(self, clip: Clip) -> None:
        self.clip = clip
        self.taken: deque[tuple[int, Pixels]] = deque()
        self.broken: dict[int, str] = {}

    def frames(self) -> Iterator[Pixels]:
        size: tuple[int, ...] = ()
        for place, still in enumerate(self.clip.stills):
            try:
                pixels = read_frame(still)
                size = size or pixels.shape
                if pixels.shape != size:
                    ours, first = (f"{s[1]}×{s[0]}" for s in (pixels.shape, size))
                    problem = f"is {ours}, the frames before it are {first}"
                    raise InputError(str(still.image), problem, "Make them of one size.")
            except InputError as error:
                self.broken[place] = str(error)
                continue
            # Kept, for whoever looks ahead answers much later, perhaps from another thread.
            self.taken.append((place, pixels))
            yield pixels


def _measure(clip: Clip, setting: str, predict: PredictClip) -> Iterator[FrameRow]:
    feed, before, answered, error = _Feed(clip), None, 0, ""
    try:
        for answer in predict(feed.frames()):
            if not feed.taken:
                error = f"{clip.name}: more answers than frames"
                break
            place, pixels = feed.taken.popleft()
            answered, still = answered + 1, clip.stills[place]
            seen, problem = _see(still, place, pixels, answer.alpha)
            scores = {**_scores(before, seen), "seconds": answer.seconds} if seen else {}
            yield FrameRow(clip.name, still.name, setting, scores, problem, thumbnail(answer.alpha))
            before = seen
    except (InputError, InferenceFailed) as failed:
        error = f"{clip.name}: stopped after {answered} of {len(clip.stills)} frames: {failed}"
    for place, why in feed.broken.items():
        yield FrameRow(clip.name, clip.stills[place].name, setting, error=why)
    if not error and answered + len(feed.broken) < len(clip.stills):
        error = f"{clip.name}: {answered} answers to {len(clip.stills)} frames"
    if error:
        yield FrameRow(clip.name, "", setting, error=error)


def _see(still: Still, place: int, pixels: Pixels, alpha: Alpha) -> tuple[_Seen | None, str]:
    """Return what can be measured of an answer, and what is wrong with its frame."""
    if alpha.shape != pixels.shape[:2]:
        ours, true = (f"{shape[1]}×{shape[0]}" for shape in (alpha.shape, pixels.shape))
        return None, f"{still.image} is {true}, the answer to it {ours}"
    try:
        truth, problem = read_still_truth(still, alpha.shape), ""
    except InputError as error:
        truth, problem = None, str(error)
    return _Seen(place, pixels, check_alpha(alpha), truth), problem


def _scores(before: _Seen | None, now: _Seen) -> dict[str, float]:
    scores: dict[str, float] = {}
    if now.truth is not None:
        pair = now.alpha, now.truth
        scores |= {"mae": mae(*pair), "davis_j": iou(*pair), "davis_f": davis.contour_f(*pair)}
    # Across a hole the change of two frames or more would count as that of one.
    if before is not None and before.place == now.place - 1:
        scores |= _change(before, now)
    return {name: value for name, value in scores.items() if not math.isnan(value)}


def _change(before: _Seen, now: _Seen) -> dict[str, float]:
    motion = motion_between(before.pixels, now.pixels)
    scores = {"warp": temporal.warp_error(before.alpha, now.alpha, motion)} if motion else {}
    if before.truth is None or now.truth is None:
        return scores
    errors = before.alpha - before.truth, now.alpha - now.truth
    scores["dtssd"] = temporal.dtssd(*errors)
    return scores | ({"flicker": temporal.flicker(*errors, motion)} if motion else {})
