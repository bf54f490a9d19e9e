"""A clip while it is shown: an alpha for every frame a few frames later, from a small network asked for few of them.

    frame ─look, flow→ shots ─every few: ask, in a thread→ answers ─calm, carry→ small alpha ─draw→ alpha

All of time is dealt with on small copies. A frame between two that were asked for is brought from both where the
later one was taken soon enough, otherwise from the earlier one alone. Which answer reaches which frame depends on
the frames' order, never on how long anything takes: the same frames give the same alphas.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Generic, cast

import numpy as np

from ..types import Alpha
from .small import around, draw, look, shrunk, way
from .steady.calm import calm, decided
from .steady.flow import Path, Plane, checked, onward, still, warp
from .steady.propagate import Side, join
from .steady.shots import Look, begins, look_at
from .steady.steady import Ask, F, Steady

SUPPORT = 0.5
"""How many answers like a new one the older ones count for, at the most: answers at a few frames' distance agree, and
what is carried is a little blurred."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much work is done, and how late its result is.

    Attributes
    ----------
    every : int
        Frames from one that the network is asked for to the next, at least 1.
    latency : int
        Frames taken after one before its own alpha is given, at least 1.
    whole : int
        Every so many-th time, the network looks at the whole frame: something may have come in. At least 1.
    think : int
        Frames taken after one that the network is asked for before anybody waits for the answer, at least 1. With more
        of them fewer frames wait for it, and more of those before one that was asked for see only what was before.
    """

    every: int = 3
    latency: int = 3
    whole: int = 8
    think: int = 1

    def __post_init__(self) -> None:
        if min(self.every, self.latency, self.whole, self.think) < 1:
            raise ValueError(f"pace: expected at least 1 of each, got {self}")


@dataclass(frozen=True, slots=True)
class _Seen(Generic[F]):
    """A frame that was taken and is not given yet.

    Attributes
    ----------
    frame : Shown
    look : Look
        Of the small copy.
    path : Path
        To the last frame before it that the network was asked for; to itself where a shot begins.
    index, since : int
        How many frames were taken before it, and how many of them since that one.
    answer : Future or None
        The network's, small, where it is asked for this frame.
    """

    frame: F
    look: Look
    path: Path
    index: int
    since: int
    answer: Future[Alpha] | None = None


@dataclass(frozen=True, slots=True)
class _Key:
    """What is known of a frame that the network was asked for: its answer, and what was made of it, both small."""

    look: Look
    answer: Alpha
    alpha: Alpha
    support: Plane
    index: int


def realtime(frames: Iterable[F], ask: Ask, pace: Pace | None = None) -> Generator[Steady[F], None, None]:
    """Give every frame its alpha, in order, `pace.latency` frames after it was taken.

    Parameters
    ----------
    frames : iterable
        Of one size, in the order shown. Frame k's alpha is given before frame k + latency + 1 is taken.
    ask : callable
        The network, such as :func:`~alphacut.video.small.glance`: a part of a frame, squashed to a square of few
        pixels, → its alpha. It is called in one thread of its own.
    pace : Pace, optional

    Yields
    ------
    Steady
        Without a state: there is nothing to go on from. Closed before its end, it waits for the network.

    Raises
    ------
    ValueError
        A frame has another size than the one before it, or the network's alpha is none. What `ask` raises comes out
        with the first frame that needs its answer.
    """
    pace = pace or Pace()
    pool = ThreadPoolExecutor(1, "network")
    run: _Run[F] = _Run(ask, pace, pool)
    try:
        for frame in frames:
            # The network is set to work before whoever takes the frame is.
            done = run.take(frame)
            if done is not None:
                yield done
        yield from run.rest()
    finally:
        pool.shutdown(cancel_futures=True)


class _Run(Generic[F]):
    """What a run keeps: the frames that wait, and of those asked for the last one given and, maybe, the next."""

    def __init__(self, ask: Ask, pace: Pace, pool: ThreadPoolExecutor) -> None:
        self._ask, self._pace, self._pool = ask, pace, pool
        self._waiting: deque[_Seen[F]] = deque()
        self._keys: deque[_Key] = deque()
        self._times = 0

    def take(self, frame: F) -> Steady[F] | None:
        """Take a frame, and return the one that is due."""
        seen = (
            _see(frame, self._waiting[-1])
            if self._waiting
            else _first(frame, look_at(shrunk(frame.pixels)), 0)
        )
        # The answer before says where to look: asked for as soon as that is known, the network works beside the rest.
        known = not seen.since or (bool(self._keys) and self._keys[-1].index == seen.index - seen.since)
        seen = self._due(seen) if known else seen
        full = len(self._waiting) == self._pace.latency
        done = self._give(seen.index - self._pace.think) if full else None
        self._waiting.append(seen if known else self._due(seen))
        return done

    def rest(self) -> Iterator[Steady[F]]:
        """Give the frames that wait, after the last one was taken."""
        while self._waiting:
            yield self._give(self._waiting[-1].index)

    def _due(self, seen: _Seen[F]) -> _Seen[F]:
        """Return a frame, asked for if it is its turn."""
        return self._asked(seen) if seen.since in (0, self._pace.every) else seen

    def _asked(self, seen: _Seen[F]) -> _Seen[F]:
        """Ask the network for a frame, where the subject was in the newest answer that was waited for."""
        self._times = self._times + 1 if seen.since else 0
        known, box = self._keys[-1] if self._keys else None, None
        if known is not None and 0 < seen.since == seen.index - known.index:
            box = around(warp(known.answer, seen.path.field))
        wide = self._times % self._pace.whole == 0
        pixels, shape = seen.frame.pixels, seen.look.grey.shape
        return replace(seen, answer=self._pool.submit(look, self._ask, pixels, shape, box, wide))

    def _give(self, until: int) -> Steady[F]:
        """Return the first frame that waits with its alpha; answers for frames after number `until` take longer."""
        one = self._waiting.popleft()
        asked = one.answer is not None
        if asked and not self._keys:
            self._keys.append(_settle(one, None))
        elif asked:
            self._reach(one)
            self._keys.popleft()
        alpha = self._keys[0].alpha if asked else self._carry(one, self._until_next(until))
        return Steady(one.frame, draw(one.frame.pixels, one.look.grey, alpha), asked, None)

    def _reach(self, seen: _Seen[F]) -> _Key:
        """Return what is known of the next frame that was asked for; wait for the network, if it is at work on it."""
        if len(self._keys) < 2:
            self._keys.append(_settle(seen, self._keys[0]))
        return self._keys[1]

    def _until_next(self, until: int) -> list[_Seen[F]]:
        """Return the frames that wait up to the next of the shot that was asked for; none if there is none in time."""
        row: list[_Seen[F]] = []
        for seen in self._waiting:
            if not seen.since or seen.index > until:
                break
            row.append(seen)
            if seen.answer is not None:
                return row
        return []

    def _carry(self, one: _Seen[F], between: list[_Seen[F]]) -> Alpha:
        """Bring a frame's alpha from what was asked before it and, if that is known in time, after it."""
        before = _side(self._keys[0], one.look, one.path)
        if not between:
            return warp(before.alpha, before.path.field)
        after = _side(self._reach(between[-1]), one.look, _through([one, *between]))
        return join(before, after, one.since / between[-1].since)


