"""A cutout as remove.bg's contract shows it: region, crop, scale, position, background, size, format."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..backdrops import Backdrop, Still
from ..colours import Colour
from ..compose.backdrop import Scene, paint
from ..compose.background import composite, solid
from ..compose.present import Layers, present
from ..compose.resample import resample
from ..compose.subject import Box, find_subject
from ..cutout import Cutout, quantise, with_alpha
from ..decode import decode
from ..depth import at_depth
from ..encode import encode, encode_zip
from ..errors import InputError
from ..infer.geometry import Size
from ..inspect.reasons import EMPTY
from ..options import Options
from ..types import Alpha, Photo, Picture, Pixels, check_pixels
from .removebg_fields import PNG_MEGAPIXELS, SIZES, Fault, Length, Wanted

MEDIA = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "zip": "application/zip"}
WHITE = (255, 255, 255, 255)

_FRAME = ("crop", "margin", "canvas", "aspect", "scale", "position", "enlarge")
_OURS = ("background", "preset", "match", "format", "matte", "depth", "max_bytes", "inverse", *_FRAME)


@dataclass(frozen=True, slots=True)
class Answer:
    """A picture and what the headers say of it.

    Attributes
    ----------
    data : bytes
    format : {"png", "jpg", "webp", "zip"}
    size : (int, int)
        Height and width.
    foreground : Box
        Left, top, right, bottom of the subject in it.
    """

    data: bytes
    format: str
    size: Size
    foreground: Box


def option_words(wanted: Wanted) -> dict[str, Any]:
    """Return the options that a request means; what the contract presents itself is left at its default."""
    plain = Options()
    words: dict[str, Any] = {name: getattr(plain, name) for name in _OURS}
    words |= {"shadow": wanted.shadow, "shadow_opacity": wanted.shadow_opacity}
    if wanted.semitransparency is not None:
        words["edges"] = "soft" if wanted.semitransparency else "auto"
    return words


def answer(cutout: Cutout, wanted: Wanted, backdrop: bytes | None) -> Answer:
    """Return what a request asks for.

    Parameters
    ----------
    cutout : Cutout
        Of the options of :func:`option_words`.
    wanted : Wanted
    backdrop : bytes or None
        The file of a background picture.

    Raises
    ------
    Fault
        The region is not in the photo, or nothing was found in it.
    InputError
        The background's file cannot be read.
    """
    alpha = _within(cutout.alpha, wanted.roi)
    found = [warn.sentence for warn in cutout.report.warnings if warn.code in {e.code for e in EMPTY}]
    if found:
        raise Fault("unknown_foreground", found[0])
    box = _subject(alpha)
    options = replace(cutout.options, **frame_words(wanted, box, cutout.photo.shape))
    layers = present(cutout.photo, cutout.foreground, alpha, options)
    if layers.matte is not alpha:
        box = _subject(layers.matte)
    behind = _behind(wanted.bg_color, backdrop, options.max_pixels)
    name = _format(wanted, layers.alpha, behind)
    full = layers.alpha.shape[0], layers.alpha.shape[1]
    size = shrunk(full, megapixels(wanted.size, name))
    layers = _resized(layers, size)
    if wanted.channels == "alpha" and name != "zip":
        data = _encode(Picture(quantise(layers.matte, 8)[..., None]), name, options.quality)
    else:
        data = _encode(_picture(with_background(layers, behind, cutout.photo), cutout), name, options.quality)
    return Answer(data, name, size, _scaled(box, full, size))


def frame_words(wanted: Wanted, subject: Box, photo: Size) -> dict[str, Any]:
    """Return the frame that crop, margin, scale and position mean, in the words of our options.

    Parameters
    ----------
    wanted : Wanted
    subject : Box
        In the photo.
    photo : (int, int)
        Height and width.
    """
    return _cropped(wanted, subject) if wanted.crop else _placed(wanted, subject, photo)


def _placed(wanted: Wanted, subject: Box, photo: Size) -> dict[str, Any]:
    """Return the frame of a picture that keeps the photo's size."""
    left, top, right, bottom = subject
    scale, position = wanted.scale, wanted.position
    if scale is None and position in (None, "original"):
        return {}
    factor = (
        1.0 if scale is None else min(photo[1] * scale / (right - left), photo[0] * scale / (bottom - top))
    )
    if position == "original":  # as far as there is room, the middle stays where it was
        position = _still(left, right, factor, photo[1]), _still(top, bottom, factor, photo[0])
    return _words(photo, position, scale=scale, enlarge=1.0 if scale is None else 64.0)


