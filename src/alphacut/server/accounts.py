"""Who asks, and what that costs: a caller's rate, quota and rows of the ledger."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from ..errors import AlphacutError
from .keys import Key, Keys, Use
from .problems import NoCredit, Refusal, TooMany, trouble_of
from .rates import Bucket, Rate

logger = logging.getLogger("alphacut.server")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes
    ----------
    name : str
        For taking turns: the key's number or the address.
    address : str
        Of the client, as far as the proxies in between can be trusted.
    key : Key or None
        None where no key is needed.
    megapixels : Bucket or None
        What it may have a minute; None: as much as it likes.
    """

    name: str
    address: str
    key: Key | None = None
    megapixels: Bucket | None = None

    def rate(self) -> Rate | None:
        """Return the state of its limit, as headers tell it; None where there is no limit."""
        return self.megapixels.rate(time.time()) if self.megapixels else None


@dataclass(slots=True)
class Work:
    """One photo in work; whoever does it says when it begins, by which model, and if nobody waits for it."""

    model: str = ""
    status: int = 500
    start: float = field(default_factory=time.perf_counter)

    def begin(self) -> None:
        """Begin to count the time: what was spent waiting for a turn is not part of it."""
        self.start = time.perf_counter()


class Books:
    """The keys and the ledger, for an event loop: what waits for the disk is done in one thread.

    Parameters
    ----------
    keys : Keys
    """

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self._pool = ThreadPoolExecutor(1, "ledger")

    async def find(self, key: str) -> Key | None:
        """Return what is known of a key, if it is good."""
        return await asyncio.wrap_future(self._pool.submit(self.keys.find, key))

    async def known(self, key: int) -> Key | None:
        """Return what is known of a key that was found before, if it is still good."""
        return await asyncio.wrap_future(self._pool.submit(self.keys.known, key))

    async def take(self, key: Key, kind: str, bucket: Bucket, amount: float) -> float:
        """Take from a key's bucket; `bucket` is brought up to date."""
        task = self._pool.submit(self.keys.take, key.id, kind, bucket.limit, amount)
        wait, now = await asyncio.wrap_future(task)
        bucket.level, bucket.at = now.level, now.at
        return wait

    async def reserve(self, key: Key) -> bool:
        """Count one photo of a key's quota; say whether there was one left."""
        task = self._pool.submit(self.keys.reserve, key.id)
        try:
            return await asyncio.wrap_future(task)
        except asyncio.CancelledError:
            # The thread may have counted it already: whoever asked is gone and will not give it back.
            self._pool.submit(self._undo, task, key.id)
            raise

    def _undo(self, task: Future[bool], key: int) -> None:
        if not task.cancelled() and task.result():
            self.keys.settle(key, None)

    def settle(self, key: Key, use: Use | None) -> Future[None]:
        """Begin to end what :meth:`reserve` began; it is done even if nobody waits for it."""
        task = self._pool.submit(self.keys.settle, key.id, use)
        task.add_done_callback(_complain)
        return task

    def close(self) -> None:
        """Write what is still to be written."""
        self._pool.shutdown(wait=True)
        self.keys.close()


def _complain(task: Future[Any]) -> None:
    if not task.cancelled() and task.exception():
        logger.error("the ledger could not be written: %s", task.exception())


@asynccontextmanager
async def accounted(
    caller: Caller | None, books: Books | None, route: str, pixels: int
) -> AsyncIterator[Work]:
    """Charge a caller for one photo while it is worked on.

    What is not delivered is not taken from the key's quota. What the service refused to begin, such as for a full
    queue, is not counted for the rate either, and has no row in the ledger.

    Parameters
    ----------
    caller : Caller or None
        None: nothing is charged.
    books : Books or None
    route : str
        By which it came, as the ledger names it: the pattern, not a path that a client chose.
    pixels : int

    Raises
    ------
    TooMany, NoCredit
        Before any work is done.
    """
    work = Work()
    if caller is None:
        yield work
        return
    amount = max(1.0, pixels / 1e6)
    await take(caller.megapixels, "megapixels", amount, books, caller.key)
    key = caller.key if books is not None else None
    if books is not None and key is not None and not await books.reserve(key):
        await take(caller.megapixels, "megapixels", -amount, books, key)
        raise NoCredit("this key", "has no photos left", "Ask whoever gave it to you for more.")
    try:
        yield work
        work.status = 200
    except AlphacutError as error:
        work.status = trouble_of(error).status
        raise
    except asyncio.CancelledError:
        work.status = 499
        raise
    except Refusal:
        work.status = 0
        await take(caller.megapixels, "megapixels", -amount, books, key)
        raise
    finally:
        if books is not None and key is not None:
            ms = 1000.0 * (time.perf_counter() - work.start)
            use = Use(key.id, route, work.model, pixels, ms, work.status) if work.status else None
            written = books.settle(key, use)
            if work.status == 200:
                await asyncio.wrap_future(written)


async def take(bucket: Bucket | None, kind: str, amount: float, books: Books | None, key: Key | None) -> None:
    """Take an amount of a caller's rate; below 0 gives it back, 0 only looks.

    Parameters
    ----------
    bucket : Bucket or None
        None: there is no limit. That of a key is brought up to date with the file, which all processes share.
    kind : str
    amount : float
    books : Books or None
    key : Key or None

    Raises
    ------
    TooMany
    """
    if bucket is None:
        return
    if books is not None and key is not None:
        wait = await books.take(key, kind, bucket, amount)
    elif amount < 0:
        wait = 0.0
        bucket.give_back(-amount)
    else:
        wait = bucket.take(amount, time.time())
    if amount > 0 and wait:
        problem = f"is over its rate of {bucket.limit:g} {kind} a minute"
        raise TooMany("this caller", problem, f"Come again in {max(1, round(wait))} s.", wait)
