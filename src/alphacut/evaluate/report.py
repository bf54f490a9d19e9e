"""What came out, as a table for a terminal, as JSON and as a page with the worst photos first."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..decode import decode
from .measure import Row, summarise
from .sets import Item, read_truth
from .thumbnails import thumbnail

WORST = 100
"""How many photos the page shows."""

SHOWN = ("mae", "iou", "boundary_f", "sad")
"""What stands under a matte."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How a measure is shown.

    Attributes
    ----------
    label, help : str
    higher : bool
        Whether higher is better.
    decimals : int
    """

    label: str
    help: str
    higher: bool = False
    decimals: int = 4


def _banded(name: str, label: str, what: str, decimals: int) -> dict[str, Measure]:
    return {
        name: Measure(label, what, decimals=decimals),
        f"{name}_unknown": Measure(
            f"{label} unknown", f"{what}, in the trimap's unknown band", decimals=decimals
        ),
    }


MEASURES: dict[str, Measure] = {
    "mae": Measure("MAE", "mean absolute error of the alpha"),
    "iou": Measure("IoU", "intersection over union above 0.5", True),
    "boundary_f": Measure("boundary F", "outlines at 0.5 matched within 2 pixels", True),
    "f": Measure("F", "β² = 0.3, mean over the thresholds", True),
    "weighted_f": Measure("weighted F", "Margolin 2014", True),
    "s": Measure("S", "structure, Fan 2017", True),
    "e": Measure("E", "enhanced alignment, mean over the thresholds, Fan 2018", True),
    "smear": Measure("smear", "share of true background with alpha above 0.05"),
    **_banded("sad", "SAD", "sum of absolute differences, thousands", 2),
    "sad_median": Measure("SAD median", "the median photo's", decimals=2),
    **_banded("mse", "MSE", "mean squared error", 4),
    **_banded("grad", "Grad", "gradient error, thousands", 2),
    **_banded("conn", "Conn", "connectivity error, thousands", 2),
    "edge_colour": Measure("edge colour", "error of soft pixels on black and white, of 255", decimals=2),
    "seconds": Measure("seconds", "file's bytes to cutout in memory, the median photo's", decimals=2),
    "davis_j": Measure("J", "the region: intersection over union above 0.5, DAVIS", True),
    "davis_j_recall": Measure("J recall", "share of frames with J above 0.5", True, 3),
    "davis_j_decay": Measure("J decay", "J of the first quarter less J of the last"),
    "davis_f": Measure("F", "the outline: matched within 0.8 % of the diagonal, DAVIS", True),
    "davis_f_recall": Measure("F recall", "share of frames with F above 0.5", True, 3),
    "davis_f_decay": Measure("F decay", "F of the first quarter less F of the last"),
    "dtssd": Measure("dtSSD", "error of the change from frame to frame, % of full alpha", decimals=3),
    "warp": Measure("warp error", "squared change along the photo's motion, thousandths", decimals=3),
    "flicker": Measure("flicker", "change of the error along the photo's motion, thousandths", decimals=3),
    "fps": Measure("frames/s", "all frames by all seconds", True, 2),
}
"""Every measure by its name in the scores, in the order in which it is shown."""


COUNTED = ("photos", "clips", "frames")
"""What a summary counts; it stands above the table."""


def table(summary: Mapping[str, Mapping[str, float]]) -> str:
    """Return a summary as lines of text: a measure a line, a setting a column, the best marked with ``*``."""
    head = [_count(summary), *summary, ""]
    lines = [
        [MEASURES[name].label, *(_cell(name, setting, summary) for setting in summary), _told(name)]
        for name in _present(summary)
    ]
    widths = [max(len(line[k]) for line in [head, *lines]) for k in range(len(head))]
    text = []
    for line in [head, *lines]:
        middle = "  ".join(f"{cell:>{width}}" for cell, width in zip(line[1:-1], widths[1:-1], strict=True))
        text.append(f"{line[0]:<{widths[0]}}  {middle}  {line[-1]}".rstrip())
    return "\n".join(text)


def as_json(name: str, rows: Sequence[Row]) -> str:
    """Return a set's summary and every row as JSON."""
    photos = [
        {"photo": row.photo, "setting": row.setting, **({"error": row.error} if row.error else row.scores)}
        for row in rows
    ]
    return json.dumps({"set": name, "settings": summarise(rows), "photos": photos}, indent=1)


