"""Encode a picture in at most so many bytes, at the best quality that allows it."""

from __future__ import annotations

from .encode import encode
from .errors import OptionError
from .options import Options
from .types import Picture

LEAST_QUALITY = 10
"""Below it a photo is a mosaic, and a smaller picture is the better answer."""

LOSSY = ("jpeg", "webp", "avif")


def encode_within(
    picture: Picture,
    format: str,  # noqa: A002
    max_bytes: int,
    *,
    quality: int | None = None,
    small: bool = False,
) -> tuple[bytes, int]:
    """Encode a picture in at most `max_bytes`.

    First as asked; then at the same quality with the encoder's utmost effort; then, for JPEG, WebP and AVIF, by
    bisection over the quality, at that effort. Nothing is made smaller, paler or of fewer bits. The same
    picture and limit give the same bytes.

    Parameters
    ----------
    picture : Picture
    format : str
        As in :func:`alphacut.encode.encode`.
    max_bytes : int
        At least 1.
    quality : int, optional
        1 to 100, the best that is tried; the options' default without it.
    small : bool
        Take the utmost effort at once.

    Returns
    -------
    data : bytes
        Never more than `max_bytes`.
    quality : int
        The one used; the one given for PNG and TIFF, which have none.

    Raises
    ------
    OptionError
        It cannot be done: the message names the smallest size that was reached. Or no such format.
    """
    if max_bytes < 1:
        raise OptionError("option 'max_bytes'", f"cannot be {max_bytes!r}", "Expected at least 1 byte.")
    best = Options().quality if quality is None else quality
    data = b""
    for effort in (True,) if small else (False, True):
        data = encode(picture, format, quality=best, small=effort)
        if len(data) <= max_bytes:
            return data, best
    if format not in LOSSY:
        raise _refusal(format, max_bytes, len(data), "Choose jpeg or webp, a smaller --canvas, or --depth 8")
    return _search(picture, format, max_bytes, best)


def _search(picture: Picture, format: str, max_bytes: int, too_good: int) -> tuple[bytes, int]:  # noqa: A002
    used = min(LEAST_QUALITY, too_good)
    data = encode(picture, format, quality=used, small=True)
    if len(data) > max_bytes:
        raise _refusal(format, max_bytes, len(data), "Choose a smaller --canvas", f" at quality {used}")
    while too_good - used > 1:
        middle = (used + too_good) // 2
        tried = encode(picture, format, quality=middle, small=True)
        if len(tried) <= max_bytes:
            data, used = tried, middle
        else:
            too_good = middle
    return data, used


def _refusal(format: str, max_bytes: int, reached: int, remedy: str, at: str = "") -> OptionError:  # noqa: A002
    problem = f"cannot be {max_bytes}: as {format} this picture takes {reached} bytes{at} at the least"
    return OptionError("option 'max_bytes'", problem, f"{remedy}, or allow more bytes.")
