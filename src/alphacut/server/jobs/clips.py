"""A clip that is sent as a job: what it may be, and what it is to become."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ...decode import size_of
from ...errors import AlphacutError, OptionError, TooLarge
from ...options import Options, unknown_name
from ...video import frame
from ...video.formats import FORMATS
from ...video.job import Job, look_at
from ...video.opening import check_installed
from ...video.read.reader import Reading
from ...video.settings import OF_PHOTOS, VideoOptions
from ...video.webp import is_webp
from ..asks import values_of
from ..service import Service
from ..settings import Settings
from .files import Clip, Item, JobFolder, Told
from .names import targets_of

if TYPE_CHECKING:
    from .body import Sent

MEDIA = {
    "webm": "video/webm",
    "mov": "video/quicktime",
    "mp4": "video/mp4",
    "apng": "image/apng",
    "gif": "image/gif",
    "webp": "image/webp",
}
"""Suffixes of results and their media types."""

OFFERED = tuple(name for name, form in FORMATS.items() if form.kind in ("film", "webp"))
"""Formats that are one file."""

USUAL = "webm"


def check_taken(settings: Settings) -> None:
    """Refuse a clip before it is sent, where none is taken.

    Raises
    ------
    OptionError
        The settings take none, or PyAV is not installed.
    """
    if settings.clips < 1:
        raise OptionError("the service", "takes no clips", "Ask whoever runs it, or send photos.")
    check_installed()


def clip_told(sent: Sent, fields: Mapping[str, Any], folder: JobFolder, service: Service) -> Told:
    """Return what a job of one clip is; whatever can be wrong with that is said here, before any work.

    Raises
    ------
    AlphacutError
        The options do not fit a clip, or the clip cannot be used or is over a limit.
    """
    options, video = clip_options(fields, service)
    suffix = FORMATS[video.format or USUAL].suffix
    told = Told(options, [Item(sent.name, targets_of([sent.name], suffix)[0], 0, None)], [], Clip(video))
    with named(folder, told):
        clip = _looked_at(sent, clip_job(folder, told, service.settings), service.settings)
    return dataclasses.replace(told, clip=Clip(video, clip.width * clip.height, clip.count))


def clip_options(fields: Mapping[str, Any], service: Service) -> tuple[Options, VideoOptions]:
    """Return how the frames of a clip are cut out, and how the clip is; a recipe is about frames.

    Raises
    ------
    OptionError, UnknownModel
    """
    recipe, own = values_of(fields)
    clips = {spec.name for spec in dataclasses.fields(VideoOptions)}
    photos = {spec.name for spec in dataclasses.fields(Options)}
    for name in own.keys() - clips - photos:
        raise unknown_name("option", name, clips | photos - OF_PHOTOS.keys())
    of_clip = {name: value for name, value in own.items() if name in clips}
    video = VideoOptions.from_mapping({"format": USUAL} | of_clip)
    if video.format not in OFFERED:
        problem = f"cannot be {video.format!r} here: a clip is sent as one file"
        raise OptionError("option 'format'", problem, f"Choose one of {', '.join(OFFERED)}.")
    # What the service does with photos when nobody says otherwise is no fault of whoever sends a clip.
    plain = {name: getattr(Options(), name) for name in OF_PHOTOS}
    usual = dataclasses.replace(service.settings.options, **plain)
    of_frames = recipe | {name: value for name, value in own.items() if name not in clips}
    return service.options(of_frames, usual=usual), video


def clip_job(folder: JobFolder, told: Told, settings: Settings) -> Job:
    """Return the clip of a job as the video room takes it."""
    assert told.clip is not None
    reading = Reading(max_pixels=settings.clip_pixels)
    return Job(str(folder.sent(0)), str(folder.result(told)), told.options, told.clip.video, reading)


def check_frames(count: int, settings: Settings, name: str) -> None:
    """Refuse a clip with too many frames.

    Raises
    ------
    TooLarge
    """
    if count > settings.clip_frames:
        remedy = f"It may have {settings.clip_frames}: send it in parts."
        raise TooLarge(name, f"has {count} frames or more", remedy)


def check_pixels(width: int, height: int, settings: Settings, name: str) -> None:
    """Refuse frames that are too large.

    Raises
    ------
    TooLarge
    """
    if width * height > settings.clip_pixels:
        problem = f"has frames of {width}×{height} = {width * height} pixels"
        raise TooLarge(name, problem, f"They may have {settings.clip_pixels}.")


def check_length(seconds: Fraction | None, settings: Settings, name: str) -> None:
    """Refuse a clip that says that it is too long; one that says nothing is held to its frames.

    Raises
    ------
    TooLarge
    """
    if seconds is not None and seconds > settings.clip_seconds:
        remedy = f"It may take {settings.clip_seconds:g}: send it in parts."
        raise TooLarge(name, f"takes {float(seconds):.0f} seconds", remedy)


@contextmanager
def named(folder: JobFolder, told: Told) -> Iterator[None]:
    """Speak of a clip by the name that its sender knows; where it lies here is nobody's business."""
    try:
        yield
    except AlphacutError as error:
        words = (unplaced(text, folder, told) for text in (error.subject, error.problem, error.remedy))
        raise type(error)(*words) from error


def unplaced(text: str, folder: JobFolder, told: Told) -> str:
    """Return a sentence about a clip with the name that its sender knows, and no path of this machine."""
    text = text.replace(str(folder.sent(0)), f"clip {told.items[0].name!r}")
    return text.replace(f"{folder.path}/", "")


def _looked_at(sent: Sent, job: Job, settings: Settings) -> frame.Clip:
    name = f"clip {sent.name!r}"
    if is_webp(sent.path):
        _check_webp(sent, settings)
    try:
        footage, plan = look_at(job)
    except TooLarge as error:
        raise TooLarge(error.subject, error.problem, "Make its frames smaller.") from error
    check_frames(footage.clip.count or 0, settings, name)
    check_length(footage.clip.seconds, settings, name)
    check_pixels(footage.clip.width, footage.clip.height, settings, name)
    check_pixels(plan.width, plan.height, settings, f"the canvas for {name}")
    if plan.form.kind == "film":
        from ...video.write.mux import find_encoder  # only here PyAV is known to be installed

        find_encoder(plan)
    return footage.clip


def _check_webp(sent: Sent, settings: Settings) -> None:
    """Refuse a WebP that is too large: its reader holds all of it."""
    name, size = f"clip {sent.name!r}", sent.path.stat().st_size
    if size > settings.body_bytes:
        problem = f"is a WebP of {size / 2**20:.4g} MiB, which is read whole"
        raise TooLarge(
            name, problem, f"It may have {settings.body_bytes / 2**20:.4g} MiB; send it as a film."
        )
    with sent.path.open("rb") as file:
        check_pixels(*size_of(file, name), settings, name)
