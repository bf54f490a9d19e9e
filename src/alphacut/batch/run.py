"""A batch from its plan to its report; which engine does the photos is the caller's affair."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from ..compose.present import check
from ..encode import check_opaque
from ..errors import OptionError
from ..files import make_folder
from ..infer.home import home
from ..inspect import NEEDS_LOOK
from ..options import Options
from ..recipe import named_files
from .journal import NAME, Journal, open_journal
from .places import (
    Stamp,
    begin_output,
    check_output,
    files_below,
    is_folder,
    is_remote,
    place,
    stamp_if_there,
)
from .plan import STREAM, Job, expect_photos, plan_folder
from .work import Result, both

Engine = Callable[[Iterable[Job]], Iterator[Result]]
"""Does jobs and yields each one's result as it is finished; ends early where it is told to stop."""

POLL = 1.0
"""Seconds between two looks at a folder that is watched."""
_PART = re.compile(r"\.[0-9a-f]{16}\.part")


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be done.

    Attributes
    ----------
    inputs : tuple of str
        Files, folders or patterns.
    output : Path
        The folder below which the inputs' tree is mirrored; perhaps in a store, see :mod:`alphacut.batch.places`.
    options : Options
    suffix : str
        Of the results, without a dot.
    journal : Path or None
        Without it hidden in the output folder, or in alphacut's home if the output is in a store.
    resume : bool
        Take up an earlier run's journal; otherwise begin anew.
    retry : int
        How often a photo that failed is tried again, after the others.
    watch : bool
        Go on with photos that are added, until told to stop.
    """

    inputs: tuple[str, ...]
    output: Path
    options: Options
    suffix: str
    journal: Path | None = None
    resume: bool = True
    retry: int = 0
    watch: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a run is.

    Attributes
    ----------
    meant : int
        Photos in all.
    before : int
        Of these, what an earlier run had done.
    done, failed : int
        In this run.
    unsure : int
        Results, earlier ones too, that ask for a look.
    """

    meant: int = 0
    before: int = 0
    done: int = 0
    failed: int = 0
    unsure: int = 0

    @property
    def left(self) -> int:
        """How many photos are still to be done."""
        return self.meant - self.before - self.done - self.failed


Listener = Callable[[Tally, Result | None], None]
"""Is told how far a run is, and with which result; None where only the plan changed."""


def run_batch(
    batch: Batch, engine: Engine, tell: Listener, stop: Event, finish: Callable[[Journal], None]
) -> Tally:
    """Do a batch.

    Parameters
    ----------
    batch : Batch
    engine : callable
    tell : callable
    stop : Event
        Set by another thread or a signal: what is in work is finished, the rest is left for the next run.
    finish : callable
        Is given the journal at the end, for instance to write the report.

    Raises
    ------
    OptionError
        No photos, a result in a photo's place, or a journal of another recipe.
    OutputError
        The output folder or the journal cannot be written.
    """
    _check(batch)
    if not batch.watch:
        expect_photos(batch.inputs, str(batch.output))
    begin_output(batch.output)
    path = batch.journal or _usual_journal(batch.output)
    with open_journal(path, identity(batch), batch.resume) as journal:
        if not (journal.is_new or is_remote(batch.output)):
            _sweep(batch.output)
        tally = Tally()
        for jobs in _rounds(batch, journal, stop):
            todo = journal.take_up(jobs)
            tally = _planned(tally, len(jobs), len(todo))
            tell(tally, None)
            for result in _with_retries(todo, engine, batch.retry, stop):
                journal.record(result)
                tally = _counted(tally, result)
                tell(tally, result)
        finish(journal)
        return dataclasses.replace(tally, unsure=journal.unsure(NEEDS_LOOK))


def identity(batch: Batch) -> dict[str, Any]:
    """Return what decides a batch's results besides its photos: the options, the files they name, the output."""
    facts: dict[str, Any] = dataclasses.asdict(batch.options)
    for name, path in named_files(batch.options).items():
        facts[f"{name}'s file"] = stamp_if_there(Path(path))
    return facts | {"output": str(batch.output.absolute()), "suffix": batch.suffix}


def _usual_journal(output: Path) -> Path:
    if not is_remote(output):
        return output / NAME
    # SQLite needs a file that it can lock and change in place, which is no object of a store.
    digest = hashlib.sha256(str(output).encode()).hexdigest()[:16]
    make_folder(home() / "batches")
    return home() / "batches" / f"{digest}.sqlite"


def _check(batch: Batch) -> None:
    check(batch.options)
    if STREAM in batch.inputs:
        remedy = "Name files and folders, or use alphacut cut."
        raise OptionError(f"input {STREAM!r}", "is standard input, which is one photo and no batch", remedy)
    check_output(batch.output)
    check_opaque(batch.options.format, batch.options.is_opaque)
    places = [place(text) for text in batch.inputs]
    if any(is_folder(there) and batch.output.resolve() == there.resolve() for there in places):
        raise OptionError(
            f"output {batch.output}", "is the folder of the photos", "Name another; one inside it will do."
        )


def _rounds(batch: Batch, journal: Journal, stop: Event) -> Iterator[Sequence[Job]]:
    """Yield the plan once or, when watching, again and again: with the photos that no longer grow."""
    before: dict[Path, Stamp | None] = {}
    offered: dict[Path, Stamp | None] = {}
    while not stop.is_set():
        jobs = plan_folder(batch.inputs, str(batch.output), batch.suffix, journal.places())
        _check_places(jobs)
        if is_remote(batch.output):
            files_below(batch.output)  # the store remembers their sizes: no question for each result
        if not batch.watch:
            yield jobs
            return
        now = {both(job)[0]: stamp_if_there(both(job)[0]) for job in jobs}
        calm: dict[Path, Stamp | None] = {
            path: at for path, at in now.items() if at is not None and at == before.get(path)
        }
        ready = [job for job in jobs if (path := both(job)[0]) in calm and offered.get(path) != calm[path]]
        if ready:
            yield ready
        before, offered = now, offered | calm
        stop.wait(POLL)


def _check_places(jobs: Sequence[Job]) -> None:
    photos = {both(job)[0].absolute() for job in jobs}
    for job in jobs:
        target = both(job)[1]
        if target.absolute() in photos:
            raise OptionError(
                f"output {target}",
                "is one of the photos",
                "Choose another folder; a photo is never overwritten.",
            )


def _sweep(output: Path) -> None:
    """Remove what a killed run left half written; nobody else writes here while the journal is locked."""
    for path in output.rglob(".*.part"):
        if _PART.fullmatch(path.name):
            path.unlink(missing_ok=True)


def _with_retries(jobs: Sequence[Job], engine: Engine, retry: int, stop: Event) -> Iterator[Result]:
    for left in range(retry, -1, -1):
        again: list[Job] = []
        for result in engine(jobs):
            if result.error is not None and left and not stop.is_set():
                again.append(result.job)
            else:
                yield result
        jobs = again


def _planned(tally: Tally, meant: int, new: int) -> Tally:
    return dataclasses.replace(tally, meant=tally.meant + meant, before=tally.before + meant - new)


def _counted(tally: Tally, result: Result) -> Tally:
    failed = result.error is not None
    return dataclasses.replace(tally, done=tally.done + (not failed), failed=tally.failed + failed)
