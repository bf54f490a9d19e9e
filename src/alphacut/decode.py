"""Bytes, path, array or PIL image → :class:`Photo`: upright, RGB, in the file's own depth."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .codecs.describe import describe
from .codecs.samples import Decoded, alpha_of, bits_of, decode_deep, decode_loaded, grey_to_rgb
from .codecs.sniff import sniff
from .errors import BrokenImage, InputError, NotAnImage, NotFoundInput, TooLarge
from .options import Options
from .types import Photo, Warn

Source = bytes | bytearray | str | os.PathLike[str] | NDArray[Any] | Image.Image | BinaryIO

# What Pillow's decoders let through on damaged files, found by feeding them such files.
_DECODER_ERRORS = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, RuntimeError, OverflowError),
    *(struct.error, zlib.error, cv2.error),
)

_TURNS: dict[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    2: lambda image: cv2.flip(image, 1),
    3: lambda image: cv2.rotate(image, cv2.ROTATE_180),
    4: lambda image: cv2.flip(image, 0),
    5: lambda image: cv2.transpose(image),
    6: lambda image: cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE),
    7: lambda image: cv2.rotate(cv2.transpose(image), cv2.ROTATE_180),
    8: lambda image: cv2.rotate(image, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


def decode(source: Source, *, max_pixels: int | None = None, name: str | None = None) -> Photo:
    """Decode one photo.

    Parameters
    ----------
    source : bytes, path, ndarray, PIL image or binary file
        A file's bytes, a path, an open file, an array of uint8 or uint16 (H×W or H×W×1 grey, H×W×3 RGB, H×W×4
        RGB with straight alpha), or a PIL image. What a file is, its content says, not its suffix. An array
        that already is what a :class:`Photo` holds is not copied.
    max_pixels : int, optional
        Largest width × height; checked in the header, before a pixel is decoded. Without it, the options'
        default.
    name : str, optional
        What to call it in messages; the path without it.

    Returns
    -------
    Photo
        Turned upright once, by EXIF or as the container says. 16-bit PNG, TIFF and grey files keep 16 bits;
        what else had to be changed is in its warnings. Of several frames or pages, the first.

    Raises
    ------
    NotFoundInput, NotAnImage, BrokenImage, TooLarge, InputError
    """
    limit = Options().max_pixels if max_pixels is None else max_pixels
    if isinstance(source, np.ndarray):
        return _from_array(source, limit, name or "array")
    if isinstance(source, Image.Image):
        return _from_image(source, limit, name or "image")
    data, found = _read(source)
    label = name or found or "photo"
    return _from_bytes(data, limit, label)


def size_of(file: BinaryIO, name: str) -> tuple[int, int]:
    """Return the width and height that a file's header says, before it is turned upright; no pixel is decoded.

    Raises
    ------
    InputError
        The header cannot be read; :func:`decode` says better why.
    """
    try:
        image_format = sniff(file.read(256), name)
        file.seek(0)
        if image_format == "HEIF":
            _register_heif(name)
        if image_format not in Image.OPEN:
            Image.init()
        with _decoding(name, image_format):
            width, height = Image.OPEN[image_format][0](file, "").size
    except OSError as error:
        raise InputError(name, f"cannot be read ({error})", "Check the path.") from error
    return int(width), int(height)


def _read(source: bytes | bytearray | str | os.PathLike[str] | BinaryIO) -> tuple[bytes, str]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source), ""
    if isinstance(source, (str, os.PathLike)):
        return _read_path(Path(source)), os.fspath(source)
    if hasattr(source, "read"):
        return source.read(), str(getattr(source, "name", ""))
    kind = type(source).__name__
    raise InputError(f"a {kind}", "is no photo", "Give a path, a file's bytes, an array or a PIL image.")


def _read_path(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundInput(str(path), "no such file", "Check the path.") from None
    except IsADirectoryError:
        raise InputError(
            str(path), "is a folder", "Name the photos in it, or use `alphacut batch`."
        ) from None
    except PermissionError:
        raise InputError(str(path), "may not be read", "Change its permissions, or copy it.") from None
    except (OSError, ValueError) as error:
        raise InputError(str(path), f"cannot be read ({error})", "Check the path.") from error


def _check_size(width: int, height: int, limit: int, name: str) -> None:
    if width < 1 or height < 1:
        raise BrokenImage(name, f"says it is {width}×{height} pixels", "Export it again.")
    if width * height > limit:
        size, most = (f"{count / 1e6:.4g} megapixels" for count in (width * height, limit))
        problem = f"is {width}×{height} = {size}, over the limit of {most} ({limit} pixels)"
        raise TooLarge(name, problem, f"Make it smaller, or raise the limit: --max-pixels {width * height}.")


def _from_array(array: NDArray[Any], limit: int, name: str) -> Photo:
    shape = "×".join(str(length) for length in array.shape)
    if array.dtype.kind != "u" or array.dtype.itemsize > 2:
        remedy = (
            "Scale it to the full range of uint8 or uint16 and convert it: nothing is guessed from a dtype."
        )
        raise InputError(name, f"is {array.dtype} {shape}, and only uint8 and uint16 are taken", remedy)
    if array.ndim not in (2, 3) or array.shape[2:] not in ((), (1,), (3,), (4,)):
        raise InputError(name, f"has the shape {shape}", "Expected H×W, H×W×1, H×W×3 or H×W×4.")
    _check_size(array.shape[1], array.shape[0], limit, name)
    native = np.ascontiguousarray(array, array.dtype.newbyteorder("="))
    if native.ndim == 2 or native.shape[2] == 1:
        return Photo(grey_to_rgb(native.reshape(native.shape[:2])), name=name)
    alpha = alpha_of(native[..., 3]) if native.shape[2] == 4 else None
    return Photo(np.ascontiguousarray(native[..., :3]), None, alpha, name)


def _from_image(image: Image.Image, limit: int, name: str) -> Photo:
    _check_size(*image.size, limit, name)
    with _decoding(name, image.format or "image"):
        image.load()
        return _photo(image, name, decode_loaded(image, name), ())


def _from_bytes(data: bytes, limit: int, name: str) -> Photo:
    image_format = sniff(data, name)
    with _decoding(name, image_format):
        image = _open(data, image_format, name)
        _check_size(*image.size, limit, name)
        warnings, bits = _frame_warnings(image), bits_of(image)
        if bits == 16 and image.format in ("PNG", "TIFF") and image.mode in ("RGB", "RGBA"):
            return _photo(image, name, decode_deep(data, image, name), warnings)
        if bits > 8 and image.mode not in ("I;16", "I"):
            warnings += (Warn("depth-reduced", f"The photo's {bits} bits a channel were reduced to 8."),)
        image.load()
        return _photo(image, name, decode_loaded(image, name), warnings)


def _photo(image: Image.Image, name: str, decoded: Decoded, warnings: tuple[Warn, ...]) -> Photo:
    pixels, alpha, colour = decoded
    metadata, orientation, unread = describe(image)
    if turn := _TURNS.get(orientation):
        pixels, alpha = turn(pixels), None if alpha is None else turn(alpha)
    said = (*warnings, *colour.warnings, *unread)
    return Photo(pixels, colour.icc, alpha, name, image.format or "image", metadata, said)


@contextmanager
def _decoding(name: str, image_format: str) -> Iterator[None]:
    try:
        yield
    except Image.DecompressionBombError as error:
        raise TooLarge(
            name, f"is more than the {image_format} decoder takes ({error})", "Make it smaller."
        ) from error
    except _DECODER_ERRORS as error:
        problem = f"cannot be decoded as {image_format} ({error})"
        raise BrokenImage(name, problem, "Copy or download it again, or export it anew.") from error


def _open(data: bytes, image_format: str, name: str) -> Image.Image:
    if image_format == "HEIF":
        _register_heif(name)
    if image_format not in Image.OPEN:
        Image.init()
    if image_format not in Image.OPEN:
        raise NotAnImage(name, f"is {image_format}, which this Pillow cannot read", "Install a newer Pillow.")
    # Image.open would hold every thread to one process-wide limit of pixels; ours comes with the call.
    image = Image.OPEN[image_format][0](io.BytesIO(data), "")
    tags = getattr(image, "tag_v2", {})
    if 50706 in tags or tags.get(254) == 1 or (image_format == "TIFF" and data[8:10] == b"CR"):
        # Its first page is only a thumbnail, which nobody wants cut out.
        raise NotAnImage(name, "is a camera's raw file", "Develop it to a JPEG or a 16-bit TIFF first.")
    return image


def _register_heif(name: str) -> None:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        remedy = "Install it: pip install alphacut[heif]"
        raise NotAnImage(name, "is HEIC, and its decoder is not installed", remedy) from None
    register_heif_opener()


def _frame_warnings(image: Image.Image) -> tuple[Warn, ...]:
    count = getattr(image, "n_frames", 1)
    # The further pictures of an MPO are a phone's previews and depth maps, not frames.
    if count == 1 or image.format == "MPO":
        return ()
    return (Warn("first-frame", f"Only the first of {count} frames was used."),)
