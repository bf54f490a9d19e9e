"""``alphacut keys``: make, list and revoke the service's keys, and say what they were used for."""

from __future__ import annotations

import dataclasses
import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ..server.keys import Key, Keys, Terms, Usage
from ..server.settings import Settings
from .terminal import say

Name = Annotated[str, typer.Argument(metavar="NAME", help="who the key is for")]
Folder = Annotated[
    Path | None,
    typer.Option("--folder", metavar="DIR", help="the service's folder, if it is not the usual one"),
]
AsJson = Annotated[bool, typer.Option("--json", help="as JSON, for scripts")]


def build() -> typer.Typer:
    """Return the group of commands."""
    group = typer.Typer(
        help="Make, list and revoke keys of the service, and see what they were used for.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.command("new")(new)
    group.command("list")(list_keys)
    group.command("revoke")(revoke)
    group.command("usage")(usage)
    return group


def new(
    name: Name,
    rate: Annotated[float | None, typer.Option("--rate", metavar="N", help="requests a minute")] = None,
    megapixels: Annotated[
        float | None,
        typer.Option(
            "--megapixels", metavar="N", help="megapixels of photos a minute (the service's own: 500)"
        ),
    ] = None,
    quota: Annotated[int | None, typer.Option("--quota", metavar="N", help="photos in all")] = None,
    folder: Folder = None,
) -> None:
    """Make a key and print it, this once: only its hash is kept."""
    with _keys(folder) as keys:
        key = keys.new(name, Terms(rate, megapixels, quota))
    say("Keep it now; it cannot be shown again.")
    print(key)


def list_keys(as_json: AsJson = False, folder: Folder = None) -> None:
    """List every key by the part of it that is no secret."""
    with _keys(folder) as keys:
        found = keys.list()
    if as_json:
        print(json.dumps([dataclasses.asdict(key) | {"left": key.left} for key in found], indent=1))
        return
    for key in found:
        print(_line(key))


def revoke(name: Name, folder: Folder = None) -> None:
    """Make a key worthless, at once."""
    with _keys(folder) as keys:
        keys.revoke(name)


def usage(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="of one key; without it, of all")] = "",
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Say how many photos each key had cut out."""
    with _keys(folder) as keys:
        rows = keys.usage(name)
    if as_json:
        print(json.dumps([dataclasses.asdict(row) for row in rows], indent=1))
        return
    for row in rows:
        print(_sum(row))


def _keys(folder: Path | None) -> closing[Keys]:
    return closing(Keys(folder or Settings().folder))


def _line(key: Key) -> str:
    terms = key.terms
    limits = [
        f"{terms.rate:g} requests/min" if terms.rate else "",
        f"{terms.megapixels:g} MP/min" if terms.megapixels else "",
        f"{key.left} of {terms.quota} photos left" if terms.quota else "",
        f"revoked {_day(key.revoked)}" if key.revoked else "",
    ]
    return f"{key.name:20} ac_{key.hint}_…  made {_day(key.made)}  {', '.join(filter(None, limits))}".rstrip()


def _sum(row: Usage) -> str:
    if not row.requests:
        return f"{row.name:20} ac_{row.hint}_…  never used"
    failed = row.requests - row.delivered
    return (
        f"{row.name:20} ac_{row.hint}_…  {row.delivered} photos, {failed} failed, {row.megapixels:.1f} MP, "
        f"{row.ms:.0f} ms each, last {_day(row.last)}"
    )


def _day(moment: float | None) -> str:
    return f"{datetime.fromtimestamp(moment or 0.0, UTC):%Y-%m-%d}"
