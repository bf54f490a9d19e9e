"""``alphacut inspect``: how likely each cutout is wrong, and why."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated

import typer

from ..api import Cutter
from ..batch.plan import Job, plan
from ..errors import AlphacutError, ModelError
from ..inspect import NEEDS_LOOK, findings
from ..options import Options
from ..types import Report
from .flags import with_options
from .terminal import downloads, print_json, say, track


@with_options
def inspect(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="IN...", help="photos, folders, glob patterns, or - for standard input"),
    ],
    options: Options,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON line a photo")] = False,
) -> None:
    """Say how likely each photo's cutout is wrong, and why; nothing is written."""
    jobs = plan(inputs, None, "png")
    failed = 0
    options = replace(options, decontaminate=False)  # colours are not looked at, and cost time
    with downloads() as progress, Cutter(options, progress) as cutter:
        for job in track(jobs):
            failed += not _one(job, cutter, as_json)
    if failed:
        raise typer.Exit(1)


def _one(job: Job, cutter: Cutter, as_json: bool) -> bool:
    try:
        report = cutter.cut(job.source or sys.stdin.buffer.read(), name=job.name).report
    except ModelError:
        raise  # without a network no other photo can be examined either
    except AlphacutError as error:
        say(f"error: {error}")
        if as_json:
            print_json({"input": job.name, "ok": False, "error": error.as_dict()})
        return False
    if as_json:
        print_json({"input": job.name, "ok": True, **findings(report)})
    else:
        print(line_of(job.name, report), flush=True)
    return True


def line_of(name: str, report: Report) -> str:
    """Return one line for a person: the uncertainty, a mark where it asks for a look, the photo, the reasons."""
    value = report.uncertainty
    number = "-   " if value is None else f"{value:.2f}"
    mark = "look" if value is not None and value > NEEDS_LOOK else "    "
    reasons = " ".join(warning.sentence for warning in report.warnings)
    return f"{number}  {mark}  {name}" + (f": {reasons}" if reasons else "")
