"""Loaded networks: each loaded once however many ask, the least recently used let go over a budget of memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from ..errors import OptionError
from ..options import Options
from .card import ModelCard
from .catalog import find_card
from .engines import Session, choose, open_session
from .fuse import FAST, TOGETHER
from .weights import Progress, ensure

Network = tuple[ModelCard, Session]
_Key = tuple[str, str, str, str, bool, bool]


@dataclass(eq=False, slots=True)
class _Place:
    """One network, loaded or not yet; the lock is held while it is loaded, and by nobody else."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    network: Network | None = None
    bytes: int = 0
    users: int = 0


class Shelf:
    """Loads networks and keeps them; safe to use from several threads.

    Parameters
    ----------
    memory : int, optional
        Bytes that the kept networks' files may have together. A network in use stays, whatever the budget.
    progress : callable, optional
        Told of downloads; see :func:`~alphacut.infer.weights.ensure`.
    threads : int, optional
        Of the processor, for each network; all of them without it.
    """

    def __init__(
        self, memory: int | None = None, progress: Progress | None = None, threads: int | None = None
    ) -> None:
        self._memory = memory
        self._threads = threads
        self._progress = progress
        self._lock = threading.Lock()  # of the table; never held while something is loaded
        self._places: OrderedDict[_Key, _Place] = OrderedDict()

    @contextmanager
    def lend(self) -> Iterator[Callable[[Options], list[Network]]]:
        """Give a loader whose networks are in use until the block ends."""
        with ExitStack() as used:

            def load(options: Options) -> list[Network]:
                names = (FAST if options.fast else TOGETHER).get(options.model, (options.model,))
                return [used.enter_context(self._using(replace(options, model=name))) for name in names]

            yield load

    @property
    def loaded(self) -> dict[str, int]:
        """The kept networks' names, each with the bytes of its file."""
        with self._lock:
            return {key[0]: place.bytes for key, place in self._places.items() if place.network}

    def clear(self) -> None:
        """Let go of every network that is not in use."""
        self._trim(0)

    @contextmanager
    def _using(self, options: Options) -> Iterator[Network]:
        key = _key(options)
        with self._lock:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
            place.users += 1
        try:
            with place.lock:
                if place.network is None:
                    place.network = self._open(options, place)
            yield place.network
        finally:
            with self._lock:
                place.users -= 1
                if place.network is None and not place.users:
                    self._places.pop(key, None)
            self._trim(self._memory)

    def _open(self, options: Options, place: _Place) -> Network:
        engine, device = choose(options.device, options.engine)
        card = _card(options, engine, device)
        weights = ensure(card, accept_licence=options.accept_licence, progress=self._progress)
        size = weights.stat().st_size
        # Before it is loaded: old and new together would be over the budget for a while.
        self._trim(None if self._memory is None else self._memory - size)
        network = card, open_session(card, weights, device, engine, options.precision, self._threads)
        place.bytes = size
        return network

    def _trim(self, memory: int | None) -> None:
        if memory is None:
            return
        with self._lock:
            total = sum(place.bytes for place in self._places.values())
            for key, place in list(self._places.items()):
                if total <= memory:
                    return
                if place.network and not place.users:
                    del self._places[key]
                    total -= place.bytes


def _key(options: Options) -> _Key:
    where = (options.model, options.device, options.engine, options.precision)
    return (*where, options.accept_licence, options.fast)


def _card(options: Options, engine: str, device: str) -> ModelCard:
    """Return the card of the model that the options name, as fast as they ask."""
    card = find_card(options.model)
    if not options.fast:
        return card
    if (engine, device) != ("openvino", "cpu"):
        raise OptionError(
            "option 'fast'", f"is made for processors, not for {engine} on {device}", "Leave it out there."
        )
    return card.faster
