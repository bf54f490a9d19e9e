"""Work done ahead of its use, by threads: in order, and never more of it than was agreed."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def in_advance(
    work: Callable[[Item], Made], items: Iterable[Item], threads: int, room: int | None = None
) -> Generator[Made, None, None]:
    """Do work on items and give the results in the items' order.

    Parameters
    ----------
    work : callable
        Called with an item, in several threads at a time; what it raises comes out where its result would.
    items : iterable
        Taken one by one, by whoever takes the results.
    threads : int
        0 does each when it is due.
    room : int, optional
        Items begun and not given yet; twice as many as threads without it.

    Yields
    ------
    object
        Closed before its end, it begins nothing more and waits for what was begun.
    """
    if not threads:
        yield from map(work, items)
        return
    coming: deque[Future[Made]] = deque()
    pool = ThreadPoolExecutor(threads, "ahead")
    try:
        for item in items:
            coming.append(pool.submit(work, item))
            if len(coming) >= (room or 2 * threads):
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def pumped(items: Iterator[Item], room: int) -> Generator[Item, None, None]:
    """Run an iterator in a thread of its own, up to `room` items ahead of who takes them.

    Closed before its end, it waits for the item in work; a generator is closed with it.
    """
    end = object()
    taken = in_advance(lambda _: next(items, end), itertools.repeat(None), 1, room)
    try:
        for item in taken:
            if item is end:
                return
            yield item  # type: ignore[misc]  # the end is no item
    finally:
        taken.close()
        if isinstance(items, Generator):
            items.close()
