"""Picture → the bytes of a file."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image, ImageFile

from .codecs.png import png_bytes
from .codecs.tiff import tiff_bytes
from .depth import eight_bits
from .errors import OptionError
from .files import write_atomic
from .options import FORMATS, Options, unknown_name
from .types import Picture

__all__ = ["check_opaque", "encode", "encode_zip", "format_of", "suffix_of", "write_atomic"]

_FULL_CHROMA = 90
_LONGEST_SIDE = {"jpeg": 65500, "webp": 16383, "avif": 65536}
_SUFFIXES = {"jpg": "jpeg", "tif": "tiff"} | {name: name for name in FORMATS}


def encode(picture: Picture, format: str, *, quality: int | None = None, small: bool = False) -> bytes:  # noqa: A002
    """Encode a picture as a file.

    PNG and TIFF are lossless and keep 16 bits; the other formats hold 8, and 16-bit values are rounded to the
    nearest. The profile is always written, metadata only if the picture has any.

    Parameters
    ----------
    picture : Picture
    format : {"png", "webp", "avif", "tiff", "jpeg"}
    quality : int, optional
        1 to 100, of JPEG, WebP and AVIF; from 90 on, JPEG and AVIF keep the chroma at full size. The options'
        default without it.
    small : bool
        Spend time on a smaller file.

    Raises
    ------
    OptionError
        No such format, or it cannot hold the picture: JPEG has no transparency.
    """
    given = Options().quality if quality is None else quality
    if format == "png":
        return png_bytes(picture.pixels, picture.icc, picture.metadata, small=small)
    if format not in ("jpeg", "webp", "avif", "tiff"):
        raise unknown_name("format", format, ("png", "jpeg", "webp", "avif", "tiff"))
    check_opaque(format, not picture.has_alpha)
    longest = max(picture.pixels.shape[:2])
    if longest > _LONGEST_SIDE.get(format, longest):
        problem = f"holds at most {_LONGEST_SIDE[format]} pixels a side, and the picture has {longest}"
        raise OptionError(f"format {format!r}", problem, "Choose png or tiff.")
    try:
        if format == "tiff":
            return tiff_bytes(picture.pixels, picture.icc, picture.metadata, small=small)
        return _by_pillow(picture, format, _settings(format, given, small))
    except (ValueError, OSError, OverflowError) as error:
        raise OptionError(
            f"format {format!r}", f"cannot hold this picture ({error})", "Choose png."
        ) from error


def encode_zip(color: Picture, matte: Picture, *, quality: int | None = None, small: bool = False) -> bytes:
    """Return a zip archive of ``color.jpg`` (RGB) and ``alpha.png`` (grey), stored as they are.

    Two files that both compress their own way are smaller and faster to write than one RGBA PNG.

    Raises
    ------
    OptionError
        `color` has an alpha channel.
    """
    members = {"color.jpg": encode(color, "jpeg", quality=quality, small=small)}
    members["alpha.png"] = encode(matte, "png", small=small)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as bundle:
        for name, data in members.items():
            # ZipInfo's own date, 1980-01-01: the same picture gives the same bytes on any day.
            bundle.writestr(zipfile.ZipInfo(name), data)
    return archive.getvalue()


def format_of(path: str | os.PathLike[str]) -> str:
    """Return the format that a path's suffix names, one of :data:`alphacut.options.FORMATS`.

    Raises
    ------
    OptionError
        It names none.
    """
    suffix = Path(path).suffix.removeprefix(".").lower()
    if suffix not in _SUFFIXES:
        problem = f"has the suffix {'.' + suffix!r}, which is no format" if suffix else "has no suffix"
        remedy = f"Use one of {', '.join('.' + known for known in sorted(_SUFFIXES))}, or say --format."
        raise OptionError(os.fspath(path), problem, remedy)
    return _SUFFIXES[suffix]


def suffix_of(format: str | None) -> str:  # noqa: A002
    """Return the suffix, without a dot, of a format's files; None is PNG."""
    return next(suffix for suffix, name in _SUFFIXES.items() if name == (format or "png"))


def check_opaque(format: str | None, is_opaque: bool) -> None:  # noqa: A002
    """Refuse a format that has no transparency for a picture that has.

    Raises
    ------
    OptionError
        JPEG, and the picture is not opaque.
    """
    if format == "jpeg" and not is_opaque:
        remedy = "Give one, for instance --background white, or choose png, webp, avif or tiff."
        raise OptionError("format 'jpeg'", "has no transparency, so it needs a background", remedy)


def _settings(format: str, quality: int, small: bool) -> dict[str, Any]:  # noqa: A002
    chroma = "4:4:4" if quality >= _FULL_CHROMA else "4:2:0"
    if format == "jpeg":
        return {"quality": quality, "subsampling": chroma, "optimize": small, "progressive": small}
    if format == "webp":
        return {"quality": quality, "method": 6 if small else 2}
    return {"quality": quality, "subsampling": chroma, "speed": 6 if small else 8}


def _by_pillow(picture: Picture, format: str, settings: dict[str, Any]) -> bytes:  # noqa: A002
    name = format.upper()
    Image.init()
    if name not in Image.SAVE:
        raise OptionError(
            f"format {format!r}", "is not in this Pillow", "Install a newer Pillow, or choose png."
        )
    pixels = eight_bits(picture.pixels)
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    said: dict[str, Any] = {
        "exif": picture.metadata.exif,
        "xmp": picture.metadata.xmp,
        "icc_profile": picture.icc,
    }
    said["dpi"] = picture.metadata.dpi if format == "jpeg" else None
    settings |= {key: value for key, value in said.items() if value}
    if settings.get("progressive"):
        return _progressive(image, settings)
    return _saved(image, name, settings)


def _progressive(image: Image.Image, settings: dict[str, Any]) -> bytes:
    plain = _saved(image, "JPEG", settings | {"optimize": False, "progressive": False})
    # Pillow writes these in one piece, into a buffer that is too small for grainy photos of high quality.
    ImageFile.MAXBLOCK = max(ImageFile.MAXBLOCK, len(plain) * 5 // 4)
    return min(_saved(image, "JPEG", settings), plain, key=len)


def _saved(image: Image.Image, name: str, settings: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    image.save(file, name, **settings)
    return file.getvalue()
