"""A clip while it is shown: frames as they come, and each as it is to be written a few frames later.

    source ─newest or paced→ frames ─realtime→ alphas ─picture_of→ pixels

All but the source and the network is done by one thread, one frame after the other: nothing waits between two steps,
so a frame is as late as :func:`~alphacut.video.realtime.realtime` makes it.
"""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing

import cv2
import numpy as np

from ..ahead import pumped
from ..api import Cutter
from ..backdrops import Blur, parse_backdrop
from ..compose.backdrop import Scene, paint
from ..compose.bokeh import paint_blur
from ..compose.dither import Target
from ..compose.present import Pictures, backdrop
from ..errors import InputError
from ..options import Options
from ..types import Photo, Pixels
from .frame import Footage, Frame
from .fused_colours import fused_colours
from .job import Job, Live, is_live
from .read.devices import camera_of
from .read.live import Drops, newest, paced
from .realtime import Pace, realtime
from .shown import Shown, before_backdrops, film_behind, picture_of, size_of
from .small import glance, warm
from .steady.steady import Steady

ROOM = 4
"""Frames of a file that are decoded ahead."""
BEHIND = "behind.png"
"""What the options call a background that is painted here."""
COARSE = 4
"""By how much a frame is shrunk before it is blurred."""

Lined = tuple[Steady[Frame], Options, Pictures]
"""A frame, how it is to look and what stands behind it."""


def shown_live(footage: Footage, job: Job, cutter: Cutter, live: Live) -> Generator[Shown, None, None]:
    """Give a clip's frames as they are to be written, while it is shown.

    Parameters
    ----------
    footage : Footage
    job : Job
    cutter : Cutter
        Holds the network.
    live : Live
        Told how it goes, before each frame.

    Yields
    ------
    Shown
        A frame is written before the next is taken.
    """
    options = job.options
    look = functools.partial(glance, shelf=cutter.shelf, options=job.networks)
    # Nothing is taken before the network is there, and has seen the sizes that it will see.
    warm(look)
    pace = Pace() if job.video.every is None else Pace(every=job.video.every)
    drops, done, began, last = Drops(), 0, time.monotonic(), -1

    def taken(frames: Iterable[Frame]) -> Iterator[Frame]:
        nonlocal began, last
        for frame in frames:
            began, last = began if last >= 0 else time.monotonic(), frame.index
            yield frame

    with (
        closing(_coming(footage, job, drops)) as frames,
        closing(realtime(taken(frames), look, pace)) as steps,
        closing(_before(steps, options, size_of(options, footage.clip.width, footage.clip.height))) as lined,
    ):
        for step, looks, pictures in lined:
            pixels = picture_of(step.frame, step.alpha, looks, pictures, fused_colours)
            done += 1
            live.dropped, live.latency = drops.count, max(live.latency, last - step.frame.index)
            live.rate = done / max(time.monotonic() - began, 1e-3)
            yield Shown(step, pixels)


def _coming(footage: Footage, job: Job, drops: Drops) -> Generator[Frame, None, None]:
    """Give frames as they are to be taken: a live source's newest, a file's one after the other."""
    frames = footage.frames()
    if is_live(job.source):
        return newest(frames, drops)
    ahead = pumped(frames, ROOM)
    # Whoever looks at a virtual camera sees what comes when it comes.
    return paced(ahead) if camera_of(job.target) is not None else ahead


def _before(
    steps: Iterable[Steady[Frame]], options: Options, size: tuple[int, int]
) -> Generator[Lined, None, None]:
    """Pair each frame with what stands behind it, painted once where it stays."""
    kind = parse_backdrop(options.background or "none").kind
    if film_behind(options) is not None:
        yield from ((step, options, pictures) for step, pictures in before_backdrops(steps, options))
        return
    instead = dataclasses.replace(options, background=BEHIND)
    still = None if kind is None or isinstance(kind, Blur) else _painted(options, size)
    for step in steps:
        behind = _blurred(step, kind.radius, size) if isinstance(kind, Blur) else still
        if behind is None:
            yield step, options, {}
        else:
            yield step, instead, {BEHIND: Photo(behind)}


def _painted(options: Options, size: tuple[int, int]) -> Pixels | None:
    """Return a background that stays; None where something is seen through it."""
    shape = size[1], size[0]
    scene = Scene(np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.float32))
    pixels = paint(backdrop(options), shape, scene)
    return pixels if pixels.shape[2] == 3 else None


def _blurred(step: Steady[Frame], radius: float, size: tuple[int, int]) -> Pixels | None:
    """Return a frame's background out of focus, from a small copy; None where that is not to be had so."""
    pixels = step.frame.pixels
    height, width = pixels.shape[:2]
    if size != (width, height):
        return None
    coarse = max(1, width // COARSE), max(1, height // COARSE)
    small, alpha = (cv2.resize(image, coarse, interpolation=cv2.INTER_AREA) for image in (pixels, step.alpha))
    try:
        blurred = paint_blur(small, alpha, None, radius, Target(pixels.dtype))
    except InputError:
        # All of it is subject: that is dealt with where pictures are made.
        return None
    large: Pixels = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR)
    return large
