"""``alphacut eval``: how good the mattes are, against the truth and beside a peer."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from ..api import Cutter
from ..evaluate import report
from ..evaluate.measure import by_cutter, measure, summarise
from ..evaluate.peer import SETTINGS, Peer
from ..evaluate.saliency import load_measures
from ..evaluate.sets import read_set
from ..files import write_atomic
from ..options import Options
from .flags import with_options
from .terminal import downloads, say, track


@with_options
def evaluate(  # noqa: PLR0913, PLR0917 - one parameter a flag
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="SET",
            help="folder with images/ and the truth in masks/ or alpha/, matched by name; trimaps/ and foreground/ "
            "are used where they are",
        ),
    ],
    options: Options,
    peer: Annotated[
        str | None,
        typer.Option(
            "--peer", metavar="PROGRAM", help="a Python with rembg, or the rembg command: measured beside"
        ),
    ] = None,
    peer_setting: Annotated[
        list[str] | None,
        typer.Option(
            "--peer-setting",
            metavar="NAME",
            help=f"the peer's model, with +matting for its closed form; may be repeated (default: "
            f"{', '.join(SETTINGS)})",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="the first N photos by name")
    ] = None,
    saliency: Annotated[
        bool, typer.Option("--saliency", help="also F, weighted F, S and E; needs the extra `eval`")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the summary and every photo as JSON")] = False,
    page: Annotated[
        Path | None,
        typer.Option(
            "--report", metavar="FILE", help="an HTML page with the worst photos first, beside the truth"
        ),
    ] = None,
) -> None:
    """Measure mattes against the truth."""
    items = read_set(folder, limit)
    if saliency:
        load_measures()
    with ExitStack() as stack:
        cutter = stack.enter_context(Cutter(options, stack.enter_context(downloads())))
        settings = {f"alphacut {options.model}": by_cutter(cutter)}
        if peer:
            other = stack.enter_context(Peer(peer))
            settings |= {f"rembg {name}": other.setting(name) for name in peer_setting or SETTINGS}
        rows = list(measure(track(items), settings, saliency))
    print(report.as_json(folder.resolve().name, rows) if as_json else report.table(summarise(rows)))
    if page:
        write_atomic(page, report.as_html(folder.resolve().name, items, rows).encode())
    failed = [row for row in rows if row.error]
    for row in failed:
        say(f"error: {row.setting}: {row.error}")
    if failed:
        raise typer.Exit(1)
