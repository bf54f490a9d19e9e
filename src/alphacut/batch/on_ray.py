"""Run a batch on Ray: actors on one machine or many, each with its networks loaded once and one photo at a time.

A photo is handed out again when its actor died before it answered, and only then. Ray Data would do so too, but it
hands a photo that kills its actor out for ever, and it cannot finish what is in work and leave the rest.
"""

from __future__ import annotations

import logging
import os
import re
import socket
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import cv2

from ..api import Cutter
from ..errors import AlphacutError, InferenceFailed, InputError, OptionError
from ..options import Options
from .places import scheme
from .plan import Job
from .share import share
from .work import Result, both, cut_file

logger = logging.getLogger("alphacut")

DEATHS = 3
"""Actors that one photo may cost before it is given up, and that may die in a row before they have loaded."""
GRAPHICS = ("cuda", "tensorrt", "gpu")
STORE = 80_000_000
"""Bytes for what actors send: results lie in files, and what is said of them is small."""
POLL = 1.0
"""Seconds that a look for answers waits."""
PATIENCE = 60
"""Looks in a row without any actor before this is said."""
KNOCK = 10
"""Seconds that a cluster has to answer."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Which cluster, and how many actors.

    Attributes
    ----------
    address : str or None
        Of a running cluster, as ``ray.init`` takes it; without it RAY_ADDRESS, and without that a cluster on this
        machine, for this run only.
    workers : int or None
        Actors. Without it one a processor as far as the memory goes, or one a graphics card if the options ask for it.
    """

    address: str | None = None
    workers: int | None = None


@contextmanager
def ray_engine(
    options: Options, cluster: Cluster, stop: Event
) -> Iterator[Callable[[Iterable[Job]], Iterator[Result]]]:
    """Give an engine for :func:`alphacut.batch.run.run_batch`; Ray is not started before there is a photo to do.

    Parameters
    ----------
    options : Options
    cluster : Cluster
    stop : Event
        Once it is set no further photo is begun; those in work are finished and yielded.

    Raises
    ------
    OptionError
        Ray is not installed, no cluster is at the address, or it has too few processors.
    AlphacutError
        The networks cannot be loaded: said by the engine before any photo is begun.
    """
    ray = _ray()
    crews: list[_Crew] = []
    ours = not ray.is_initialized()

    def engine(jobs: Iterable[Job]) -> Iterator[Result]:
        listed = list(jobs)
        for job in listed:
            _check(job)
        if listed and not crews:
            _connect(ray, cluster)
            crews.append(_crew(ray, options, cluster))
        if listed:
            yield from _run(crews[0], listed, stop)

    try:
        yield engine
    finally:
        for crew in crews:
            crew.close()
        if ours:
            ray.shutdown()


class _Worker:
    """What an actor is: the networks, loaded once, and the function that does a photo."""

    def __init__(self, options: Options, processors: int) -> None:
        cv2.setNumThreads(processors)  # each actor its own share: else all of them want all processors
        self._options = options
        self._cutter = Cutter(options, threads=processors)

    def load(self) -> AlphacutError | None:
        try:
            self._cutter.load(self._options)
        except AlphacutError as error:
            return error
        return None

    def cut(self, job: Job) -> Result:
        return cut_file(job, self._options, self._cutter)


@dataclass(slots=True)
class _Crew:
    """The actors; `under_way` has what each was asked, with the photo, or None while it loads."""

    ray: Any
    hire: Callable[[], Any]
    idle: list[Any] = field(default_factory=list)
    under_way: dict[Any, tuple[Any, Job | None]] = field(default_factory=dict)
    stillborn: int = 0

    def add(self) -> None:
        actor = self.hire()
        self.under_way[actor.load.remote()] = (actor, None)

    def hand_out(self, job: Job) -> None:
        actor = self.idle.pop()
        self.under_way[actor.cut.remote(job)] = (actor, job)

    def works(self) -> bool:
        return any(job is not None for _, job in self.under_way.values())

    def finished(self) -> list[Any]:
        return list(self.ray.wait(list(self.under_way), timeout=POLL)[0])

    def replace(self, actor: Any) -> None:
        self.ray.kill(actor)  # one that only seems dead must not work on beside its successor
        self.add()

    def close(self) -> None:
        for actor in [*self.idle, *(actor for actor, _ in self.under_way.values())]:
            self.ray.kill(actor)


