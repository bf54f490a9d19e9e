"""Who is served next: a few workers, a bounded queue that is fair to every caller."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from operator import attrgetter
from threading import Event
from typing import TypeVar

from .problems import Busy, TooMany
from .settings import Settings

Done = TypeVar("Done")

OVERHEAD = 1_000_000
"""Pixels that a photo counts beyond its own: the network takes as long for a small one."""
MOST_CALLERS = 1000
"""Whose past use is remembered while the workers are busy."""


@dataclass(eq=False, slots=True)
class _Ticket:
    caller: str
    pixels: int
    start: float
    turn: asyncio.Future[None]
    admitted: bool = False


class Desk:
    """Lets work into a few threads; used from one event loop.

    Callers share the workers by pixels: whoever has a hundred photos waiting, or huge ones, delays nobody who has
    one. (Start-time fair queueing, Goyal, Vin and Cheng 1996: each photo starts, in a time counted in pixels, where
    its caller's photo before it ends, and the earliest start is next.)

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = ThreadPoolExecutor(settings.workers, "photo")
        self._waiting: list[_Ticket] = []
        self._busy: list[int] = []
        self._now = 0.0  # of the time counted in pixels: the latest start that was let in
        self._ends: dict[str, float] = {}
        self._seconds = 2.0  # a photo, as it was lately: for Retry-After

    @property
    def waiting(self) -> int:
        """How many wait for a worker."""
        return len(self._waiting)

    @property
    def working(self) -> int:
        """How many are in work."""
        return len(self._busy)

    @property
    def pixels(self) -> int:
        """Of all photos in work."""
        return sum(self._busy)

    async def run(self, caller: str, pixels: int, work: Callable[[Event], Done]) -> Done:
        """Do a piece of work in a thread, when its turn comes.

        Parameters
        ----------
        caller : str
        pixels : int
            Of the photo, which is what memory depends on.
        work : callable
            Is given an event that is set when nobody wants the result any more.

        Raises
        ------
        Busy, TooMany
            The queue is full, the turn did not come in time, or the work took too long.
        asyncio.CancelledError
            The caller went away: the place in the queue is freed at once, a worker as soon as the work looks at
            its event.
        """
        ticket = self._queue(caller, pixels)
        try:
            # Not wait_for: before Python 3.12 it loses a cancellation that comes together with the turn.
            async with asyncio.timeout(self._settings.patience):
                await ticket.turn
        except TimeoutError:
            self._leave(ticket)
            raise self._busy_error("was not reached in time") from None
        except asyncio.CancelledError:
            self._leave(ticket)
            raise
        return await self._work(pixels, work)

    async def drain(self) -> None:
        """Wait until nothing waits or is in work."""
        while self.waiting or self.working:
            await asyncio.sleep(0.05)

    def close(self) -> None:
        """Let go of the threads; what is still in work is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _queue(self, caller: str, pixels: int) -> _Ticket:
        if self._waiting or not self._has_room(pixels):
            self._check_queue(caller)
        start = self._start(caller, pixels + OVERHEAD)
        ticket = _Ticket(caller, pixels, start, asyncio.get_running_loop().create_future())
        self._waiting.append(ticket)
        self._admit()
        return ticket

    def _start(self, caller: str, cost: int) -> float:
        if not self._busy:  # nobody competes with what was before
            self._ends.clear()
        self._ends = {name: end for name, end in self._ends.items() if end > self._now}
        if len(self._ends) >= MOST_CALLERS:
            del self._ends[min(self._ends, key=self._ends.__getitem__)]
        start = max(self._now, self._ends.get(caller, 0.0))
        self._ends[caller] = start + cost
        return start

    def _check_queue(self, caller: str) -> None:
        if self.waiting >= self._settings.queue:
            raise self._busy_error("has a full queue")
        mine = sum(ticket.caller == caller for ticket in self._waiting)
        if mine >= self._settings.queue_each:
            problem = f"has {mine} requests waiting already"
            wait = self._seconds * mine / self._settings.workers
            raise TooMany("this caller", problem, "Send fewer at a time.", wait)

    def _admit(self) -> None:
        while self._waiting:
            ticket = min(self._waiting, key=attrgetter("start"))
            # One whose caller has gone away in this very moment is passed over; it takes itself off the list.
            gone = ticket.turn.done()
            if not gone and not self._has_room(ticket.pixels):
                return
            self._waiting.remove(ticket)
            if not gone:
                ticket.admitted = True
                self._busy.append(ticket.pixels)
                self._now = ticket.start
                ticket.turn.set_result(None)

    def _has_room(self, pixels: int) -> bool:
        limits = self._settings
        within = len(self._busy) < limits.workers and sum(self._busy) + pixels <= limits.pixels
        return not self._busy or within

    def _leave(self, ticket: _Ticket) -> None:
        if ticket.admitted:  # its turn had come in the same moment
            self._busy.remove(ticket.pixels)
        elif ticket in self._waiting:
            self._waiting.remove(ticket)
        self._admit()

    async def _work(self, pixels: int, work: Callable[[Event], Done]) -> Done:
        loop, unwanted = asyncio.get_running_loop(), Event()
        start = loop.time()

        def free(_: Future[Done]) -> None:
            if not loop.is_closed():  # it is where a shutdown did not wait for this work
                loop.call_soon_threadsafe(self._free, pixels, start)

        task = self._pool.submit(work, unwanted)
        task.add_done_callback(free)
        try:
            async with asyncio.timeout(self._settings.work_seconds):
                return await asyncio.wrap_future(task)
        except TimeoutError:
            if task.done() and not task.cancelled():  # the work's own
                raise
            raise self._busy_error(f"gave up after {self._settings.work_seconds:g} s of work") from None
        finally:
            unwanted.set()

    def _free(self, pixels: int, start: float) -> None:
        self._busy.remove(pixels)
        self._seconds += 0.1 * (asyncio.get_running_loop().time() - start - self._seconds)
        self._admit()

    def _busy_error(self, problem: str) -> Busy:
        wait = self._seconds * (self.waiting + 1) / self._settings.workers
        return Busy("the service", problem, "Come again later, or send fewer at a time.", wait)