def _cropped(wanted: Wanted, subject: Box) -> dict[str, Any]:
    """Return the frame of a picture that has the subject, its margin and what its scale leaves free."""
    left, top, right, bottom = subject
    sides = (bottom - top, right - left)
    room = [
        round(value / 100 * side if percent else value)
        for (value, percent), side in zip(wanted.crop_margin, sides * 2, strict=True)
    ]
    position = wanted.position
    if wanted.scale is None and not isinstance(position, tuple):
        return {"crop": True, "margin": " ".join(f"{value}px" for value in room), "enlarge": 1.0}
    down, across = (
        max(side + room[i] + room[i + 2], math.ceil(side / (wanted.scale or 1.0)))
        for i, side in enumerate(sides)
    )
    if not isinstance(position, tuple):  # the margins are kept, and what is left over lies evenly around them
        position = _even(sides[1], across, room[3], room[1]), _even(sides[0], down, room[0], room[2])
    # What would be shrunk later is made small at once: a tenth of a canvas is a hundredth of its pixels.
    small = shrunk((down, across), SIZES[wanted.size])
    share = None if small == (down, across) else max(sides[0] / down, sides[1] / across)
    return _words(small, position, scale=share, enlarge=1.0)


def with_background(layers: Layers, behind: Colour | Photo | None, photo: Photo) -> Pixels:
    """Return the layers over a colour or a picture, which is centred and covers; RGBA where neither is."""
    if behind is None:
        return with_alpha(layers.foreground, layers.alpha)
    kind = Still("", photo=behind) if isinstance(behind, Photo) else behind
    shape = layers.alpha.shape[0], layers.alpha.shape[1]
    painted = paint(Backdrop("", kind), shape, Scene(layers.foreground, layers.alpha, icc=photo.icc))
    return composite(layers.foreground, layers.alpha, painted)


def megapixels(size: str, name: str) -> float:
    """Return how large a picture of this size and format may be."""
    return min(SIZES[size], PNG_MEGAPIXELS) if name == "png" else SIZES[size]


def shrunk(size: Size, megapixels: float) -> Size:
    """Return a size of the same shape with no more than so many pixels."""
    factor = math.sqrt(megapixels * 1e6 / (size[0] * size[1]))
    return size if factor >= 1 else (max(1, int(size[0] * factor)), max(1, int(size[1] * factor)))


def _within(alpha: Alpha, roi: tuple[Length, ...] | None) -> Alpha:
    """Return an alpha that is zero outside the region."""
    if roi is None:
        return alpha
    height, width = alpha.shape
    sides = zip(roi, (width, height) * 2, strict=True)
    left, top, right, bottom = (
        round(value / 100 * side if percent else value) for (value, percent), side in sides
    )
    if min(left, top) < 0 or max(left, right) > width or max(top, bottom) > height:
        raise Fault("roi_exceeds_bounds", f"roi reaches beyond the image's {width}×{height} pixels.")
    if left >= right or top >= bottom:
        raise Fault("roi_region_empty", "roi has no pixels: x1 must be less than x2, and y1 than y2.")
    inside = np.zeros_like(alpha)
    inside[top:bottom, left:right] = alpha[top:bottom, left:right]
    return inside


def _subject(alpha: Alpha) -> Box:
    try:
        return find_subject(alpha).box
    except InputError as error:
        raise Fault("unknown_foreground", "Nothing stands out from the background.") from error


