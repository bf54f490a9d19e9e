"""Damaged frames: the one before is shown again in their place, so that nothing after them moves."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av import VideoFrame

LOST = "damaged, the frame before it is shown again"
FIRST = "damaged, the frame after it is shown"
ALONE = "damaged, and there is no frame before it"


@dataclass(frozen=True, slots=True)
class Step:
    """A packet that went into the decoder, and what came out.

    Attributes
    ----------
    tick : int or None
        When its frame is to be shown; None where that is not known, or no frame of its own is expected.
    key : bool
        Whether decoding can begin with it.
    images : tuple of (int, VideoFrame)
        Decoded now, each with its time, in the order shown.
    """

    tick: int | None
    key: bool
    images: tuple[tuple[int, VideoFrame], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown at a time, and why it is not what should be; `key` is not known here."""

    tick: int
    image: VideoFrame
    problem: str = ""


def bridged(steps: Iterable[Step]) -> Iterator[Shown]:
    """Yield one image for every frame that was sent, each with a later time than the one before.

    A decoder gives its images in the order shown; so what was sent for an earlier time and has not come out by
    then is lost. Frames before the first that can be decoded (a recording that begins between two key frames)
    are no loss: they are not shown at all.
    """
    waiting: list[int] = []
    begin: int | None = None
    before: Shown | None = None
    for k, step in enumerate(steps):
        if k == 0 and step.key:
            begin = step.tick
        if step.tick is not None:
            heapq.heappush(waiting, step.tick)
        for tick, image in step.images:
            # A decoder that stumbled may give an image after all, when its time is over.
            if before is not None and tick <= before.tick:
                continue
            for shown in _until(tick, image, waiting, before, begin):
                yield shown
                before = shown
    # A decoder that gave up says nothing: what was sent since is shown as the last image, so that the sound fits.
    if before is not None:
        yield from (Shown(tick, before.image, LOST) for tick in _ticks(waiting, before.tick))


def _until(
    tick: int, image: VideoFrame, waiting: list[int], before: Shown | None, begin: int | None
) -> Iterator[Shown]:
    # The heap has several packets of one time where a frame's two fields are stored apart.
    missing = []
    while waiting and waiting[0] <= tick:
        missing.append(heapq.heappop(waiting))
    for lost in sorted(set(missing) - {tick}):
        if before is not None and lost > before.tick:
            yield Shown(lost, before.image, LOST)
        elif before is None and begin is not None and lost >= begin:
            yield Shown(lost, image, FIRST)
    if not image.is_corrupt:
        yield Shown(tick, image)
    elif before is not None:
        yield Shown(tick, before.image, LOST)
    else:
        yield Shown(tick, image, ALONE)


def _ticks(waiting: list[int], after: int) -> list[int]:
    return sorted({tick for tick in waiting if tick > after})
