"""Frames at the pace at which they are shown: the newest of a source that waits for nobody, and a file's when due."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from ..frame import Frame

Item = TypeVar("Item")


@dataclass(slots=True)
class Drops:
    """How many frames of a live source were not taken in time."""

    count: int = 0


def newest(frames: Iterable[Item], drops: Drops) -> Generator[Item, None, None]:
    """Give the newest frame of a live source whenever one is taken: who is slower than the source misses some.

    Parameters
    ----------
    frames : iterable
        It is run in a thread of its own, as fast as it gives frames.
    drops : Drops
        Counts the frames that a newer one replaced.

    Yields
    ------
    Shown
        What the source raises comes out after its last frame. Closed before its end, it waits for the frame to come.
    """
    change, stop = threading.Condition(), threading.Event()
    held: list[Item] = []

    def run() -> None:
        for frame in frames:
            with change:
                drops.count += len(held)
                held[:] = [frame]
                change.notify()
            if stop.is_set():
                return

    def wake(_: Future[None]) -> None:
        with change:
            change.notify()

    with ThreadPoolExecutor(1, "source") as pool:
        source = pool.submit(run)
        source.add_done_callback(wake)
        try:
            while True:
                with change:
                    change.wait_for(lambda: held or source.done())
                    if not held:
                        break
                    frame = held.pop()
                yield frame
        finally:
            stop.set()
        source.result()


def paced(
    frames: Iterable[Frame], wait: Callable[[float], object] = time.sleep
) -> Generator[Frame, None, None]:
    """Give each frame when it is due, counted from the first one: a file as a camera would have given it.

    Parameters
    ----------
    frames : iterable of Frame
    wait : callable
        Told for how many seconds, where a frame came too early.
    """
    began = None
    for frame in frames:
        now = time.monotonic()
        began = now - float(frame.time) if began is None else began
        if began + frame.time > now:
            wait(began + float(frame.time) - now)
        yield frame
