"""``alphacut video``: a clip in, a clip of the subject out, resumable."""

from __future__ import annotations

import dataclasses
import functools
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from ..api import Cutter
from ..batch.interrupt import stopping
from ..errors import OptionError
from ..options import Options
from ..video.formats import STREAM
from ..video.job import Job, Tally, look_at
from ..video.pipeline import cut_video
from ..video.preview import check_preview, preview
from ..video.read.devices import camera_of
from ..video.read.reader import Reading
from ..video.settings import OF_PHOTOS, VideoOptions
from .flags import with_options
from .terminal import downloads, meter, print_json, say

INTERRUPTED = 130
LIVE_SIZE = 640, 360
"""What a camera is asked for, where nobody says otherwise: what can be kept up with."""


@functools.partial(with_options, without=OF_PHOTOS, more={"video": VideoOptions})
def video(  # noqa: PLR0913, PLR0917 - one parameter a flag
    source: Annotated[
        str,
        typer.Argument(
            metavar="IN",
            help="a film, GIF, APNG or animated WebP; a folder of pictures or shots/%04d.png; camera:0; an address; "
            "- for raw frames",
        ),
    ],
    options: Options,
    video: VideoOptions,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE|DIR|-",
            help="where to: .webm, .mov, .mp4, .apng, .gif, .webp; a folder or shots/%04d.png for pictures; - for raw "
            "RGBA; /dev/video9 for a virtual camera",
        ),
    ],
    resume: Annotated[
        bool,
        typer.Option(
            "--resume/--no-resume",
            help="go on where an earlier run ended, or make every frame again (default: on)",
        ),
    ] = True,
    realtime: Annotated[
        bool,
        typer.Option(
            "--realtime",
            help="while it is shown, as of a camera: a quick network, each frame 3 frames later; written in one go",
        ),
    ] = False,
    size: Annotated[
        str | None,
        typer.Option(
            "--size",
            metavar="WIDTHxHEIGHT",
            help="what a camera is asked for (default: its own; 640x360 with --realtime)",
        ),
    ] = None,
    raw: Annotated[
        str | None,
        typer.Option(
            "--raw",
            metavar="WIDTHxHEIGHT@RATE:LAYOUT",
            help="what frames on standard input look like, as in 640x360@25:rgba; layouts are rgb24, bgr24, rgba, gray",
        ),
    ] = None,
    rate: Annotated[
        str | None,
        typer.Option(
            "--rate", metavar="RATE", help="frames a second of pictures, as 24 or 30000/1001 (default: 25)"
        ),
    ] = None,
    preview_file: Annotated[
        Path | None,
        typer.Option(
            "--preview",
            metavar="FILE",
            help="a film (.mp4) that shows the clip and, beside it, the result on checkerboard",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="one JSON line on standard output, at the end")
    ] = False,
) -> None:
    """Cut the subject out of a clip; can be ended at any time and taken up again."""
    if as_json and output == STREAM:
        remedy = "Name a file with -o."
        raise OptionError("option '--json'", "cannot share standard output with frames", remedy)
    shown = LIVE_SIZE if realtime and camera_of(source) is not None else None
    reading = Reading(max_pixels=options.max_pixels, rate=_rate(rate), raw=raw, size=_size(size) or shown)
    job = Job(source, output, options, video, reading, resume, realtime)
    if preview_file is not None:
        check_preview(source, output, preview_file)
    start = time.monotonic()
    with stopping(lambda: say("ending; Ctrl-C again ends at once")) as stop:
        tally = _made(job, stop)
        if preview_file is not None and tally.whole:
            with _shown() as show:
                preview(job, preview_file, show, stop)
    _present(job, tally, time.monotonic() - start, as_json)
    if not tally.whole:
        raise typer.Exit(INTERRUPTED)


def _rate(text: str | None) -> Fraction | None:
    try:
        rate = None if text is None else Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if rate is not None and rate <= 0:
        raise OptionError(
            "option 'rate'", f"cannot be {text!r}", "Expected a number such as 24 or 30000/1001."
        )
    return rate


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text)
    if match is None:
        raise OptionError("option 'size'", f"cannot be {text!r}", "Expected WIDTHxHEIGHT, such as 1280x720.")
    return int(match[1]), int(match[2])


def _made(job: Job, stop: Event) -> Tally:
    look_at(job)
    with downloads() as progress:
        cutter = Cutter(job.options, progress)
        cutter.load(job.networks)
    with cutter, _shown() as show:
        return cut_video(job, cutter, show, stop)


@contextmanager
def _shown() -> Iterator[Callable[[Tally], None]]:
    """Give a callback that shows how far a run is."""
    with meter("frames") as show:
        told: list[str] = []

        def tell(tally: Tally) -> None:
            if tally.before and not tally.done:
                say(f"{tally.before} frames were done before")
            for problem in tally.problems[len(told) :]:
                told.append(problem)
                say(problem)
            show(tally.done, None if tally.meant is None else max(tally.meant - tally.before, tally.done), "")

        yield tell


def _present(job: Job, tally: Tally, seconds: float, as_json: bool) -> None:
    frames = tally.before + tally.done
    for note in tally.notes:
        say(f"{job.source}: {note}")
    parts = [
        f"{tally.done} frames in {seconds:.0f} s",
        f"the network was asked for {tally.asked} of {frames}",
    ]
    parts += [f"{tally.before} done before"] if tally.before else []
    parts += [f"{len(tally.problems)} problems"] if tally.problems else []
    if tally.live is not None:
        live = tally.live
        parts += [
            f"{live.dropped} dropped",
            f"at most {live.latency} frames late",
            f"{live.rate:.1f} frames/s",
        ]
    parts += [] if tally.whole else ["not all" if job.at_once else "not all: the same command goes on"]
    say(", ".join(parts))
    if as_json:
        told = {"input": job.source, "output": job.target, "whole": tally.whole, "frames": frames}
        counts = {"before": tally.before, "asked": tally.asked, "seconds": round(seconds, 3)}
        counts |= {} if tally.live is None else dataclasses.asdict(tally.live)
        print_json(told | counts | {"problems": tally.problems, "notes": tally.notes})
    elif job.target != STREAM and frames:
        print(job.target, flush=True)