def _still(start: int, stop: int, factor: float, whole: int) -> float:
    """Return the share of the free room before what is scaled about its own middle."""
    side = (stop - start) * factor
    free = whole - side
    return min(max(((start + stop) / 2 - side / 2) / free, 0.0), 1.0) if free > 0 else 0.5


def _even(side: int, whole: int, before: int, behind: int) -> float:
    """Return the share of the free room before what has margins and is centred between them."""
    free = whole - side
    return (before + (free - before - behind) / 2) / free if free else 0.5


def _words(canvas: Size, position: tuple[float, float] | str | None, **more: float | None) -> dict[str, Any]:
    x, y = position if isinstance(position, tuple) else (0.5, 0.5)
    where = f"{x * 100:.6f}% {y * 100:.6f}%"
    return {"crop": True, "canvas": f"{canvas[1]}x{canvas[0]}", "position": where} | more


def _behind(colour: Colour | None, backdrop: bytes | None, max_pixels: int) -> Colour | Photo | None:
    return colour if backdrop is None else decode(backdrop, max_pixels=max_pixels, name="background")


def _format(wanted: Wanted, alpha: Alpha, behind: Colour | Photo | None) -> str:
    if wanted.format != "auto":
        return wanted.format
    shows = behind is None or (isinstance(behind, tuple) and behind[3] < 255)
    return "png" if wanted.channels == "alpha" or (shows and quantise(alpha, 8).min() < 255) else "jpg"


def _resized(layers: Layers, size: Size) -> Layers:
    if layers.alpha.shape == size:
        return layers
    foreground, alpha = resample(layers.foreground, layers.alpha, size)
    matte = alpha
    if layers.matte is not layers.alpha:
        _, matte = resample(layers.foreground, layers.matte, size)
    return replace(layers, foreground=foreground, alpha=alpha, matte=matte)


def _picture(pixels: Pixels, cutout: Cutout) -> Picture:
    return Picture(at_depth(pixels, 8), cutout.photo.icc)


def _encode(picture: Picture, name: str, quality: int) -> bytes:
    pixels = picture.pixels
    if name == "zip":
        shape = (*pixels.shape[:2], 1)
        alpha = pixels[..., 3:] if picture.has_alpha else np.full(shape, 255, np.uint8)
        return encode_zip(replace(picture, pixels=pixels[..., :3]), Picture(alpha), quality=quality)
    if name != "jpg":
        return encode(picture, name, quality=quality)
    if picture.has_alpha:
        white = solid(WHITE, (pixels.shape[0], pixels.shape[1]), pixels.dtype, picture.icc)
        alpha = pixels[..., 3].astype(np.float32) / np.float32(255)
        picture = replace(
            picture, pixels=composite(check_pixels(np.ascontiguousarray(pixels[..., :3])), alpha, white)
        )
    return encode(picture, "jpeg", quality=quality)


def _scaled(box: Box, full: Size, size: Size) -> Box:
    """Return a box after the picture was resized, never empty."""
    down, across = size[0] / full[0], size[1] / full[1]
    left, top = min(round(box[0] * across), size[1] - 1), min(round(box[1] * down), size[0] - 1)
    return left, top, max(left + 1, round(box[2] * across)), max(top + 1, round(box[3] * down))


def headers(reply: Answer, kind: str | None) -> Mapping[str, str]:
    """Return what the contract's headers say of a picture; `kind` is the subject's, if it is asked for."""
    left, top, right, bottom = reply.foreground
    said = {
        "X-Width": f"{reply.size[1]}",
        "X-Height": f"{reply.size[0]}",
        "X-Foreground-Top": f"{top}",
        "X-Foreground-Left": f"{left}",
        "X-Foreground-Width": f"{right - left}",
        "X-Foreground-Height": f"{bottom - top}",
    }
    return said if kind is None else said | {"X-Type": kind}
