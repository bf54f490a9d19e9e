"""One clip to be cut out, how far that is, and whatever can be wrong with it before any network is loaded."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import OptionError
from ..options import Options
from .formats import STREAM, check_alpha_kept, find_format
from .frame import Footage
from .opening import check_installed
from .read.devices import camera_of
from .read.reader import Reading, open_clip
from .settings import VideoOptions, check_for_clip, check_for_showing
from .shown import check_look, size_of
from .small import quick
from .write.passing import is_written_through, part_of
from .write.plan import Plan, plan_like
from .write.sound import Sound


@dataclass(frozen=True, slots=True)
class Job:
    """One clip to be cut out.

    Attributes
    ----------
    source, target : str
        As :func:`~alphacut.video.read.reader.open_clip` and :func:`~alphacut.video.formats.find_format` take them.
    options : Options
        The networks, the edges and the look of each frame.
    video : VideoOptions
    reading : Reading
    resume : bool
        Take up what an earlier run left; otherwise begin anew.
    realtime : bool
        While it is shown: a quick network, and each frame a few frames later. Written in one go.
    """

    source: str
    target: str
    options: Options = field(default_factory=Options)
    video: VideoOptions = field(default_factory=VideoOptions)
    reading: Reading = field(default_factory=Reading)
    resume: bool = True
    realtime: bool = False

    @property
    def networks(self) -> Options:
        """The options that say which networks look."""
        return quick(self.options) if self.realtime else self.options

    @property
    def at_once(self) -> bool:
        """Whether it is written in one go, for there is nothing that a later run could go on from."""
        return self.realtime or reads_once(self.source) or is_written_through(self.target)


@dataclass(slots=True)
class Live:
    """How a clip was kept up with while it was shown.

    Attributes
    ----------
    dropped : int
        Frames of a live source that were not taken in time.
    latency : int
        Frames that the source had given after one before it was written, at the most.
    rate : float
        Frames a second, from the first that was taken to the last that was written.
    """

    dropped: int = 0
    latency: int = 0
    rate: float = 0.0


@dataclass(slots=True)
class Tally:
    """How far a run is.

    Attributes
    ----------
    meant : int or None
        Frames to expect; None where nobody knows.
    before, done : int
        Frames that an earlier run made, and that this one did.
    asked : int
        Of all these, for how many the network was asked.
    problems : list of str
        Of single frames and of the clip.
    notes : tuple of str
        What is out of the ordinary about the clip, what the format could not keep, what was done with the sound.
    whole : bool
        Whether that is all.
    live : Live or None
        Of one that was shown meanwhile.
    """

    meant: int | None = None
    before: int = 0
    done: int = 0
    asked: int = 0
    problems: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    whole: bool = False
    live: Live | None = None


def look_at(job: Job) -> tuple[Footage, Plan]:
    """Return how a clip is read and what is to be written; whatever can be wrong with that is said here.

    Raises
    ------
    InputError, OptionError, OutputError
        As :func:`cut_video`, without any network.
    """
    form = find_format(job.target, job.video.format)
    check_for_clip(job.options)
    if job.realtime:
        check_for_showing(job.options, job.video)
    check_alpha_kept(form, job.options.is_opaque)
    check_look(job.options)
    footage = open_clip(job.source, dataclasses.replace(job.reading, deep=form.bits > 8))
    clip, sound = footage.clip, None
    if job.video.sound and clip.sound and footage.source is not None:
        sound = Sound(footage.source, footage.origin)
    plan = plan_like(clip, form, alpha=not job.options.is_opaque, sound=sound)
    width, height = size_of(job.options, clip.width, clip.height)
    plan = dataclasses.replace(plan, width=width, height=height, quality=job.video.quality)
    _check_target(job, plan)
    return footage, plan


def _check_target(job: Job, plan: Plan) -> None:
    source, target = Path(job.source), Path(job.target)
    if job.source != STREAM and source.exists() and target.exists() and target.samefile(source):
        remedy = "Name another with -o; the clip is never overwritten."
        raise OptionError(f"output {job.target}", "is the clip itself", remedy)
    if plan.form.kind == "camera":
        check_installed()
        from .write.virtual_camera import check_camera

        check_camera(job.target)
    elif part_of(job.target, plan) is None and plan.form.kind != "raw":
        remedy = "Name a file, or write raw frames."
        raise OptionError(f"output {job.target}", f"is no file, and {plan.form.name} needs one", remedy)


LIVE = ("rtsp://", "rtp://", "udp://", "srt://")
"""How addresses begin that give frames as time goes by, taken or not."""


def is_live(source: str) -> bool:
    """Whether a clip's frames come as time goes by and wait for nobody."""
    return source.startswith(LIVE) or camera_of(source) is not None


def reads_once(source: str) -> bool:
    """Whether a clip is gone once it was read: a pipe, a camera, an address."""
    return source == STREAM or "://" in source or camera_of(source) is not None
