"""What is sent of a cutout: bytes or JSON, and the headers that say how it came about."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from ..cutout import Cutout
from ..encode import suffix_of
from ..files import sibling
from ..inspect import findings
from ..pipeline import Clock
from ..types import Report

MEDIA = {
    "png": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
    "tiff": "image/tiff",
    "jpeg": "image/jpeg",
    "zip": "application/zip",
}
JSON = "application/json"
PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Made:
    """A picture that was made: its bytes, its format, its size in pixels, and how it came about."""

    data: bytes
    kind: str
    width: int
    height: int
    report: Report


def made_by(kind: str) -> Callable[[Cutout], Made]:
    """Return what makes a file of that format of a cutout."""

    def make(cutout: Cutout) -> Made:
        clock = Clock()
        with clock.step("present"):
            picture = cutout.matte if kind == "zip" else cutout.picture()
        with clock.step("encode"):
            data = cutout.encode(kind, picture)
        height, width = picture.pixels.shape[:2]
        milliseconds = cutout.report.milliseconds | clock.milliseconds
        notes = (*cutout.report.notes, *picture.notes)
        return Made(data, kind, width, height, replace(cutout.report, milliseconds=milliseconds, notes=notes))

    return make


def as_file(made: Made, name: str) -> Response:
    """Return a picture as the body, named after the photo."""
    size = {"X-Width": f"{made.width}", "X-Height": f"{made.height}"}
    headers = PRIVATE | told(made.report) | size | {"Content-Disposition": disposition(name, made.kind)}
    return Response(made.data, media_type=MEDIA[made.kind], headers=headers)


def as_json(made: Made) -> Response:
    """Return a picture in base64, with the whole report."""
    body = {
        "result": base64.b64encode(made.data).decode(),
        "media_type": MEDIA[made.kind],
        "width": made.width,
        "height": made.height,
    }
    return said(body | report_of(made.report), made.report)


def said(body: Mapping[str, Any], report: Report) -> Response:
    """Return JSON about a photo, with the headers of its report."""
    return Response(json.dumps(body), media_type=JSON, headers=PRIVATE | told(report))


def report_of(report: Report) -> dict[str, Any]:
    """Return a report for JSON: what `alphacut inspect --json` says, what ran, and how long each step took."""
    whole = asdict(report)
    return findings(report) | {
        key: whole[key] for key in ("model", "engine", "device", "precision", "milliseconds", "notes")
    }


def told(report: Report) -> dict[str, str]:
    """Return a report as headers; what is not known has none."""
    about = findings(report)
    look = None if about["needs_look"] is None else str(about["needs_look"]).lower()
    values = {
        "X-Alphacut-Model": report.model,
        "X-Alphacut-Engine": report.engine,
        "Server-Timing": ", ".join(
            f"{step.replace(' ', '-')};dur={spent}" for step, spent in report.milliseconds.items()
        ),
        "X-Uncertainty": "" if about["uncertainty"] is None else f"{about['uncertainty']}",
        "X-Needs-Look": look or "",
        "X-Warnings": ", ".join(dict.fromkeys(warning.code for warning in report.warnings)),
        # A note is a sentence with any letters: percent-encoded, and a comma in it too, so that they can be parted.
        "X-Notes": ", ".join(quote(note, safe=" ;:()'+/") for note in report.notes),
    }
    return {name: value for name, value in values.items() if value}


def disposition(name: str, kind: str) -> str:
    """Return a ``Content-Disposition`` with a file name made of the photo's, safe to write on any system."""
    last = PurePosixPath(name.replace("\\", "/")).stem
    plain = re.sub(r"[^\w .-]", "_", unicodedata.normalize("NFC", last)).strip(" ._")[:80].strip() or "photo"
    full = sibling(Path(f"{plain}.x"), suffix_of(kind)).name
    letters = unicodedata.normalize("NFKD", full).encode("ascii", "ignore").decode()
    short = letters if letters.partition("-cutout")[0] else f"photo{letters}"
    encoded = "" if short == full else f"; filename*=UTF-8''{quote(full)}"
    return f'attachment; filename="{short}"{encoded}'
