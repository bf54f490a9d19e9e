"""The samples of an opened image file → RGB pixels and straight alpha, in the file's own depth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import BrokenImage, InputError
from ..types import Alpha, Pixels
from .colour import ToRgb, to_rgb

Decoded = tuple[Pixels, Alpha | None, ToRgb]
"""Pixels, alpha if any pixel is not opaque, and how the colours became RGB."""

_STRIP_PIXELS = 1 << 17


def bits_of(image: Image.Image) -> int:
    """Return the bits a channel that an opened, not yet loaded file has, as far as Pillow tells."""
    if image.format == "TIFF":
        return int(max(getattr(image, "tag_v2", {}).get(258, (8,))))
    tiles = [(tile[0], str(tile[3])) for tile in getattr(image, "tile", ())]
    if any(";16" in args or (codec == "ppm" and "65535" in args) for codec, args in tiles):
        return 16
    return int(image.info.get("bit_depth", 8))


def decode_deep(data: bytes, image: Image.Image, name: str) -> Decoded:
    """Decode a 16-bit RGB or RGBA file, PNG or TIFF, which Pillow would cut to 8 bits.

    Parameters
    ----------
    data : bytes
        The file.
    image : PIL image
        The same file, opened.
    name : str
        What to call it in messages.

    Raises
    ------
    BrokenImage, InputError
    """
    tags = getattr(image, "tag_v2", {})
    premultiplied = 1 in tags.get(338, ())
    if tags.get(284) == 2:
        raise InputError(
            name, "stores its 16-bit channels as separate planes", "Save it with interleaved channels."
        )
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.dtype != np.uint16 or decoded.ndim != 3:
        raise BrokenImage(
            name, "ends too early or is damaged", "Copy or download it again, or export it anew."
        )
    four = decoded.shape[2] == 4
    pixels = cv2.cvtColor(decoded, cv2.COLOR_BGRA2RGB if four else cv2.COLOR_BGR2RGB)
    colour = to_rgb("RGB", image.info.get("icc_profile"))
    key = image.info.get("transparency")
    if key is not None:
        return pixels, alpha_of(np.any(pixels != np.uint16(key), axis=2) * np.uint8(255)), colour
    if not four or image.mode == "RGB":
        return pixels, None, colour
    if premultiplied:
        pixels = _unpremultiplied(pixels, decoded[..., 3])
    return pixels, alpha_of(decoded[..., 3]), colour


def _unpremultiplied(pixels: Pixels, alpha: Pixels) -> Pixels:
    divisor = np.maximum(alpha, 1).astype(np.uint32)[..., None]
    rounded = (pixels.astype(np.uint32) * 65535 + divisor // 2) // divisor
    straight: Pixels = np.minimum(rounded, 65535).astype(np.uint16)
    return straight


def decode_loaded(image: Image.Image, name: str) -> Decoded:
    """Return a loaded Pillow image's pixels: 8 bits, or 16 where it is 16-bit grey.

    Raises
    ------
    InputError
        Samples in floating point or of 32 bits, whose range nothing tells.
    """
    if image.mode.startswith(("I", "F")):
        return _deep_grey(image, name)
    plain = _with_alpha_channel(image)
    colour = to_rgb(plain.mode, image.info.get("icc_profile"))
    if plain.mode == "RGBA":
        both = _array(plain, lambda part: part)
        return cv2.cvtColor(both, cv2.COLOR_RGBA2RGB), alpha_of(cv2.extractChannel(both, 3)), colour
    pixels = _array(plain, colour)
    if plain.mode != "LA":
        return pixels, None, colour
    return pixels, alpha_of(_array(plain, lambda part: part.getchannel("A"))), colour


def _with_alpha_channel(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA") or not image.has_transparency_data:
        return image
    return image.convert("LA" if image.mode in ("1", "L", "La") else "RGBA")


def _array(image: Image.Image, convert: Callable[[Image.Image], Image.Image]) -> NDArray[np.uint8]:
    """Copy a Pillow image into an array, by strips that stay in the cache: twice as fast as in one go."""
    width, height = image.size
    rows = max(1, _STRIP_PIXELS // width)
    parts = (
        np.asarray(convert(image.crop((0, top, width, min(top + rows, height)))))
        for top in range(0, height, rows)
    )
    first = next(parts)
    out = np.empty((height, *first.shape[1:]), np.uint8)
    out[: len(first)] = first
    for number, part in enumerate(parts, 1):
        out[number * rows : number * rows + len(part)] = part
    return out


def _deep_grey(image: Image.Image, name: str) -> Decoded:
    grey = np.asarray(image)
    if grey.dtype.kind == "f" or grey.min() < 0 or grey.max() > 65535:
        remedy = "Save it with 8 or 16 bits a channel."
        raise InputError(name, f"has {grey.dtype} samples whose range is not known", remedy)
    grey = grey.astype(np.uint16)
    if getattr(image, "tag_v2", {}).get(262) == 0:
        grey = ~grey  # Pillow leaves 16-bit "white is zero" as it is
    key = image.info.get("transparency")
    alpha = None if key is None else alpha_of((grey != key) * np.uint8(255))
    return grey_to_rgb(grey), alpha, to_rgb("I;16", image.info.get("icc_profile"))


def grey_to_rgb(grey: NDArray[Any]) -> Pixels:
    """Return H×W grey as H×W×3."""
    pixels: Pixels = cv2.merge([grey, grey, grey])
    return pixels


def alpha_of(samples: NDArray[Any]) -> Alpha | None:
    """Return H×W integers as an alpha, or None where all are opaque."""
    most = np.iinfo(samples.dtype).max
    return None if samples.min() == most else np.divide(samples, np.float32(most), dtype=np.float32)
