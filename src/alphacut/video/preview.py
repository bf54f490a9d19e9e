"""A clip and its result side by side, as a film to look at."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event

import cv2
import numpy as np

from ..ahead import pumped
from ..errors import OptionError
from ..types import Alpha, Pixels, check_pixels
from .formats import STREAM, find_format
from .job import Job, Tally, reads_once
from .read.reader import open_clip
from .write.plan import plan_like
from .write.sound import Sound
from .write.writer import Writer

SQUARE = 16
LIGHT, DARK = 255, 204
ROOM = 4


def check_preview(source: str, result: str, target: Path) -> None:
    """Refuse what cannot be shown side by side afterwards, or no film that needs no transparency.

    Raises
    ------
    OptionError
        The clip cannot be read twice, the result is no file, or the preview's suffix is none of a film.
    """
    if reads_once(source) or result == STREAM or Path(result).suffix == ".rgba":
        remedy = "Leave it out; it needs a clip and a result that are files."
        raise OptionError("option 'preview'", "cannot be made of what is gone once it was read", remedy)
    if find_format(target).kind != "film":
        raise OptionError("option 'preview'", f"cannot be {str(target)!r}: no film", "Name an .mp4.")


def preview(job: Job, target: Path, tell: Callable[[Tally], None], stop: Event) -> Tally:
    """Write a film that shows a clip and, to the right of it, what was made of it on checkerboard.

    Parameters
    ----------
    job : Job
        Done; its result is read.
    target : path
    tell : callable
        Told after every frame.
    stop : Event
        Once it is set, the film ends.

    Returns
    -------
    Tally

    Raises
    ------
    InputError, OutputError
    """
    before = open_clip(job.source, job.reading)
    after = open_clip(job.target)
    clip = before.clip
    sound = Sound(before.source, before.origin) if job.video.sound and before.source is not None else None
    plan = plan_like(clip, find_format(target), alpha=False, sound=sound)
    tally = Tally(clip.count)
    with (
        Writer(target, dataclasses.replace(plan, width=2 * clip.width)) as writer,
        closing(pumped(before.frames(), ROOM)) as firsts,
        closing(pumped(after.frames(), ROOM)) as seconds,
    ):
        for first, second in zip(firsts, seconds, strict=False):
            right = on_checkerboard(second.pixels, second.alpha)
            right = cv2.resize(right, (clip.width, clip.height), interpolation=cv2.INTER_AREA)
            writer.write(check_pixels(np.hstack([first.pixels, right])), first.time)
            tally.done += 1
            tell(tally)
            if stop.is_set():
                break
        tally.whole = not stop.is_set()
        writer.close(tally.whole)
    return tally


def on_checkerboard(pixels: Pixels, alpha: Alpha | None) -> Pixels:
    """Return a picture, H×W×3 of 8 bits, over squares of white and grey."""
    if alpha is None:
        return pixels
    rows, columns = np.indices(alpha.shape) // SQUARE
    board = np.where((rows + columns) % 2 == 0, LIGHT, DARK).astype(np.float32)[..., None]
    mixed = board + alpha[..., None] * (pixels.astype(np.float32) - board)
    return check_pixels(np.rint(mixed).astype(np.uint8))
