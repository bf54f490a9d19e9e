"""``alphacut cut``: photos in, cutouts out."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from ..api import Cutter
from ..batch.plan import Job, plan
from ..compose.present import Layers, check, with_preset
from ..cutout import Cutout
from ..encode import check_opaque, format_of, suffix_of
from ..errors import AlphacutError, ModelError, OptionError
from ..files import make_folder
from ..inspect import NEEDS_LOOK
from ..options import Options
from .flags import with_options
from .terminal import downloads, print_json, say, track


@with_options
def cut(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="IN...", help="photos, folders, glob patterns, or - for standard input"),
    ],
    options: Options,
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="FILE|DIR|-", help="where to; without it, NAME-cutout.png next to each"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON line a photo on standard output")] = False,
) -> None:
    """Cut the subject out of photos."""
    options = with_preset(options)
    check(options)
    jobs = plan(inputs, output, suffix_of(options.format))
    if as_json and any(job.target is None and (output == "-" or job.source is None) for job in jobs):
        raise OptionError(
            "option '--json'", "cannot share standard output with a picture", "Name a file with -o."
        )
    for job in jobs:
        _check_target(job, options)
    failed = 0
    with downloads() as progress, Cutter(options, progress) as cutter:
        for job in track(jobs):
            failed += not _one(job, cutter, as_json)
    if failed:
        raise typer.Exit(1)


def _one(job: Job, cutter: Cutter, as_json: bool) -> bool:
    line: dict[str, Any] = {"input": job.name, "output": str(job.target) if job.target else "-"}
    try:
        source = job.source if job.source else sys.stdin.buffer.read()
        cutout = cutter.cut(source, name=job.name)
        layers = cutout.layers()
        _write(cutout, layers, job)
    except ModelError:
        raise  # without a network no other photo can be done either
    except AlphacutError as error:
        say(f"error: {error}")
        line |= {"ok": False, "error": error.as_dict()}
        _print(line, job, as_json)
        return False
    sure = (cutout.report.uncertainty or 0.0) <= NEEDS_LOOK
    for warning in cutout.photo.warnings if sure else cutout.report.warnings:
        say(f"{job.name}: {warning.sentence}")
    notes = {"notes": (*cutout.report.notes, *layers.notes)}
    for note in layers.notes:
        say(f"{job.name}: {note}")
    _print(line | {"ok": True, **asdict(cutout.report)} | notes, job, as_json)
    return True


def _check_target(job: Job, options: Options) -> None:
    """Refuse what cannot end well before the network has run."""
    format_ = options.format or (format_of(job.target) if job.target else "png")
    check_opaque(format_, options.is_opaque)
    if job.target is None:
        return
    if job.source and job.target.exists() and job.source.exists() and job.target.samefile(job.source):
        raise OptionError(
            f"output {job.target}",
            "is the photo itself",
            "Name another file with -o; the photo is never overwritten.",
        )


def _write(cutout: Cutout, layers: Layers, job: Job) -> None:
    if job.target is None:
        sys.stdout.buffer.write(cutout.encode(layers=layers))
        sys.stdout.buffer.flush()
        return
    make_folder(job.target.parent)
    cutout.save(job.target, layers=layers)


def _print(line: dict[str, Any], job: Job, as_json: bool) -> None:
    if as_json:
        print_json(line)
    elif line["ok"] and job.target:
        print(job.target, flush=True)
