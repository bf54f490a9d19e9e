"""The pass through time: frames in, frames with a steady alpha out, and the network asked for few of them.

    frame ─look, flow→ shots → key frames ─ask, calm, hold→ alphas of keys ─propagate→ alpha of every frame

It streams: frames are kept from one key frame to the next, no longer. After a key frame everything that matters for
the frames to come is in a :class:`State`: a run that goes on from it gives the alphas that it would have given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from ...types import Alpha, Pixels, check_alpha
from .calm import calm, decided
from .fill import filled
from .flow import Path, Plane, alike, checked, measure, onward
from .keys import Spacing, due, rim
from .propagate import Link, Side, apart, backward, forward, join
from .shots import Look, begins, look_at


class Shown(Protocol):
    """A frame, as far as this pass looks into it."""

    @property
    def pixels(self) -> Pixels:
        """H×W×3 RGB, uint8 or uint16."""


F = TypeVar("F", bound=Shown)
Ask = Callable[[Pixels], Alpha]
"""The network: a frame's pixels → its alpha, H×W."""
Hold = Callable[[Any, Pixels, Alpha, Path | None], tuple[Any, Alpha]]
"""The subject held: (what is known of it, a key frame, the alpha of all that is salient, the path from this key frame
to the one before it) → (what is known now, alpha of the subject). The path is None on a shot's first frame, and what is
known None on the clip's first. It must change nothing that it is given: it may be called again with the same."""


def anywhere(before: Any, after: Any) -> float:
    """Let key frames be as far apart as they are."""
    return math.inf


def unheld(known: Any, pixels: Pixels, answer: Alpha, path: Path | None) -> tuple[Any, Alpha]:
    """Hold nothing: whatever the network answers is the subject."""
    return known, answer


@dataclass(frozen=True, slots=True)
class State:
    """What must be kept between a key frame and the frames after it.

    Attributes
    ----------
    look : Look
        The key frame's.
    alpha : Alpha
        The key frame's subject, steady.
    support : ndarray
        float32, h×w, at the size for flow: how many answers stand behind each place of it.
    seen : Alpha
        All that is salient, steady: whom `hold` took out of it, too.
    known : object
        What `hold` knows of the subject.
    drawn : Alpha or None
        The key frame's with its edges drawn, for whoever draws those of the next frame; this pass has none.
    """

    look: Look
    alpha: Alpha
    support: Plane
    seen: Alpha
    known: Any = None
    drawn: Alpha | None = None


