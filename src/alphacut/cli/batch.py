"""``alphacut batch``: a tree of photos in, a tree of cutouts out, resumable."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from ..api import Cutter
from ..batch.interrupt import stopping
from ..batch.journal import Journal
from ..batch.local import Limits, run_local, usual_workers
from ..batch.on_ray import Cluster, ray_engine
from ..batch.places import place
from ..batch.plan import Job
from ..batch.report import as_html
from ..batch.run import Batch, Engine, Listener, Tally, run_batch
from ..batch.work import Result, cut_file
from ..compose.present import with_preset
from ..encode import suffix_of
from ..errors import OptionError
from ..files import write_atomic
from ..options import Options
from .flags import with_options
from .terminal import downloads, meter, print_json, say

INTERRUPTED = 130
MEGAPIXELS = 32.0


class Runner(StrEnum):
    """Where the photos are done."""

    LOCAL = "local"
    RAY = "ray"


@with_options
def batch(  # noqa: PLR0913, PLR0917 - one parameter a flag
    places: Annotated[
        list[str],
        typer.Argument(
            metavar="IN... OUT",
            help="photos, folders or glob patterns, and the folder of results; also s3://, gs:// and the like",
        ),
    ],
    options: Options,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume/--no-resume",
            help="go on where an earlier run ended, or make every photo again (default: on)",
        ),
    ] = True,
    retry: Annotated[
        int,
        typer.Option("--retry", metavar="N", min=0, help="try photos that failed again, after the others"),
    ] = 0,
    watch: Annotated[
        bool, typer.Option("--watch", help="go on with photos that are added, until Ctrl-C")
    ] = False,
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal",
            metavar="FILE",
            help="notes what is done; without it, hidden in the output folder, or in alphacut's home for a store",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            metavar="N",
            min=1,
            help="photos at a time (default: processors + 1, at most 8; on Ray one a processor, as far as memory goes)",
        ),
    ] = None,
    megapixels: Annotated[
        float | None,
        typer.Option(
            "--megapixels",
            metavar="N",
            min=0.1,
            help="of all photos at a time, which bounds the memory; a larger one goes alone (default: 32)",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report", metavar="FILE", help="an HTML page: what failed, then the most uncertain first"
        ),
    ] = None,
    runner: Annotated[
        Runner,
        typer.Option(
            "--runner",
            metavar="local|ray",
            help="threads of this machine, or workers of a Ray cluster (default: local)",
            show_default=False,
        ),
    ] = Runner.LOCAL,
    ray_address: Annotated[
        str | None,
        typer.Option(
            "--ray-address",
            metavar="ADDRESS",
            help="of a running cluster, or auto; without it RAY_ADDRESS, or a cluster on this machine for this run",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON line a photo on standard output")] = False,
) -> None:
    """Cut out a tree of photos into a tree of results; can be ended at any time and taken up again."""
    if len(places) < 2:
        raise typer.BadParameter("name the photos and, last, the folder of results", param_hint="IN... OUT")
    *inputs, output = places
    options = with_preset(options)
    suffix = suffix_of(options.format)
    plan = Batch(tuple(inputs), place(output), options, suffix, journal, resume, retry, watch)
    limits = Limits(workers or usual_workers(), int((megapixels or MEGAPIXELS) * 1e6))
    _check(runner, megapixels, ray_address, {"journal": journal, "report": report})
    start = time.monotonic()
    with ExitStack() as stack:
        stop = stack.enter_context(
            stopping(lambda: say("finishing the photos in work; Ctrl-C again ends at once"))
        )
        if runner is Runner.RAY:
            engine = stack.enter_context(ray_engine(options, Cluster(ray_address, workers), stop))
        else:
            engine = _local(stack, options, limits, stop)
        tell = _teller(stack, as_json)
        tally = run_batch(plan, engine, tell, stop, functools.partial(_report, report, options))
    say(_summary(tally, time.monotonic() - start))
    if tally.failed or (tally.left and not stop.is_set()):
        raise typer.Exit(1)
    if tally.left:
        raise typer.Exit(INTERRUPTED)


def _check(
    runner: Runner, megapixels: float | None, ray_address: str | None, files: Mapping[str, Path | None]
) -> None:
    if runner is Runner.RAY and megapixels is not None:
        remedy = "Leave it out: there each worker has one photo, so --workers bounds the memory."
        raise OptionError("option 'megapixels'", "is of the local runner", remedy)
    if runner is Runner.LOCAL and ray_address is not None:
        raise OptionError(
            "option 'ray-address'", "is of the Ray runner", "Add --runner ray, or leave it out."
        )
    for name, path in files.items():
        if path and re.match("[a-z][a-z0-9]+:/", path.as_posix()):
            raise OptionError(f"option {name!r} {path}", "is in a store", "Name a file of this machine.")


def _local(stack: ExitStack, options: Options, limits: Limits, stop: Event) -> Engine:
    @functools.cache
    def loaded() -> Cutter:
        with downloads() as progress:
            cutter = stack.enter_context(Cutter(options, progress))
            cutter.load(options)  # without a network no photo can be done: say so before any is begun
        return cutter

    def engine(jobs: Iterable[Job]) -> Iterator[Result]:
        listed = list(jobs)
        if listed:
            cutter = loaded()
            yield from run_local(listed, lambda job: cut_file(job, options, cutter), limits, stop)

    return engine


def _teller(stack: ExitStack, as_json: bool) -> Listener:
    show = stack.enter_context(meter())

    def tell(tally: Tally, result: Result | None) -> None:
        if result is None:
            if tally.before and not (tally.done or tally.failed):
                say(f"{tally.before} of {tally.meant} photos were done before")
            return
        if result.error:
            say(f"error: {result.error}")
        if as_json:
            print_json(result.line())
        failed = f"{tally.failed} failed" if tally.failed else ""
        show(tally.done + tally.failed, tally.meant - tally.before, failed)

    return tell


def _report(page: Path | None, options: Options, journal: Journal) -> None:
    if page:
        text = as_html(journal, options, page.parent)
        write_atomic(page, text.encode(errors="backslashreplace"))


def _summary(tally: Tally, seconds: float) -> str:
    parts = [f"{tally.done} done in {seconds:.0f} s"]
    parts += [f"{tally.before} done before"] if tally.before else []
    parts += [f"{tally.failed} failed"] if tally.failed else []
    parts += [f"{tally.left} left: the same command goes on"] if tally.left else []
    parts += [f"{tally.unsure} need a look"] if tally.unsure else []
    return ", ".join(parts)
