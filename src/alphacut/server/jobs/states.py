"""What a job and its photos can be in."""

from __future__ import annotations

from dataclasses import dataclass

RECEIVING, QUEUED, RUNNING, PACKING = "receiving", "queued", "running", "packing"
DONE, FAILED = "done", "failed"
ENDED = (DONE, FAILED)
WAITING, WORKING = "waiting", "working"
ATTEMPTS = 2
"""A photo that was in work when the process ended, so many times, is given up."""


@dataclass(frozen=True, slots=True)
class Row:
    """A job; `problem` says why it has no result, `is_clip` whether its one photo is a clip."""

    id: str
    state: str
    created: float
    ended: float | None
    problem: str | None
    is_clip: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One photo of a job that is settled (`number` is its place), or the job's own new state (None)."""

    seq: int
    number: int | None
    state: str
    done: int
    failed: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A photo, or a clip, that this process, and no other, has in work."""

    job: str
    number: int
    caller: str
    is_suspect: bool
    is_clip: bool = False
