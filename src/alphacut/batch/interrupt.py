"""Ctrl-C ends a batch after the photos in work; a second one ends it at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from types import FrameType


@contextmanager
def stopping(
    told: Callable[[], None], signals: Sequence[signal.Signals] = (signal.SIGINT,)
) -> Iterator[Event]:
    """Give an event that the first of these signals sets; the next one does what it did before.

    Parameters
    ----------
    told : callable
        Called then, to say that it was understood.
    signals : sequence
    """
    stop = Event()

    def first(number: int, frame: FrameType | None) -> None:
        restore()
        # In another thread: a signal may come while this one has the event's lock, or is in the middle of printing.
        Thread(target=heard, daemon=True).start()

    def heard() -> None:
        try:
            told()
        finally:
            stop.set()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    before = {number: signal.signal(number, first) for number in signals}
    try:
        yield stop
    finally:
        restore()
