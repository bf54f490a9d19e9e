"""A job in words, as its routes and events show it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from .files import Clip, JobFolder
from .runner import JobRunner
from .states import ATTEMPTS, DONE, ENDED, FAILED, Row, Step
from .store import JobStore

GIVEN_UP = {
    "code": "GivenUp",
    "problem": f"the service ended {ATTEMPTS} times while it was in work, or its disk had no room for more words",
    "remedy": "Try it alone, or smaller.",
}
COUNTED = ("done", "meant", "asked")


def listed(store: JobStore, row: Row, base: str) -> dict[str, Any]:
    """Return what is said of a job in a list; `base` is the routes' own address."""
    counts = store.counts(row.id)
    link = f"{base}/{row.id}"
    return {
        "id": row.id,
        "kind": "clip" if row.is_clip else "photos",
        "state": row.state,
        "created": _time(row.created),
        "ended": _time(row.ended),
        "problem": row.problem,
        "counts": {"photos": sum(counts.values()), **counts},
        "links": {"self": link, "events": f"{link}/events", "result": f"{link}/result"},
    }


def described(runner: JobRunner, row: Row, base: str) -> dict[str, Any]:
    """Return everything that is said of a job.

    Raises
    ------
    NotThere
        It was removed.
    """
    folder = runner.folder(row.id)
    told = folder.told()
    hours = runner.job_hours * 3600
    photos = [
        {
            "number": number,
            "name": item.name,
            "state": state,
            "output": item.target,
            **({"frames": frames_of(folder, told.clip)} if told.clip else {}),
            **(folder_words(folder, number, state) if state in ENDED else {}),
        }
        for number, (item, (state, _)) in enumerate(
            zip(told.items, runner.store.photos(row.id), strict=False)
        )
    ]
    return {
        **listed(runner.store, row, base),
        "expires": _time(row.ended + hours) if row.ended else None,
        "photos": photos,
        "left_out": [{"name": name, "why": why} for name, why in told.left_out],
    }


def frames_of(folder: JobFolder, clip: Clip) -> dict[str, int | None]:
    """Return how far a clip is: frames done and expected (None: nobody knows), and those the network was asked for."""
    counts = {"done": 0, "meant": clip.frames, "asked": 0} | folder.progress()
    return {name: counts[name] for name in COUNTED}


def step_words(folder: JobFolder, step: Step, names: Sequence[str]) -> dict[str, Any]:
    """Return what is told of a step of a job."""
    words: dict[str, Any] = {"state": step.state, "done": step.done, "failed": step.failed}
    words["photos"] = len(names)
    if step.number is None:
        return words
    error = folder_words(folder, step.number, step.state).get("error")
    return {
        "number": step.number,
        "name": names[step.number],
        **words,
        **({"error": error} if error else {}),
    }


def folder_words(folder: JobFolder, number: int, state: str) -> dict[str, Any]:
    """Return what is said of a photo that is settled."""
    words = folder.said(number)
    if state == FAILED and "error" not in words:
        return {"error": GIVEN_UP}
    return {"report": words["report"]} if state == DONE and "report" in words else words


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
