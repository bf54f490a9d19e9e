"""A clip cut out: decoded, asked about, steadied, presented, encoded, each step ahead of the next.

    frames ─steady→ drawn → evened → alphas ─picture_of→ pixels ─Writer→ pieces ─publish→ the output, with its sound

A piece ends only where everything that matters for the frames to come can be kept, so a run that ended anywhere goes
on as if it had not. What cannot be read twice, or goes to a pipe, is written in one go.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any

import cv2

from ..ahead import in_advance, pumped
from ..api import Cutter
from ..compose.present import Pictures
from ..errors import InputError
from ..options import Options
from .edges import Drawn, beside, evened
from .frame import Footage, Frame
from .hold.hold import hold
from .hold.room import room
from .identity import identity_of
from .job import Job, Live, Tally, look_at
from .live import shown_live
from .parts import Parts, Piece, taken_up
from .read.devices import camera_of
from .settings import VideoOptions, choice_of
from .shown import Shown, ask, before_backdrops, drawn, picture_of
from .steady.keys import Spacing
from .steady.propagate import Side
from .steady.steady import Ask, State, Steady, Way, steady
from .write.plan import Plan
from .write.writer import Writer, losses

THREADS = 2
"""Frames that are presented at a time: beside the network there is little left of a processor."""
EVERY = 4
"""Frames from one that the network is asked for to the next, at the most, where nobody says otherwise."""
ROOM = 8
"""Frames decoded, and frames steadied, ahead of who takes them."""


Tell = Callable[[Tally], None]


@dataclass(frozen=True, slots=True)
class _Run:
    """What the steps of a run share."""

    job: Job
    footage: Footage
    plan: Plan
    cutter: Cutter
    tally: Tally
    tell: Tell
    stop: Event

    def count(self, step: Steady[Frame]) -> None:
        """Count a frame that is written."""
        frame, tally = step.frame, self.tally
        tally.done += 1
        tally.asked += step.asked
        if frame.problem:
            tally.problems.append(f"frame {frame.index} at {float(frame.time):.2f} s: {frame.problem}")
        self.tell(tally)


def cut_video(job: Job, cutter: Cutter, tell: Tell, stop: Event) -> Tally:
    """Cut the subject out of a clip.

    Parameters
    ----------
    job : Job
    cutter : Cutter
    tell : callable
        Told before the first frame and after every one; the tally is the same object each time.
    stop : Event
        Once it is set, what is done is written as a clip that plays, and the same job goes on from there.

    Returns
    -------
    Tally

    Raises
    ------
    OptionError
        The options do not fit a clip, its format or what an earlier run left.
    InputError, ModelError, OutputError
    """
    footage, plan = look_at(job)
    tally = Tally(footage.clip.count, notes=footage.clip.notes + losses(plan))
    run = _Run(job, footage, plan, cutter, tally, tell, stop)
    # Now, and not at the first frame: without a network nothing is begun.
    networks = cutter.load(job.networks)
    if job.at_once:
        _at_once(run)
    else:
        _in_pieces(run, identity_of(job.source, job.reading, job.options, job.video, networks))
    tally.problems += footage.problems
    if tally.whole and not tally.before + tally.done:
        raise InputError(job.source, "there are no frames in it", "Give one frame or more.")
    return tally


def steadied(
    frames: Iterator[Frame], cutter: Cutter, options: Options, video: VideoOptions, state: State | None = None
) -> Generator[Steady[Frame], None, None]:
    """Give frames their steady alpha, in a thread of its own; :func:`pictured` has the next steps.

    Parameters
    ----------
    frames : iterator of Frame
        Taken by another thread, ahead; closed in the end if it is a generator.
    cutter : Cutter
    options : Options
    video : VideoOptions
    state : State, optional
        Of the frame before the first, from a run that ended there.
    """
    way = _way(functools.partial(ask, cutter=cutter, options=options), video)
    with (
        closing(pumped(frames, ROOM)) as read,
        closing(pumped(steady(read, way, state), ROOM)) as steps,
    ):
        yield from steps


def _way(ask: Ask, video: VideoOptions) -> Way:
    """Return how time is dealt with: whom to keep to, and how often the network is asked."""
    spacing = Spacing(most=video.every or EVERY)
    if video.subject == "all":
        return Way(ask, spacing=spacing)
    return Way(ask, functools.partial(hold, choice=choice_of(video.subject)), room, spacing)


def pictured(
    frames: Iterator[Frame], cutter: Cutter, options: Options, video: VideoOptions, state: State | None = None
) -> Generator[Shown, None, None]:
    """Give frames as they are to be written, each step ahead of the next; what it takes is as for :func:`steadied`."""

    def draw(pair: tuple[Steady[Frame], Pictures]) -> Drawn:
        step, pictures = pair
        return Drawn(step, pictures, drawn(step.frame, step.alpha, options))

    def show(pair: tuple[Drawn, list[Side]]) -> Shown:
        one, sides = pair
        state = one.step.state and dataclasses.replace(one.step.state, drawn=one.alpha)
        pixels = picture_of(one.step.frame, evened(one.alpha, sides), options, one.pictures)
        return Shown(dataclasses.replace(one.step, state=state), pixels)

    # Closed from the last step to the first: whoever still waits for an item gets it.
    with (
        closing(steadied(frames, cutter, options, video, state)) as steps,
        closing(in_advance(draw, before_backdrops(steps, options), THREADS)) as lined,
        closing(in_advance(show, beside(lined, state.drawn if state else None), THREADS)) as pictures,
    ):
        yield from pictures


def _shown(run: _Run, start: int, state: State | None) -> Generator[Shown, None, None]:
    """Yield the frames from number `start` on as they are to be written."""
    if run.job.realtime:
        run.tally.live = Live()
        return shown_live(run.footage, run.job, run.cutter, run.tally.live)
    return pictured(run.footage.frames(start), run.cutter, run.job.options, run.job.video, state)


def _at_once(run: _Run) -> None:
    """Write a clip that cannot be read twice, or goes to a pipe."""
    run.tell(run.tally)
    # While it is shown, the other processors are the network's and the source's.
    threads = 1 if run.job.realtime else cv2.getNumThreads()
    with (
        _threads_of_opencv(threads),
        closing(_shown(run, 0, None)) as frames,
        Writer(run.job.target, run.plan) as writer,
    ):
        run.tally.whole = True
        for one in frames:
            writer.write(one.pixels, one.step.frame.time)
            run.count(one.step)
            if run.stop.is_set():
                # Nothing but this ends a camera.
                run.tally.whole = camera_of(run.job.source) is not None
                break
        run.tally.notes += tuple(
            note for note in writer.close(run.tally.whole) if note not in run.tally.notes
        )


def _in_pieces(run: _Run, identity: dict[str, Any]) -> None:
    """Write pieces that a later run can go on from, and join them."""
    job, tally = run.job, run.tally
    with (
        taken_up(job.target, run.plan.form, identity, job.resume) as parts,
        _threads_of_opencv(parts.threads),
    ):
        pieces = parts.done()
        tally.before = sum(piece.count for piece in pieces)
        tally.asked = sum(piece.asked for piece in pieces)
        tally.problems += [problem for piece in pieces for problem in piece.problems]
        run.tell(tally)
        state = parts.state(pieces[-1]) if pieces else None
        with closing(_shown(run, tally.before, state)) as frames:
            while not (tally.whole or run.stop.is_set()):
                piece = _piece(run, parts, len(pieces), frames)
                tally.whole = piece is None
                pieces += [piece] if piece else []
        # Ended early too: what is done so far is a film that plays.
        if pieces:
            tally.notes += parts.publish(pieces, job.target, run.plan, tally.whole)
        if tally.whole:
            parts.remove()


def _piece(run: _Run, parts: Parts, number: int, frames: Iterator[Shown]) -> Piece | None:
    """Write a piece up to where a run can go on, once it is long enough; None where no frame is left."""
    first = next(frames, None)
    if first is None:
        return None
    begin, asked, known = first.step.frame, run.tally.asked, len(run.tally.problems)
    with Writer(parts.fresh(number), run.plan.segment(begin.time, begin.index)) as writer:
        for one in itertools.chain([first], frames):
            state, end = one.step.state, one.step.frame.time + 1 / run.plan.rate
            writer.write(one.pixels, one.step.frame.time)
            run.count(one.step)
            ended = state is not None and end - begin.time >= run.job.video.segment
            if ended or run.stop.is_set():
                break
        else:
            ended = True
    tally = run.tally
    problems = tuple(tally.problems[known:])
    piece = Piece(number, begin.index, writer.count, tally.asked - asked, begin.time, end, problems)
    # One that Ctrl-C ended is made again: encoded in other pieces, the frames would not be quite the same.
    if ended and state is not None:
        parts.add(piece, state)
    return piece


@contextmanager
def _threads_of_opencv(count: int) -> Iterator[None]:
    before = cv2.getNumThreads()
    # For the whole process: nothing else decides into how many stripes flow is cut.
    cv2.setNumThreads(count)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
