"""What happens to a job, told while it happens: server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from .states import ENDED, Step
from .store import JobStore

LOOK = 0.4
"""Seconds between two looks at what other threads and processes have done."""

CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Telling:
    """How a job is told of.

    Attributes
    ----------
    say : callable
        What is told of a step.
    frames : callable
        How far a clip is; nothing of photos.
    heartbeat : float
        Seconds of silence after which a comment is sent, which keeps proxies from closing the connection.
    closing : callable
        Whether the service is about to stop: listeners come again, to the next process.
    """

    say: Callable[[Step], dict[str, Any]]
    frames: Callable[[], dict[str, Any]]
    heartbeat: float
    closing: Callable[[], bool]


async def told_events(store: JobStore, job: str, after: int, telling: Telling) -> AsyncIterator[str]:
    """Yield what has happened to a job since a step, and what happens, until the job has ended.

    It keeps nothing but the number of the last step: whoever goes away, or comes again, costs no more than that.

    Parameters
    ----------
    store : JobStore
    job : str
    after : int
        The last step that the listener knows; 0: none.
    telling : Telling
    """
    loop = asyncio.get_running_loop()
    yield "retry: 2000\n\n"
    spoken, frames = loop.time(), dict[str, Any]()
    while not telling.closing():
        steps = await asyncio.to_thread(store.steps, job, after)
        if steps is None:
            yield _event("job", None, {"state": CANCELLED})
            return
        for step in steps:
            words = await asyncio.to_thread(telling.say, step)
            yield _event("job" if step.number is None else "photo", step.seq, words)
            after, spoken = step.seq, loop.time()
            if step.number is None and step.state in ENDED:
                return
        now = await asyncio.to_thread(telling.frames)
        if now != frames:  # without a number: whoever comes again hears how far it is then
            frames, spoken = now, loop.time()
            yield _event("frames", None, frames)
        if loop.time() - spoken >= telling.heartbeat:
            yield ": still here\n\n"
            spoken = loop.time()
        await asyncio.sleep(min(LOOK, telling.heartbeat))


def _event(name: str, seq: int | None, words: dict[str, Any]) -> str:
    head = "" if seq is None else f"id: {seq}\n"
    return f"{head}event: {name}\ndata: {json.dumps(words)}\n\n"
