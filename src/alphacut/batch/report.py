"""A batch as one page: what failed, then the results that a person should look at first."""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from ..evaluate.report import STYLE
from ..inspect import NEEDS_LOOK
from ..options import Options
from ..recipe import dump_recipe
from .journal import DONE, FAILED, Journal, Row
from .places import is_remote

SHOWN = 400
"""How many photos have their pictures in the page; the others are a line each, with links."""

LISTED = 5000
"""How many photos have such a line; of the others, which are done and the least uncertain, only the number is told."""

_MORE_STYLE = (
    "section{display:grid;grid-template-columns:370px 1fr;gap:4px 16px;margin:0;padding:10px 0}"
    "h2,p{overflow-wrap:anywhere;width:auto}section p{margin:.2em 0}img{max-width:368px;border:0}"
    "b.look{color:#a15c00}b.failed{color:#b00020}th,td,td:last-child{text-align:left;color:#222}"
    "td{overflow-wrap:anywhere}pre{background:#f4f4f4;padding:1em;overflow:auto}a{color:#0b57d0}"
    "@media(max-width:760px){section{grid-template-columns:1fr}}"
)


def as_html(journal: Journal, options: Options, folder: Path) -> str:
    """Return a page that needs no other file but those it links to.

    Parameters
    ----------
    journal : Journal
        Of this run's photos.
    options : Options
    folder : Path
        Where the page will lie: links are relative to it.
    """
    counts = journal.counts()
    shown = list(journal.rows(previews=True, limit=SHOWN))
    rest = journal.rows(previews=False, limit=LISTED, offset=len(shown))
    total, unsure = sum(counts.values()), journal.unsure(NEEDS_LOOK)
    unlisted = total - len(shown) - LISTED
    more = f"<p>And {unlisted} more, none of them more uncertain.</p>" if unlisted > 0 else ""
    left = total - counts[DONE] - counts[FAILED]
    facts = [f"{counts[DONE]} done", f"{unsure} of them need a look", f"{counts[FAILED]} failed"]
    facts += [f"{left} not done yet"] if left else []
    look = html.escape(dump_recipe(options) or "all defaults")
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
        f"<title>{total} photos</title><style>{STYLE}{_MORE_STYLE}</style><h1>{total} photos</h1>"
        f"<p>{', '.join(facts)}. What failed comes first, then the most uncertain.</p>"
        f"<details><summary>Recipe</summary><pre>{look}</pre></details>"
        f"{''.join(_card(row, folder) for row in shown)}{''.join(_table(rest, folder))}{more}</html>\n"
    )


def _card(row: Row, folder: Path) -> str:
    picture = ""
    if row.preview:
        data = base64.b64encode(row.preview).decode()
        picture = f'<img alt="photo and result" loading=lazy src="data:image/jpeg;base64,{data}">'
    reasons = "".join(f"<p>{html.escape(reason)}</p>" for reason in _reasons(row))
    return (
        f"<section><div>{picture}</div><div><h2>{_link(row.source, folder)}</h2>"
        f"<p>{_verdict(row)}</p>{reasons}{_result(row, folder, '<p>→ ', '</p>')}</div></section>"
    )


def _table(rows: Iterable[Row], folder: Path) -> Iterator[str]:
    yield "<table>"
    for row in rows:
        why = html.escape(" ".join(_reasons(row)))
        yield (f"<tr><td>{_verdict(row)}<td>{_link(row.source, folder)}<td>{_result(row, folder)}<td>{why}")
    yield "</table>"


def _verdict(row: Row) -> str:
    if row.state == FAILED:
        return "<b class=failed>failed</b>"
    if row.state != DONE:
        return "not done yet"
    if row.uncertainty is None:
        return "done"
    look = " <b class=look>look</b>" if row.uncertainty > NEEDS_LOOK else ""
    return f"{row.uncertainty:.2f}{look}"


def _reasons(row: Row) -> list[str]:
    error = row.line.get("error")
    if error:
        return [f"{error['problem']}. {error['remedy']}"]
    return [warning["sentence"] for warning in row.line.get("warnings", ())]


def _result(row: Row, folder: Path, before: str = "", behind: str = "") -> str:
    return f"{before}{_link(row.target, folder)}{behind}" if row.state == DONE else ""


def _link(path: Path, folder: Path) -> str:
    near = str(path) if is_remote(path) else os.path.relpath(path, folder.absolute())
    address = quote(near, safe=":/") if is_remote(path) else quote(os.fsencode(Path(near).as_posix()))
    return f'<a href="{html.escape(address)}">{html.escape(near)}</a>'
