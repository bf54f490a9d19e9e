"""A clip of a job in work: in a thread of its own, behind photos that somebody waits for, watched at every frame."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any

from ...api import Cutter
from ...errors import OptionError, OutputError
from ...video.job import Job, Tally
from ...video.pipeline import cut_video
from ..problems import Busy, NoSpace
from ..service import Service
from .clips import check_frames, clip_job, named, unplaced
from .files import JobFolder, Told, check_space, no_job

LOOK = 0.5
"""Seconds between two looks at the job's folder and the disk."""

MOST_PROBLEMS = 100
"""Frames of which it is said what was wrong with them."""


@dataclass(slots=True)
class Watch:
    """Is told of every frame; ends the work, or holds it up, by what it finds.

    Attributes
    ----------
    folder : JobFolder
    service : Service
    unwanted : Event
        Set once nobody wants the result.
    is_stopping : callable
        Whether the process is about to end.
    forgive : callable
        Called if the clip went on between the two latest times that it was taken up.
    is_told : bool
        Whether the first frame is in work.
    """

    folder: JobFolder
    service: Service
    unwanted: Event
    is_stopping: Callable[[], bool]
    forgive: Callable[[], None]
    is_told: bool = False
    looked: float = 0.0

    def __call__(self, tally: Tally) -> None:
        """Look at how things are, after a frame.

        Raises
        ------
        NotThere
            The job was removed.
        Busy
            The process is about to end; the next one goes on from the last whole piece.
        TooLarge
            The clip has more frames than it said.
        OutputError
            The disk is full.
        """
        if self.unwanted.is_set():
            raise no_job()
        if self.is_stopping():
            raise Busy("the service", "is about to end", "The clip goes on with the next process.")
        check_frames(tally.before + tally.done, self.service.settings, "the clip")
        if not self.is_told and tally.before > self.folder.progress().get("before", 0):
            self.forgive()
        if not self.is_told or time.monotonic() - self.looked > LOOK:
            self.look(tally)
        self.is_told = True
        self._make_way()

    def look(self, tally: Tally) -> None:
        """Write down how far the clip is, if the job and room on the disk are still there."""
        if not self.folder.path.exists():
            raise no_job()
        try:
            check_space(self.folder.path, self.folder.pieces_bytes())
        except NoSpace as error:
            raise OutputError("the result", "finds no space on the service's disk", error.remedy) from error
        counts = {"done": tally.before + tally.done, "meant": tally.meant, "asked": tally.asked}
        self.folder.note_progress(counts | {"before": tally.before})
        self.looked = time.monotonic()

    def _make_way(self) -> None:
        """Stand still while somebody waits for a photo; what is ahead of this frame then fills up and waits too."""
        until = time.monotonic() + self.service.settings.patience
        while self.service.desk.waiting and not self.is_stopping() and time.monotonic() < until:
            if self.unwanted.wait(0.05):
                return


def cut_clip(told: Told, watch: Watch) -> dict[str, Any]:
    """Cut out the clip of a job, from where an earlier process left it; return what is said of it.

    Raises
    ------
    AlphacutError, Refusal
        Those of :func:`~alphacut.video.pipeline.cut_video` and of :class:`Watch`.
    """
    folder, cutter = watch.folder, watch.service.cutter
    networks, start = cutter.load(told.options), time.monotonic()
    with named(folder, told):
        tally = _made(clip_job(folder, told, watch.service.settings), cutter, watch)
    watch.look(tally)
    said = [unplaced(text, folder, told) for text in tally.problems[:MOST_PROBLEMS]]
    report = {
        "model": "+".join(card.name for card, _ in networks),
        "frames": tally.before + tally.done,
        "before": tally.before,
        "asked": tally.asked,
        "problems": said,
        "notes": [unplaced(text, folder, told) for text in tally.notes],
        "seconds": round(time.monotonic() - start, 1),
    }
    return {"report": report, "bytes": folder.result(told).stat().st_size}


def _made(job: Job, cutter: Cutter, watch: Watch) -> Tally:
    try:
        return cut_video(job, cutter, watch, Event())
    except OptionError:
        if watch.is_told:
            raise
        # The options were looked at when the job came: what an earlier process left is of another version.
        return cut_video(dataclasses.replace(job, resume=False), cutter, watch, Event())
