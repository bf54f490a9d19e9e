"""Present a cutout: frame, background, colours, outline and shadow, in this order, as the options ask."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..backdrops import Backdrop, Blur, Still, parse_backdrop
from ..colours import parse_colour
from ..errors import OptionError
from ..options import Options
from ..types import Alpha, Photo, Pixels
from .backdrop import Scene, paint, prepare
from .background import composite, solid
from .balance import balance
from .exposure import develop, expose
from .frame import WORDS, Frame, frame_of, place
from .harmonise import harmonise
from .outline import outline, stick
from .placement import Placement
from .presets import find_preset
from .profiles import matched
from .shadow import Shadow, ShadowLook, choose, lay, make_shadow, under
from .shadow_room import FAINT, INVISIBLE, clear_of_border, shadow_room
from .still import read_picture

Pictures = Mapping[str, Photo]
"""Pictures in memory, by the name of a file that the options may call them by."""

ENLARGED = 1.5
"""A subject enlarged more than this looks soft, and that is said."""


@dataclass(frozen=True, slots=True)
class Layers:
    """What is shown, on the canvas.

    Attributes
    ----------
    foreground : ndarray
        H×W×3, straight.
    alpha : Alpha
        H×W.
    behind : ndarray or None
        H×W×3 or H×W×4; None stays transparent.
    matte : Alpha
        The subject's, with its outline and without its shadow.
    icc : bytes or None
        Profile of the foreground and of what is behind; sRGB without it.
    notes : tuple of str
        What was found and done, and what could not be.
    """

    foreground: Pixels
    alpha: Alpha
    behind: Pixels | None
    matte: Alpha
    icc: bytes | None = None
    notes: tuple[str, ...] = ()


def with_preset(options: Options) -> Options:
    """Return options with their preset's background, format and limits where they name none of their own."""
    if options.preset is None:
        return options
    preset = find_preset(options.preset)
    quality = min(options.quality, preset.quality)
    own = {"background": preset.background, "format": preset.format, "max_bytes": preset.max_bytes}
    return replace(options.under(own), quality=quality, srgb=True)


def check(options: Options, pictures: Pictures | None = None) -> None:
    """Raise now what would be raised for every photo: an impossible frame, a background that cannot be read.

    Raises
    ------
    OptionError
        Names the option and what to do.
    """
    frame_for(options)
    if options.background is not None:
        backdrop(options, pictures)


def read_pictures(options: Options, files: Mapping[str, bytes]) -> Pictures:
    """Return the background picture that the options name, read, if it is among these files in memory.

    Raises
    ------
    OptionError
        It is broken, too large or no picture.
    """
    kind = parse_backdrop(options.background or "none").kind
    if not isinstance(kind, Still) or kind.path not in files:
        return {}
    return {kind.path: read_picture(files[kind.path], options.max_pixels, kind.path)}


def frame_for(options: Options) -> Frame | None:
    """Return the frame that is asked for, or the preset's, or None."""
    words = {name: getattr(options, name) for name in WORDS if hasattr(options, name)}
    asked = frame_of(words)
    return find_preset(options.preset).frame if asked is None and options.preset is not None else asked


def canvas_pixels(options: Options) -> int:
    """Return how many pixels the canvas has at most, as far as the options alone say; 0 where the photo decides."""
    frame = frame_for(with_preset(options))
    if frame is None:
        return 0
    height, width = frame.canvas or (frame.longest or 0, frame.longest or 0)
    return height * width


def backdrop(options: Options, pictures: Pictures | None = None) -> Backdrop:
    """Return what stands behind, with its picture: one of those in memory, or read from the disk."""
    found = parse_backdrop(options.background or "none")
    if pictures and isinstance(found.kind, Still) and found.kind.path in pictures:
        return replace(found, kind=replace(found.kind, photo=pictures[found.kind.path]))
    if not isinstance(found.kind, Still) or not Path(found.kind.path).is_file():
        return prepare(found, options.max_pixels)
    return _picture(found, options.max_pixels, Path(found.kind.path).stat().st_mtime_ns)


@functools.lru_cache(maxsize=2)
def _picture(found: Backdrop, max_pixels: int, _stamp: int) -> Backdrop:
    # One background serves ten thousand photos; the stamp tells when the file has changed.
    return prepare(found, max_pixels)


def present(
    photo: Photo, foreground: Pixels, alpha: Alpha, options: Options, pictures: Pictures | None = None
) -> Layers:
    """Return the layers of the picture.

    Parameters
    ----------
    photo : Photo
    foreground : ndarray
        H×W×3, straight, the photo's size and type.
    alpha : Alpha
        H×W.
    options : Options
    pictures : Pictures, optional

    Raises
    ------
    InputError
        There is no subject to frame, or no background to blur.
    OptionError
        An impossible frame.
    """
    notes: list[str] = []
    if options.srgb:
        photo, foreground = _in_srgb(photo, foreground, notes)
    foreground = _developed(photo, foreground, alpha, options, notes)
    kind, look, kept = _shadow_of(photo, alpha, options, notes)
    placement = _placement(photo, alpha, options, _room(alpha, options, kind, look, kept), notes)
    if placement is not None:
        foreground, alpha = placement.apply(foreground, alpha)
        if kept is not None:
            kept = replace(kept, opacity=np.clip(placement.of_all().forward(kept.opacity), 0, 1))
    behind = None
    if options.background is not None:
        behind = _behind(photo, placement, alpha, backdrop(options, pictures))
        foreground = harmonise(foreground, alpha, behind[..., :3], options.harmonise)
    if options.outline:
        ring = outline(alpha, options.outline, options.outline_softness, options.outline_rounding)
        foreground, alpha = stick(foreground, alpha, ring, _colour(options.outline_colour, photo))
    matte = alpha
    shadow = make_shadow(kind, alpha, look, foreground) if kind != "none" else kept
    if shadow is not None and options.preset is not None:
        shadow = clear_of_border(shadow, exactly=find_preset(options.preset).wants_white_border)
    if shadow is not None and not shadow.is_empty:
        if behind is not None and behind.shape[2] == 3:
            behind = lay(shadow, behind)
        else:
            foreground, alpha = under(foreground, alpha, shadow)
    return Layers(foreground, alpha, behind, matte, photo.icc, tuple(notes))