def _see(frame: F, last: _Seen[F]) -> _Seen[F]:
    """Return a frame tied to the one before it, unless it begins a shot."""
    expected = last.frame.pixels.shape
    if frame.pixels.shape != expected:
        raise ValueError(
            f"frame: expected shape {expected}, as before, got {frame.pixels.shape}; resize it first"
        )
    seen = look_at(shrunk(frame.pixels))
    step = way(seen.grey, last.look.grey)
    if begins(last.look, seen, step):
        return _first(frame, seen, last.index + 1)
    path, since = (step, 1) if last.answer is not None else (onward(step, last.path), last.since + 1)
    return _Seen(frame, seen, path, last.index + 1, since)


def _first(frame: F, seen: Look, index: int) -> _Seen[F]:
    return _Seen(frame, seen, still(seen.grey.shape), index, 0)


def _through(row: list[_Seen[F]]) -> Path:
    """Return the path from the first of some frames in a row to the last."""
    steps = [way(a.look.grey, b.look.grey) for a, b in itertools.pairwise(row)]
    path = steps.pop()
    while steps:
        path = onward(steps.pop(), path)
    return path


def _side(key: _Key, seen: Look, path: Path) -> Side:
    return Side(key.alpha, checked(path, seen.grey, key.look.grey))


def _settle(seen: _Seen[F], before: _Key | None) -> _Key:
    """Return what is known of a frame that was asked for, once the network has answered."""
    answer = cast("Future[Alpha]", seen.answer).result()
    if before is None or not seen.since:
        support = np.full(answer.shape, decided(answer), np.float32)
        return _Key(seen.look, answer, answer, support, seen.index)
    older = np.minimum(before.support, np.float32(SUPPORT))
    alpha, support = calm(answer, _side(before, seen.look, seen.path), older)
    return _Key(seen.look, answer, alpha, support, seen.index)
