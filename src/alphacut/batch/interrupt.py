"""Ctrl-C ends a batch after the photos in work; a second one ends it at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType


@contextmanager
def stopping(told: Callable[[], None]) -> Iterator[Event]:
    """Give an event that the first interrupt sets.

    Parameters
    ----------
    told : callable
        Called then, to say that it was understood.
    """
    stop = Event()

    def first(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        stop.set()
        told()

    before = signal.signal(signal.SIGINT, first)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
