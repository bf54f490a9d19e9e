"""Run a batch on this machine: threads around one loaded network, and no more pixels at a time than allowed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event

from ..decode import size_of
from ..errors import InputError
from .places import header
from .plan import Job
from .work import Result, both


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is done at a time.

    Attributes
    ----------
    workers : int
        Photos at a time. While one is in the network the others are decoded, coloured and encoded.
    pixels : int
        Of all photos at a time; a photo that is larger is done alone.
    """

    workers: int
    pixels: int


def usual_workers() -> int:
    """Return a number of workers that keeps the network busy: one in it, one before, one behind, more on more cores."""
    return min(8, (os.cpu_count() or 1) + 1)


def run_local(
    jobs: Iterable[Job], work: Callable[[Job], Result], limits: Limits, stop: Event
) -> Iterator[Result]:
    """Yield the result of each job as it is finished.

    Parameters
    ----------
    jobs : iterable of Job
        Taken in order, each only when there is room for it.
    work : callable
        Does one job, in a thread; does not raise.
    limits : Limits
    stop : Event
        Once it is set no further job is begun; those in work are finished and yielded.
    """
    waiting = ((job, _weight(job)) for job in jobs)
    following = next(waiting, None)
    flying: dict[Future[Result], int] = {}
    with ThreadPoolExecutor(limits.workers, "photo") as pool:
        while flying or (following and not stop.is_set()):
            while following and not stop.is_set() and _has_room(flying, following[1], limits):
                flying[pool.submit(work, following[0])] = following[1]
                following = next(waiting, None)
            finished, _ = wait(flying, return_when=FIRST_COMPLETED)
            for future in finished:
                del flying[future]
                yield future.result()


def _has_room(flying: dict[Future[Result], int], pixels: int, limits: Limits) -> bool:
    return not flying or (len(flying) < limits.workers and sum(flying.values()) + pixels <= limits.pixels)


def _weight(job: Job) -> int:
    try:
        with header(both(job)[0]) as file:
            width, height = size_of(file, job.name)
        return width * height
    except (InputError, OSError):
        # Either it fails at once when its turn comes, or its header is one that only the decoder reads.
        return 0
