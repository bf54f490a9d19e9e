"""What decides the frames of a run: a run that was begun is taken up only by one of the same."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .. import __version__
from ..backdrops import Still, parse_backdrop
from ..infer.shelf import Network
from ..options import Options
from .formats import is_pattern
from .read.reader import Reading
from .read.sequences import listed
from .settings import VideoOptions


def identity_of(
    source: str, reading: Reading, options: Options, video: VideoOptions, networks: Sequence[Network]
) -> dict[str, Any]:
    """Return the clip, the options, the networks and the version, as JSON can hold them."""
    return {
        "version": __version__,
        "source": str(Path(source).resolve()),
        "files": _stamp(_files(source)),
        "rate": str(reading.rate),
        "options": dataclasses.asdict(options),
        "background": _stamp(_behind(options)),
        "video": dataclasses.asdict(video),
        "networks": [
            f"{card.name} {card.sources} {session.engine} {session.device} {session.precision}"
            for card, session in networks
        ],
    }


def _files(source: str) -> list[Path]:
    path = Path(source)
    return listed(source) if path.is_dir() or (is_pattern(source) and not path.exists()) else [path]


def _behind(options: Options) -> list[Path]:
    kind = parse_backdrop(options.background or "none").kind
    return [Path(kind.path)] if isinstance(kind, Still) else []


def _stamp(files: Iterable[Path]) -> str:
    """Return a digest of names, sizes and times of change."""
    digest = hashlib.sha256()
    for path in files:
        known = path.stat()
        digest.update(f"{path.name} {known.st_size} {known.st_mtime_ns}\n".encode())
    return digest.hexdigest()