def as_html(name: str, items: Sequence[Item], rows: Sequence[Row]) -> str:
    """Return a page that needs no other file: the summary, and photos beside the truth, the worst first.

    The worst are those with the highest MAE of the first setting; photos that a setting failed come before them.
    """
    summary = summarise(rows)
    by_photo: dict[str, list[Row]] = {}
    for row in rows:
        by_photo.setdefault(row.photo, []).append(row)
    shown = sorted(
        (item for item in items if item.name in by_photo), key=lambda i: _badness(by_photo[i.name])
    )[:WORST]
    cards = "".join(_card(item, by_photo[item.name]) for item in shown)
    title = f"{html.escape(name)}: {len(by_photo)} photos"
    more = f", {len(shown)} of them below" if len(shown) < len(by_photo) else ""
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{STYLE}</style>"
        f"<h1>{title}</h1>{html_table(summary)}<p>The worst photos of {html.escape(next(iter(summary), ''))} "
        f"first{more}.</p>{cards}</html>\n"
    )


def html_table(summary: Mapping[str, Mapping[str, float]]) -> str:
    """Return a summary as an HTML table, the best of each line marked."""
    head = "".join(f"<th>{html.escape(setting)}" for setting in summary)
    body = ""
    for name in _present(summary):
        cells = ""
        for setting in summary:
            mark = " class=best" if _is_best(name, setting, summary) else ""
            cells += f"<td{mark}>{_cell(name, setting, summary).strip(' *')}"
        body += f"<tr><td>{MEASURES[name].label}{cells}<td>{html.escape(_told(name))}"
    return f"<table><tr><th>{head}<th>{body}</table>"


def caption(scores: Mapping[str, float], shown: Sequence[str]) -> str:
    """Return the scores that are there as a line of text."""
    return " · ".join(f"{MEASURES[name].label} {scores[name]:.3f}" for name in shown if name in scores)


def figure(title: str, jpeg: bytes, text: str = "") -> str:
    """Return an HTML figure: a JPEG in the page itself, its title and a text under it."""
    source = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    picture = f'<img alt="{html.escape(title)}" src="{source}">' if jpeg else ""
    return f"<figure>{picture}<figcaption><b>{html.escape(title)}</b><br>{html.escape(text)}</figcaption></figure>"


STYLE = (
    "body{font:14px/1.4 system-ui,sans-serif;margin:2em;background:#fff;color:#222}"
    "table{border-collapse:collapse}th,td{padding:.2em .8em;text-align:right;border-bottom:1px solid #ddd}"
    "th:first-child,td:first-child,td:last-child{text-align:left}.best{font-weight:700}td:last-child{color:#666}"
    "section{display:flex;flex-wrap:wrap;gap:12px;margin:1.5em 0;padding-top:.5em;border-top:1px solid #ddd}"
    "h2{width:100%;margin:0;font-size:1em}figure{margin:0;width:200px}img{max-width:200px;border:1px solid #999}"
    "figcaption{font-size:12px;color:#444;overflow-wrap:anywhere}"
)


def _count(summary: Mapping[str, Mapping[str, float]]) -> str:
    first: Mapping[str, float] = next(iter(summary.values()), {})
    counts = [f"{first[what]:.0f} {what}" for what in COUNTED if what in first]
    return ", ".join(counts) or "0 photos"


def _present(summary: Mapping[str, Mapping[str, float]]) -> list[str]:
    return [name for name in MEASURES if any(name in scores for scores in summary.values())]


def _cell(name: str, setting: str, summary: Mapping[str, Mapping[str, float]]) -> str:
    value = summary[setting].get(name)
    if value is None:
        return "-"
    return f"{value:.{MEASURES[name].decimals}f}{'*' if _is_best(name, setting, summary) else ' '}"


def _is_best(name: str, setting: str, summary: Mapping[str, Mapping[str, float]]) -> bool:
    values = [scores[name] for scores in summary.values() if name in scores]
    best = max(values) if MEASURES[name].higher else min(values)
    return len(summary) > 1 and summary[setting].get(name) == best


def _told(name: str) -> str:
    return f"{'↑' if MEASURES[name].higher else '↓'} {MEASURES[name].help}"


def _badness(rows: Sequence[Row]) -> tuple[bool, float]:
    return (not any(row.error for row in rows), -rows[0].scores.get("mae", 0.0))


def _card(item: Item, rows: Sequence[Row]) -> str:
    figures = ""
    if not all(row.error for row in rows):
        figures = figure("photo", thumbnail(decode(item.image).pixels))
        figures += figure("truth", thumbnail(read_truth(item).alpha))
    for row in rows:
        figures += figure(row.setting, row.thumbnail, row.error or caption(row.scores, SHOWN))
    return f"<section><h2>{html.escape(item.name)}</h2>{figures}</section>"
