"""What an image file says about itself: EXIF, XMP, resolution, and which way up it is."""

from __future__ import annotations

import math
import re
import struct
from typing import Any

from PIL import Image

from ..types import Metadata, Warn

_ORIENTATION = 274
_RESOLUTION = (282, 283, 296)
_SUBDIRECTORIES = (34665, 34853)  # EXIF, GPS
_INTEROPERABILITY = 40965
_EXIF_ERRORS = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, EOFError),
    *(OverflowError, struct.error),
)
_XMP_ORIENTATION = re.compile(
    rb"""\s*tiff:Orientation\s*=\s*("[^"]*"|'[^']*')|<tiff:Orientation>[^<]*</tiff:Orientation>"""
)


def describe(image: Image.Image) -> tuple[Metadata, int, tuple[Warn, ...]]:
    """Return an image's metadata without its orientation, the orientation, and warnings.

    Parameters
    ----------
    image : PIL image
        Loaded, so that what stands behind the pixels in the file is known too. It is not changed.

    Returns
    -------
    metadata : Metadata
        EXIF is packed anew: without the orientation and without the thumbnail, which would still show the old
        background.
    orientation : int
        1 to 8 as in EXIF; 1 where the decoder has already turned the pixels.
    warnings : tuple of Warn
    """
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    xmp = _XMP_ORIENTATION.sub(b"", xmp.encode() if isinstance(xmp, str) else xmp)
    try:
        exif = _exif(image)
        orientation = exif.get(_ORIENTATION, 1)
        packed = _repacked(exif, image.format == "TIFF")
    except _EXIF_ERRORS as error:
        warn = Warn("exif-dropped", f"The EXIF block is damaged and was left out ({error}).")
        return Metadata(b"", xmp, _dpi(image)), 1, (warn,)
    # Pillow's and OpenCV's TIFF decoders turn the pixels themselves.
    upright = image.format == "TIFF" or orientation not in range(1, 9)
    return Metadata(packed, xmp, _dpi(image)), 1 if upright else int(orientation), ()


def _exif(image: Image.Image) -> Image.Exif:
    if image.format != "AVIF":
        return image.getexif()
    # In AVIF the container alone decides; Pillow puts its answer into this block, but getexif asks XMP too.
    exif = Image.Exif()
    exif.load(image.info.get("exif", b""))
    return exif


def _repacked(exif: Image.Exif, tiff: bool) -> bytes:
    clean = Image.Exif()
    for tag, value in exif.items():
        if tag != _ORIENTATION and tag not in _SUBDIRECTORIES and (not tiff or _is_description(tag, value)):
            clean[tag] = value
    for tag in _SUBDIRECTORIES:
        inner = {key: value for key, value in exif.get_ifd(tag).items() if key != _INTEROPERABILITY}
        if inner:
            clean[tag] = inner
    return clean.tobytes() if len(clean) else b""


def _is_description(tag: int, value: Any) -> bool:
    # A TIFF's first directory also holds where its pixels lie, its profile and its XMP.
    return isinstance(value, str) or tag in _RESOLUTION


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    try:
        horizontal, vertical = (float(value) for value in image.info.get("dpi", (0, 0)))
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    usable = all(math.isfinite(value) and value > 1 for value in (horizontal, vertical))
    return (horizontal, vertical) if usable else None