def _run(crew: _Crew, jobs: Sequence[Job], stop: Event) -> Iterator[Result]:
    waiting, deaths, looks = deque(jobs), Counter[Job](), 0
    while crew.works() or (waiting and not stop.is_set()):
        while waiting and crew.idle and not stop.is_set():
            crew.hand_out(waiting.popleft())
        finished = crew.finished()
        looks = 0 if finished or crew.works() else looks + 1
        if looks == PATIENCE:
            logger.warning("ray: no worker has started yet; is the cluster busy with something else?")
        for asked in finished:
            actor, job = crew.under_way.pop(asked)
            answer = _answer(crew.ray, asked)
            if job is None:
                _started(crew, actor, answer)
            elif isinstance(answer, Result):
                crew.idle.append(actor)
                yield answer
            else:
                crew.replace(actor)
                deaths[job] += 1
                if deaths[job] < DEATHS:
                    waiting.appendleft(job)
                else:
                    yield _given_up(job, answer)


def _answer(ray: Any, asked: Any) -> Any:
    """Return what an actor answered, or Ray's error if it died."""
    try:
        return ray.get(asked)
    except ray.exceptions.RayError as error:
        return error


def _started(crew: _Crew, actor: Any, answer: Any) -> None:
    if isinstance(answer, AlphacutError):
        raise answer
    if answer is None:
        crew.stillborn = 0
        crew.idle.append(actor)
        return
    crew.stillborn += 1
    if crew.stillborn == DEATHS:
        problem = f"{DEATHS} workers in a row died before their networks were loaded ({_first_line(answer)})"
        raise InferenceFailed("ray", problem, "Use fewer --workers; see that alphacut is on every machine.")
    crew.replace(actor)


def _given_up(job: Job, error: Exception) -> Result:
    problem = f"ended the {DEATHS} workers that tried it ({_first_line(error)})"
    remedy = "Most often the memory was too small: use fewer --workers, or make the photo smaller."
    return Result(job, error=InputError(job.name, problem, remedy))


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _crew(ray: Any, options: Options, cluster: Cluster) -> _Crew:
    machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    sizes = [(found.get("CPU", 0), found.get("GPU", 0)) for found in machines]
    memory = sum(found.get("memory", 0) for found in machines)
    each = share(sizes, memory, cluster.workers, cards=options.device in GRAPHICS)
    # Ray could restart an actor itself, but the driver has to know which photo it died of.
    kind = ray.remote(num_cpus=each.processors, num_gpus=each.cards, max_restarts=0)(_Worker)
    crew = _Crew(ray, lambda: kind.remote(options, each.processors))
    for _ in range(each.workers):
        crew.add()
    return crew


def _connect(ray: Any, cluster: Cluster) -> None:
    if ray.is_initialized():
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent to anybody
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    address = cluster.address or os.environ.get("RAY_ADDRESS")
    if not address:
        most = max(cluster.workers or 0, os.cpu_count() or 1)
        ray.init("local", num_cpus=most, include_dashboard=False, object_store_memory=STORE, **quiet)
        return
    try:
        _knock(address)
        ray.init(address, **quiet)
    except (OSError, RuntimeError, ValueError) as error:  # Ray's own ConnectionError is an OSError
        remedy = "Start one with `ray start --head`, or leave it out for one on this machine."
        raise OptionError(
            f"ray address {address}", f"no cluster answers ({_first_line(error)})", remedy
        ) from error


def _knock(address: str) -> None:
    """Raise OSError if nobody listens at an address: Ray itself would go on trying for minutes."""
    found = re.fullmatch(r"(ray://)?(?P<host>[^:/]+):(?P<port>\d+)", address)
    if found:
        socket.create_connection((found["host"], int(found["port"])), KNOCK).close()


def _check(job: Job) -> None:
    for path in both(job):
        if scheme(path) == "memory":
            remedy = "Use --runner local, or another place."
            raise OptionError(f"place {path}", "is the memory of one process, and Ray has many", remedy)


def _ray() -> Any:
    try:
        import ray
    except ImportError:
        raise OptionError(
            "runner 'ray'", "needs Ray, which is not installed", "pip install 'alphacut[ray]'."
        ) from None
    return ray
