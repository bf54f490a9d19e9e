"""Names that came from outside, as names that are safe on every system, and no two the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from ...batch.plan import Job, unique

_BAD = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_PART_BYTES = 200


def safe_name(name: str) -> str:
    """Return a relative path, with ``/``, that every system can write and that leads nowhere else."""
    parts = [_safe_part(part) for part in name.replace("\\", "/").split("/")]
    return "/".join(part for part in parts if part) or "photo"


def base_name(name: str) -> str:
    """Return the last part of what a client calls a file; some send their whole path."""
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2] or "photo"


def targets_of(names: Sequence[str], suffix: str) -> list[str]:
    """Return the place of each result: the tree of the names, by the same rule as in ``alphacut batch``."""
    sources = [Path(safe_name(name)) for name in names]
    jobs = unique([Job(source, source.with_name(f"{source.stem}.{suffix}")) for source in sources])
    return [job.target.as_posix() for job in jobs if job.target]


def _safe_part(part: str) -> str:
    printable = "".join(c for c in unicodedata.normalize("NFC", part) if unicodedata.category(c)[0] != "C")
    clean = _BAD.sub("_", printable).strip(" .")
    while len(clean.encode()) > _PART_BYTES:  # in front of the suffix, which the renaming rule looks at
        stem, dot, suffix = clean.rpartition(".")
        clean = f"{stem[:-1]}{dot}{suffix}" if stem and len(suffix) < 10 else clean[:-1]
    return f"_{clean}" if _DEVICE.fullmatch(clean) else clean