def flatten(layers: Layers, *, linear: bool) -> Pixels | None:
    """Return the subject over what is behind it, or None where nothing is."""
    if layers.behind is None:
        return None
    return composite(layers.foreground, layers.alpha, layers.behind, linear=linear)


def _in_srgb(photo: Photo, foreground: Pixels, notes: list[str]) -> tuple[Photo, Pixels]:
    """Return both in sRGB, before anything is painted: a background is then the colour that was named."""
    colours = matched(foreground, photo.icc, None)
    if colours is not foreground and colours.dtype == np.uint16:
        notes.append("colours: converted to sRGB with 8 of their 16 bits")
    return replace(photo, pixels=matched(photo.pixels, photo.icc, None), icc=None), colours


def _developed(photo: Photo, foreground: Pixels, alpha: Alpha, options: Options, notes: list[str]) -> Pixels:
    gains, gain = (1.0, 1.0, 1.0), 1.0
    if options.balance:
        found = balance(photo.pixels, alpha)
        gains = found.gains
        notes.append(found.note)
    if options.exposure is not None:
        exposed = expose(foreground, alpha, options.exposure, gains)
        gain = exposed.gain
        notes.append(exposed.note)
    return develop(foreground, gains, gain) if options.balance or options.exposure is not None else foreground


def _shadow_of(
    photo: Photo, alpha: Alpha, options: Options, notes: list[str]
) -> tuple[str, ShadowLook, Shadow | None]:
    """Return the kind to draw, how, and the photo's own shadow where that is taken instead."""
    look = ShadowLook(
        options.shadow_direction,
        options.shadow_length,
        options.shadow_softness,
        options.shadow_opacity,
        _colour(options.shadow_colour, photo)[:3],
    )
    if options.shadow == "keep":
        kept = make_shadow("keep", alpha, look, photo.pixels)
        notes.extend(kept.notes)
        return "none", look, kept
    if options.shadow == "auto":
        kind, look, kept = choose(alpha, photo.pixels, look)
        notes.extend(kept.notes)
        return ("none", look, kept) if kind == "keep" else (kind, look, None)
    return options.shadow, look, None


def _room(
    alpha: Alpha, options: Options, kind: str, look: ShadowLook, kept: Shadow | None
) -> tuple[int, int, int, int]:
    """Return the pixels that are framed with the subject for its shadow."""
    frame = frame_for(options)
    if frame is None or not frame.crop:
        return 0, 0, 0, 0
    # A marketplace wants a large subject; its border is cleared of what is still seen there.
    faint = INVISIBLE if options.preset is None else FAINT
    return shadow_room(kind, alpha, look, kept, faint)


def _placement(
    photo: Photo, alpha: Alpha, options: Options, room: tuple[int, int, int, int], notes: list[str]
) -> Placement | None:
    frame, name = frame_for(options), photo.name
    if frame is None:
        return None
    if frame.crop and options.outline:
        frame = _outlined(frame, math.ceil(options.outline + options.outline_softness / 2))
    placement = place(alpha, frame, name, room)
    _check_size(placement.canvas, options)
    if any(room) and placement.scale < 0.99 * place(alpha, frame, name).scale:
        notes.append("frame: the subject is smaller than asked for, so that its shadow has room")
    if placement.limited:
        notes.append("frame: the subject is smaller than asked for, it would have to be enlarged too much")
    if placement.scale > ENLARGED:
        notes.append(f"frame: the photo was enlarged {placement.scale:.1f} times")
    return placement


def _outlined(frame: Frame, width: int) -> Frame:
    """Return a frame whose margin has room for an outline."""
    top, right, bottom, left = (max(side, width) for side in frame.margin.pixels)
    return replace(frame, margin=replace(frame.margin, pixels=(top, right, bottom, left)))


def _check_size(canvas: tuple[int, int], options: Options) -> None:
    """Refuse a canvas larger than any photo may be, before a pixel of it is made."""
    height, width = canvas
    if height * width > options.max_pixels:
        said = f"would be {width}×{height} pixels, over the limit of {options.max_pixels} for one picture"
        raise OptionError("option 'canvas'", said, "Give a smaller canvas, or a smaller margin.")


def _behind(photo: Photo, placement: Placement | None, alpha: Alpha, found: Backdrop) -> Pixels:
    pixels, missing = photo.pixels, None
    if placement is not None and isinstance(found.kind, Blur):
        around = placement.of_all()
        seen = around.forward(np.ones(placement.source, np.float32))
        pixels, missing = around.forward(pixels), seen < 0.5
    return paint(found, (alpha.shape[0], alpha.shape[1]), Scene(pixels, alpha, missing, photo.icc))


def _colour(text: str, photo: Photo) -> tuple[int, int, int, int]:
    """Return a colour in the photo's own space."""
    colour = parse_colour(text)
    red, green, blue = (
        int(v) for v in solid((*colour[:3], 255), (1, 1), np.dtype(np.uint8), photo.icc)[0, 0]
    )
    return red, green, blue, colour[3]