@dataclass(frozen=True, slots=True)
class Steady(Generic[F]):
    """A frame with its alpha.

    Attributes
    ----------
    frame : Shown
        As it came in.
    alpha : Alpha
        float32, H×W, in [0, 1].
    asked : bool
        Whether the network was.
    state : State or None
        Given to another run with the frames after this one, it goes on as if there had been no break; None where
        no break is possible.
    link : Link or None
        The paths between it and the frame before it; None where it begins a shot.
    """

    frame: F
    alpha: Alpha
    asked: bool
    state: State | None
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How the pass is made.

    Attributes
    ----------
    ask : callable
        The network.
    hold : callable
        Keeps to the subject; see :data:`Hold`.
    room : callable
        How many frames two key frames in a row may be apart, by what `hold` knows at the one and at the other.
    spacing : Spacing
        How far apart key frames are.
    """

    ask: Ask
    hold: Hold = unheld
    room: Callable[[Any, Any], float] = anywhere
    spacing: Spacing = field(default_factory=Spacing)


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[F]):
    """A frame that waits for the next key frame; `path` leads to the last one."""

    frame: F
    look: Look
    link: Link
    path: Path


Done = Generator[Steady[F], None, State]


def steady(frames: Iterable[F], way: Way, state: State | None = None) -> Iterator[Steady[F]]:
    """Give every frame its alpha, in order.

    Parameters
    ----------
    frames : iterable
        Of one size, in the order shown. At most `way.spacing.most` of them are held at a time.
    way : Way
    state : State, optional
        Of the frame before the first one here, from a run that ended there.

    Yields
    ------
    Steady

    Raises
    ------
    ValueError
        A frame has another size than the one before it, or the network's alpha is none.
    """
    waiting: list[_Waiting[F]] = []
    for frame in frames:
        look = look_at(frame.pixels)
        if state is not None:
            _check_size(frame.pixels, state.alpha)
            one = _wait(frame, look, waiting[-1] if waiting else None, state)
            if one is not None:
                waiting.append(one)
                if due(one.path, rim(state.alpha, one.path.trust.shape), len(waiting), way.spacing):
                    state = yield from _close(state, waiting, way)
                    waiting = []
                continue
            state = yield from _close(state, waiting, way)
            waiting = []
        state = yield from _open(frame, look, state, way)
    if state is not None:
        yield from _close(state, waiting, way)


def _check_size(pixels: Pixels, alpha: Alpha) -> None:
    """Raise `ValueError` if a frame has another size than the one before it."""
    if pixels.shape[:2] != alpha.shape:
        raise ValueError(
            f"frame: expected height and width {alpha.shape}, as before, got {pixels.shape[:2]}; resize it first"
        )


def _wait(frame: F, look: Look, last: _Waiting[F] | None, state: State) -> _Waiting[F] | None:
    """Return the frame tied to the one before it and to the last key frame; None if it begins a shot."""
    before = last.look if last else state.look
    link = Link(*measure(look.grey, before.grey))
    if begins(before, look, link.back):
        return None
    return _Waiting(frame, look, link, onward(link.back, last.path) if last else link.back)


def _open(frame: F, look: Look, state: State | None, way: Way) -> Done[F]:
    """Begin a shot: nothing of the one before it is seen in its alpha."""
    seen = _ask(frame, way)
    known, alpha = way.hold(state.known if state else None, frame.pixels, seen, None)
    state = State(look, alpha, np.full(look.grey.shape, decided(seen), np.float32), seen, known)
    yield Steady(frame, alpha, True, state)
    return state


def _close(state: State, waiting: list[_Waiting[F]], way: Way) -> Done[F]:
    """Make the last of the frames that wait a key frame, and give them all their alpha."""
    begin = 0
    for end, answer in _answers(state, waiting, way).items():
        piece = waiting[begin : end + 1]
        last, path = piece[-1], backward([one.link for one in piece])[-1]
        # Before the subject is held: whom it was taken for once is not outvoted for long.
        seen, support = calm(answer, _side(state.look, state.seen, last, path), state.support)
        known, alpha = way.hold(state.known, last.frame.pixels, seen, path)
        now = State(last.look, alpha, support, seen, known)
        yield from _between(state, now, piece)
        # Where a run goes on, the next key frame is looked for: a key frame put in between is no such place.
        yield Steady(last.frame, alpha, True, now if last is waiting[-1] else None, last.link)
        state, begin = now, end + 1
    return state


def _between(first: State, last: State, piece: list[_Waiting[F]]) -> Iterator[Steady[F]]:
    """Give the frames between two key frames their alpha; `piece` ends with the later one."""
    links = [one.link for one in piece]
    for i, (one, *paths) in enumerate(zip(piece[:-1], backward(links), forward(links), strict=False)):
        ends = list(zip((first, last), paths, strict=True))
        before, after = (_side(key.look, key.alpha, one, path) for key, path in ends)
        known = np.maximum(*(alike(one.look.grey, key.look.grey, path.field) for key, path in ends))
        alpha = filled(join(before, after, (i + 1) / len(piece)), one.frame.pixels, known)
        yield Steady(one.frame, alpha, False, None, one.link)


def _side(key: Look, alpha: Alpha, one: _Waiting[F], path: Path) -> Side:
    return Side(alpha, checked(path, one.look.grey, key.grey))


def _answers(state: State, waiting: list[_Waiting[F]], way: Way) -> dict[int, Alpha]:
    """Ask for the last frame, and for more between it and the last key frame where the two do not agree."""
    asked = {len(waiting) - 1: _ask(waiting[-1].frame, way)} if waiting else {}
    while (gap := _gap(state, waiting, asked, way)) is not None:
        asked[gap] = _ask(waiting[gap].frame, way)
    return dict(sorted(asked.items()))


def _gap(state: State, waiting: list[_Waiting[F]], asked: dict[int, Alpha], way: Way) -> int | None:
    """Return the frame in the middle of two key frames that see it too far apart."""
    look, alpha, known, begin = state.look, state.alpha, state.known, 0
    for end in sorted(asked):
        now, links = waiting[end], [one.link for one in waiting[begin : end + 1]]
        held = known
        known, answer = way.hold(held, now.frame.pixels, asked[end], backward(links)[-1])
        half = (len(links) - 2) // 2
        if len(links) > 1:
            middle = waiting[begin + half]
            before = _side(look, alpha, middle, backward(links[: half + 1])[-1])
            after = _side(now.look, answer, middle, forward(links[half:])[0])
            if apart(before, after) > way.spacing.apart or len(links) > way.room(held, known):
                return begin + half
        look, alpha, begin = now.look, answer, end + 1
    return None


def _ask(frame: Shown, way: Way) -> Alpha:
    return check_alpha(way.ask(frame.pixels), frame.pixels.shape[:2], "the network's alpha")
