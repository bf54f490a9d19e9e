"""Clips as a table for a terminal, as JSON and as a page with plots over time and the worst frames."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence

from .clip_summary import summarise, summarise_clip
from .clips import Clip, Still, read_frame, read_still_truth
from .measure_clips import FrameRow
from .plot import colour_of, line_plot
from .report import MEASURES, STYLE, caption, figure, html_table, table
from .thumbnails import thumbnail

WORST = 6
"""How many frames of each clip the page shows."""

PLOTTED = ("davis_j", "davis_f", "mae", "dtssd", "warp", "flicker")
"""What is drawn over time."""

SHOWN = ("mae", "davis_j", "davis_f", "dtssd")
"""What stands under a matte."""

_MORE_STYLE = (
    "svg{margin:.3em 1em .3em 0}b.key{padding:0 .5em;margin-right:.4em}p.keys span{margin-right:1.5em}"
    "ul{color:#b00020}section{border:0;padding:0}h2{margin-top:2em;border-top:1px solid #999;padding-top:.6em}"
    "h3{width:100%;margin:0;font-size:1em}"
)


def as_text(clips: Sequence[Clip], rows: Sequence[FrameRow]) -> str:
    """Return a table of each clip, and one of all of them where there are several."""
    told = [f"{clip.name}\n{table(summarise_clip(rows, clip.name))}\n" for clip in clips]
    if len(clips) == 1:
        return told[0].rstrip("\n")
    return "\n".join([*told, f"mean of {len(clips)} clips\n{table(summarise(rows))}"])


def as_json(name: str, clips: Sequence[Clip], rows: Sequence[FrameRow]) -> str:
    """Return the summary, each clip's and every row as JSON."""
    frames = [
        {
            "clip": row.clip,
            "frame": row.frame,
            "setting": row.setting,
            **row.scores,
            **({"error": row.error} if row.error else {}),
        }
        for row in rows
    ]
    by_clip = {clip.name: summarise_clip(rows, clip.name) for clip in clips}
    told = {"set": name, "settings": summarise(rows), "clips": by_clip, "frames": frames}
    return json.dumps(told, indent=1)


def as_html(name: str, clips: Sequence[Clip], rows: Sequence[FrameRow]) -> str:
    """Return a page that needs no other file: the summary; then of each clip its measures over time and worst frames.

    The worst are those with the highest MAE of the first setting.
    """
    title = f"{html.escape(name)}: {len(clips)} clip{'s' if len(clips) > 1 else ''}"
    whole = html_table(summarise(rows)) if len(clips) > 1 else ""
    parts = "".join(_clip(clip, [row for row in rows if row.clip == clip.name]) for clip in clips)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
        f"<style>{STYLE}{_MORE_STYLE}</style><h1>{title}</h1>{whole}{parts}</html>\n"
    )


def _clip(clip: Clip, rows: Sequence[FrameRow]) -> str:
    settings = list(dict.fromkeys(row.setting for row in rows))
    keys = "".join(
        f'<span><b class=key style="background:{colour_of(k)}"></b>{html.escape(setting)}</span>'
        for k, setting in enumerate(settings)
    )
    by_frame: dict[str, dict[str, FrameRow]] = {still.name: {} for still in clip.stills}
    for row in rows:
        if row.frame:
            by_frame[row.frame][row.setting] = row
    plots = "".join(_plot(name, settings, by_frame) for name in PLOTTED)
    errors = "".join(f"<li>{html.escape(error)}" for error in dict.fromkeys(r.error for r in rows if r.error))
    worst = sorted(
        (still for still in clip.stills if any(row.scores for row in by_frame[still.name].values())),
        key=lambda still: -_badness(by_frame[still.name]),
    )[:WORST]
    strip = "".join(_frame(still, by_frame[still.name]) for still in worst)
    return (
        f"<h2>{html.escape(clip.name)}: {len(clip.stills)} frames</h2>{f'<ul>{errors}</ul>' if errors else ''}"
        f"{html_table(summarise_clip(rows, clip.name))}<p class=keys>{keys}</p>{plots}"
        f"<p>The worst frames of {html.escape(next(iter(settings), ''))} first.</p>{strip}"
    )


def _plot(name: str, settings: Sequence[str], by_frame: Mapping[str, Mapping[str, FrameRow]]) -> str:
    lines = {
        setting: [told[setting].scores.get(name) if setting in told else None for told in by_frame.values()]
        for setting in settings
    }
    measure = MEASURES[name]
    return line_plot(f"{'↑' if measure.higher else '↓'} {measure.label}", lines, measure.decimals)


def _badness(rows: Mapping[str, FrameRow]) -> float:
    return next((row.scores["mae"] for row in rows.values() if "mae" in row.scores), 0.0)


def _frame(still: Still, rows: Mapping[str, FrameRow]) -> str:
    pixels = read_frame(still)
    figures = figure("frame", thumbnail(pixels))
    if any("mae" in row.scores for row in rows.values()):
        figures += figure("truth", thumbnail(read_still_truth(still, pixels.shape[:2])))
    for setting, row in rows.items():
        figures += figure(setting, row.thumbnail, row.error or caption(row.scores, SHOWN))
    return f"<section><h3>{html.escape(still.name)}</h3>{figures}</section>"
