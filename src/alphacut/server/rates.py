"""How much a caller may ask for in a minute: token buckets."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass

MOST_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """What a caller is told of its limit: so many a minute, so many left, and when (Unix seconds) all are back."""

    limit: int
    remaining: int
    reset: int


@dataclass(slots=True)
class Bucket:
    """Holds what may be taken at once; refills within a minute.

    Attributes
    ----------
    limit : float
        A minute.
    level : float
        What is left; below 0 after one piece that is larger than the limit, which is let through when all is there.
    at : float
        The moment of `level`, in Unix seconds: processes share what is kept in a file.
    """

    limit: float
    level: float
    at: float

    def take(self, amount: float, now: float) -> float:
        """Take an amount, or nothing: return after how many seconds it may be tried again, 0 if it was taken."""
        wait = self.wait(amount, now)
        if not wait:
            self.level -= amount
        return wait

    def wait(self, amount: float, now: float) -> float:
        """Return after how many seconds an amount can be taken."""
        self._refill(now)
        return max(0.0, min(amount, self.limit) - self.level) * 60.0 / self.limit

    def give_back(self, amount: float) -> None:
        """Undo a :meth:`take`."""
        self.level = min(self.limit, self.level + amount)

    def rate(self, now: float) -> Rate:
        """Return what a caller is told."""
        self._refill(now)
        reset = now + (self.limit - self.level) * 60.0 / self.limit
        return Rate(int(self.limit), max(0, math.floor(self.level)), math.ceil(reset))

    def _refill(self, now: float) -> None:
        self.level = min(self.limit, self.level + max(0.0, now - self.at) * self.limit / 60.0)
        self.at = now


class Meters:
    """The buckets of all callers, in this process; whoever was not seen for long is forgotten first."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()

    def bucket(self, kind: str, caller: str, limit: float) -> Bucket:
        """Return a caller's bucket of a kind; it begins full."""
        name = kind, caller
        bucket = self._buckets.get(name)
        if bucket is None or bucket.limit != limit:
            bucket = self._buckets[name] = Bucket(limit, limit, time.time())
        self._buckets.move_to_end(name)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return bucket
