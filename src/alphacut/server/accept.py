"""Which of the things that can be sent the client wants, by its header ``Accept`` (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .problems import Unsendable

_ALIASES = {"image/jpg": "image/jpeg", "image/tif": "image/tiff"}
_QUALITY = re.compile(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", re.IGNORECASE)


def choose(accept: str, offered: Sequence[str]) -> str:
    """Return the offered media type that is wanted most; of equals the first.

    Parameters
    ----------
    accept : str
        The header; empty takes anything.
    offered : sequence of str

    Raises
    ------
    Unsendable
        None is acceptable.
    """
    if not accepts(accept, offered):
        raise Unsendable("header 'Accept'", "names nothing that can be sent", f"One of {', '.join(offered)}.")
    wanted = _ranges(accept)
    return max(offered, key=lambda media: _quality(media, wanted))


def accepts(accept: str, offered: Sequence[str]) -> bool:
    """Whether any of these media types is acceptable."""
    wanted = _ranges(accept)
    return any(_quality(media, wanted) for media in offered)


def prefers(accept: str, media: str, other: str) -> bool:
    """Whether one media type is wanted more than another."""
    wanted = _ranges(accept)
    return _quality(media, wanted) > _quality(other, wanted)


def _quality(media: str, wanted: dict[str, float]) -> float:
    """Return how much a media type is wanted, in [0, 1]: what the most specific range that has it says."""
    kind = media.partition("/")[0]
    return next((wanted[name] for name in (media, f"{kind}/*", "*/*") if name in wanted), 0.0)


def _ranges(accept: str) -> dict[str, float]:
    """Return the media ranges of a header with their qualities; what is no range is left out, none is any."""
    found: dict[str, float] = {}
    for item in accept.lower().split(","):
        media, *parameters = item.split(";")
        name = _ALIASES.get(media.strip(), media.strip())
        said = [match for match in map(_QUALITY.fullmatch, parameters) if match]
        if "/" in name:
            found[name] = max(found.get(name, 0.0), min(float(said[0][1]), 1.0) if said else 1.0)
    return found or {"*/*": 1.0}
