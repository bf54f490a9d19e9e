"""``alphacut check``: whether finished pictures keep a marketplace's rules."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from ..batch.plan import Job, plan
from ..compose.check import MEASURES, Finding, check_file, passes
from ..compose.presets import Preset, find_preset
from ..errors import AlphacutError, InputError
from .terminal import print_json, say

PLACE = "unused/"
"""Where results would go if there were any: with it, `plan` takes the cutouts in a folder for pictures too."""


def check(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="pictures, folders, glob patterns, or - for standard input"),
    ],
    preset: Annotated[
        str,
        typer.Option(
            "--preset",
            metavar="NAME",
            help="the marketplace: amazon, ebay, walmart, google, shopify, mercadolibre, zalando or etsy",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON line a picture")] = False,
) -> None:
    """Say whether finished pictures keep a marketplace's rules: pass, warn or fail for each.

    The exit code is 0 if nothing fails; a warning is no failure.
    """
    market = find_preset(preset)
    failed = sum([not _one(job, market, as_json) for job in plan(inputs, PLACE, "png")])
    if failed:
        raise typer.Exit(1)


def _one(job: Job, preset: Preset, as_json: bool) -> bool:
    try:
        findings = check_file(_read(job), preset, job.name)
    except AlphacutError as error:
        say(f"error: {error}")
        if as_json:
            print_json({"input": job.name, "preset": preset.name, "ok": False, "error": error.as_dict()})
        return False
    ok = passes(findings)
    if as_json:
        rows = [asdict(finding) for finding in findings]
        print_json({"input": job.name, "preset": preset.name, "ok": ok, "findings": rows})
    else:
        print(report(job.name, preset, findings), flush=True)
    return ok


def report(name: str, preset: Preset, findings: list[Finding]) -> str:
    """Return what a person reads: a verdict, then one line a rule."""
    verdict = "fail" if not passes(findings) else "pass"
    return "\n".join([f"{verdict}  {name}: {preset.title}", *map(_line, findings)])


def _line(finding: Finding) -> str:
    words = f"  {finding.level}  {MEASURES[finding.rule].title}: {finding.found}; wanted {finding.wanted}"
    words += " [second-hand]" if finding.second_hand else ""
    return f"{words}. {finding.remedy}" if finding.remedy else words


def _read(job: Job) -> bytes:
    if job.source is None:
        return sys.stdin.buffer.read()
    try:
        return job.source.read_bytes()
    except OSError as error:
        raise InputError(job.name, f"cannot be read: {error.strerror}", "Check the path.") from error
