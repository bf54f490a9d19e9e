"""``alphacut eval``: how good the mattes are, against the truth and beside a peer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ..api import Cutter
from ..errors import OptionError
from ..evaluate import clip_report, report
from ..evaluate.clips import Clip, find_clips
from ..evaluate.measure import Predict, by_cutter, measure, summarise
from ..evaluate.measure_clips import FrameRow, each_frame, measure_clips
from ..evaluate.peer import SETTINGS, Peer
from ..evaluate.saliency import load_measures
from ..evaluate.sets import Item, read_set
from ..files import write_atomic
from ..options import Options
from .flags import with_options
from .terminal import downloads, meter, say, track


@with_options
def evaluate(  # noqa: PLR0913, PLR0917 - one parameter a flag
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="SET",
            help="folder with images/ and the truth in masks/ or alpha/, matched by name; trimaps/ and foreground/ "
            "are used where they are. For clips: a folder with frames/ and masks/ or alpha/, or a folder of such",
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
        int | None,
        typer.Option(
            "--limit", metavar="N", min=1, help="the first N photos by name, or frames of each clip"
        ),
    ] = None,
    saliency: Annotated[
        bool, typer.Option("--saliency", help="also F, weighted F, S and E of photos; needs the extra `eval`")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="the summary and every photo or frame as JSON")
    ] = False,
    page: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="an HTML page with the worst photos or frames first, beside the truth; clips also as plots over time",
        ),
    ] = None,
) -> None:
    """Measure mattes of photos or clips against the truth."""
    clips = find_clips(folder, limit)
    items = [] if clips else read_set(folder, limit)
    if saliency and clips:
        raise OptionError("--saliency", "is of photos, and these are clips", "Leave it out.")
    if saliency:
        load_measures()
    with ExitStack() as stack:
        cutter = stack.enter_context(Cutter(options, stack.enter_context(downloads())))
        settings = {f"alphacut {options.model}": by_cutter(cutter)}
        if peer:
            other = stack.enter_context(Peer(peer))
            settings |= {f"rembg {name}": other.setting(name) for name in peer_setting or SETTINGS}
        done = _clips(folder, clips, settings) if clips else _photos(folder, items, settings, saliency)
    print(done.json() if as_json else done.text())
    if page:
        write_atomic(page, done.page().encode())
    for error in done.errors:
        say(f"error: {error}")
    if done.errors:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Done:
    """What came out, in the ways in which it can be shown."""

    text: Callable[[], str]
    json: Callable[[], str]
    page: Callable[[], str]
    errors: list[str]


def _photos(folder: Path, items: Sequence[Item], settings: dict[str, Predict], saliency: bool) -> _Done:
    name, rows = folder.resolve().name, list(measure(track(items), settings, saliency))
    return _Done(
        lambda: report.table(summarise(rows)),
        lambda: report.as_json(name, rows),
        lambda: report.as_html(name, items, rows),
        [f"{row.setting}: {row.error}" for row in rows if row.error],
    )


def _clips(folder: Path, clips: Sequence[Clip], settings: dict[str, Predict]) -> _Done:
    by_name = {f"{name}, each frame": each_frame(predict) for name, predict in settings.items()}
    total = len(by_name) * sum(len(clip.stills) for clip in clips)
    rows: list[FrameRow] = []
    with meter("frames") as show:
        for row in measure_clips(clips, by_name):
            rows.append(row)
            show(len(rows), total, "")
    name = folder.resolve().name
    return _Done(
        lambda: clip_report.as_text(clips, rows),
        lambda: clip_report.as_json(name, clips, rows),
        lambda: clip_report.as_html(name, clips, rows),
        _errors(rows),
    )


def _errors(rows: Iterable[FrameRow]) -> list[str]:
    """Return each error once, with the settings that met it: a broken frame is one for all of them."""
    met: dict[str, list[str]] = {}
    for row in rows:
        if row.error:
            met.setdefault(row.error, []).append(row.setting)
    return [f"{', '.join(settings)}: {error}" for error, settings in met.items()]
