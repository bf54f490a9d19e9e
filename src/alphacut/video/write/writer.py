"""Frames into a file: under a passing name until it is whole, playable even where it was ended early."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from ...errors import OutputError
from ...types import Pixels, check_pixels
from ..formats import check_alpha_kept, ticks_of
from ..opening import check_installed
from .passing import discard, named, part_of, speaking_of
from .plan import Plan
from .sinks import PicturesSink, RawSink, Sink, WebpSink


class Writer:
    """Writes frames; use it with ``with``, or close it.

    The file has a passing name until it is closed. Closed early (`whole` False, or by an exception within
    ``with``) it still is a file that plays, with the frames that came and the sound up to their end.

    Parameters
    ----------
    target : path
        A file; for sequences a folder or a pattern (``shots/%04d.png``); ``-`` for raw frames.
    plan : Plan
    stream : BinaryIO, optional
        Where raw frames go for ``-``; standard output without it.

    Raises
    ------
    OptionError
        The format cannot hold what is planned, or no encoder here writes it.
    OutputError
        It cannot be written there.
    """

    def __init__(self, target: str | os.PathLike[str], plan: Plan, stream: BinaryIO | None = None) -> None:
        check_alpha_kept(plan.form, not plan.alpha)
        self.target, self.plan = os.fspath(target), plan
        self.ticks = ticks_of(plan.form, plan.rate) or 90_000
        self.count = 0
        self.last = -1
        self.notes: tuple[str, ...] = losses(plan)
        # Rounded in the whole's own ticks, as each frame's time is, so that segments meet without a gap.
        self.begin = round(plan.start * self.ticks)
        self.closed = False
        with speaking_of(self.target):
            self.part = part_of(self.target, plan)
            # An encoder that is not there must leave nothing behind.
            try:
                self.sink = _sink(self.target, self.part, plan, stream)
            except BaseException:
                discard(self.part)
                raise

    def write(self, pixels: Pixels, time: Fraction) -> None:
        """Add a frame.

        Parameters
        ----------
        pixels : ndarray
            H×W×3 RGB or H×W×4 RGBA (straight alpha), uint8 or uint16, of the plan's size.
        time : Fraction
            Seconds from the beginning of the whole clip; later than the frame before.

        Raises
        ------
        ValueError
            The frame has another size or other channels than planned.
        OutputError
            The disk is full, or the encoder fails.
        """
        check_pixels(pixels, (4,) if self.plan.alpha else (3,), "pixels")
        if pixels.shape[:2] != (self.plan.height, self.plan.width):
            wanted = (self.plan.height, self.plan.width)
            raise ValueError(f"pixels: expected a frame of shape {wanted}, got {pixels.shape[:2]}")
        # Two frames within one tick of a coarse clock: the later one waits for the next.
        self.last = max(self.last + 1, round(time * self.ticks) - self.begin)
        with speaking_of(self.target):
            self.sink.write(self.last, pixels)
        self.count += 1

    def close(self, whole: bool = True) -> tuple[str, ...]:
        """End the file and give it its name; without any frame there is none.

        Parameters
        ----------
        whole : bool
            Whether all frames came.

        Returns
        -------
        tuple of str
            What the format could not keep, and what was done with the sound.
        """
        if self.closed:
            return self.notes
        self.closed = True
        end = Fraction(self.last, self.ticks) + 1 / self.plan.rate
        with speaking_of(self.target):
            try:
                said = self.sink.close(end, whole)
                if self.count and self.part is not None:
                    named(self.part, self.target)
            finally:
                discard(self.part)
        self.notes += said
        return self.notes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(whole=kind is None)


def losses(plan: Plan) -> tuple[str, ...]:
    """Return what the format cannot keep of what is planned."""
    form = plan.form
    said = {
        f"{form.name} has no sound: it is left out": plan.sound is not None and not form.sound,
        f"{form.name} keeps no times: frames follow each other at a fixed rate": form.tick == 0,
        f"{form.name} keeps {form.bits} of the source's {plan.bits} bits": plan.bits > form.bits,
        f"{form.name} has one bit of alpha: half and more is opaque": form.alpha == "one bit" and plan.alpha,
        f"{form.name} needs even sides: the last row or column is repeated": form.even
        and bool(plan.width % 2 or plan.height % 2),
    }
    return tuple(sentence for sentence, holds in said.items() if holds)


def _sink(target: str, part: Path | None, plan: Plan, stream: BinaryIO | None) -> Sink:
    if plan.form.kind == "raw":
        return RawSink(target, part, stream)
    if plan.form.kind == "camera":
        check_installed()
        from .virtual_camera import CameraSink

        return CameraSink(target, plan)
    if part is None:
        raise OutputError(
            target, f"is no file, and {plan.form.name} needs one", "Name a file, or write raw frames."
        )
    if plan.form.kind == "pictures":
        return PicturesSink(part, target, plan)
    if plan.form.kind == "webp":
        return WebpSink(part, plan)
    check_installed()
    from .film_sink import FilmSink

    return FilmSink(part, plan)
