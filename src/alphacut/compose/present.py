"""Present a cutout: frame, background, colours, outline and shadow, in this order, as the options ask."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..backdrops import Backdrop, Blur, Still, parse_backdrop
from ..colours import parse_colour
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
from .presets import BORDER, find_preset
from .shadow import Shadow, ShadowLook, choose, lay, make_shadow, off_border, room, under
from .subject import find_subject

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
    notes : tuple of str
        What was found and done, and what could not be.
    """

    foreground: Pixels
    alpha: Alpha
    behind: Pixels | None
    matte: Alpha
    notes: tuple[str, ...] = ()


def with_preset(options: Options) -> Options:
    """Return options with their preset's background, format and limits where they name none of their own."""
    if options.preset is None:
        return options
    preset = find_preset(options.preset)
    quality = min(options.quality, preset.quality)
    own = {"background": preset.background, "format": preset.format, "max_bytes": preset.max_bytes}
    return replace(options.under(own), quality=quality)


def check(options: Options) -> None:
    """Raise now what would be raised for every photo: an impossible frame, a background that cannot be read.

    Raises
    ------
    OptionError
        Names the option and what to do.
    """
    frame_for(options)
    if options.background is not None:
        backdrop(options)


def frame_for(options: Options) -> Frame | None:
    """Return the frame that is asked for, or the preset's, or None."""
    words = {name: getattr(options, name) for name in WORDS if hasattr(options, name)}
    asked = frame_of(words)
    return find_preset(options.preset).frame if asked is None and options.preset is not None else asked


def backdrop(options: Options) -> Backdrop:
    """Return what stands behind, with its picture read."""
    found = parse_backdrop(options.background or "none")
    if not isinstance(found.kind, Still) or not Path(found.kind.path).is_file():
        return prepare(found, options.max_pixels)
    return _picture(found, options.max_pixels, Path(found.kind.path).stat().st_mtime_ns)


@functools.lru_cache(maxsize=2)
def _picture(found: Backdrop, max_pixels: int, _stamp: int) -> Backdrop:
    # One background serves ten thousand photos; the stamp tells when the file has changed.
    return prepare(found, max_pixels)


def present(photo: Photo, foreground: Pixels, alpha: Alpha, options: Options) -> Layers:
    """Return the layers of the picture.

    Parameters
    ----------
    photo : Photo
    foreground : ndarray
        H×W×3, straight, the photo's size and type.
    alpha : Alpha
        H×W.
    options : Options

    Raises
    ------
    InputError
        There is no subject to frame, or no background to blur.
    OptionError
        An impossible frame.
    """
    notes: list[str] = []
    foreground = _developed(photo, foreground, alpha, options, notes)
    kind, look, kept = _shadow_of(photo, alpha, options, notes)
    placement = _placement(photo, alpha, options, (kind, look), notes)
    if placement is not None:
        foreground, alpha = placement.apply(foreground, alpha)
        kept = None if kept is None else replace(kept, opacity=_inside(placement.forward(kept.opacity)))
    behind = None
    if options.background is not None:
        behind = _behind(photo, placement, alpha, options)
        foreground = harmonise(foreground, alpha, behind[..., :3], options.harmonise)
    if options.outline:
        ring = outline(alpha, options.outline, options.outline_softness, options.outline_rounding)
        foreground, alpha = stick(foreground, alpha, ring, _colour(options.outline_colour, photo))
    matte = alpha
    shadow = make_shadow(kind, alpha, look, foreground) if kind != "none" else kept
    if shadow is not None and not shadow.is_empty:
        if options.preset is not None and find_preset(options.preset).wants_clean_border:
            shadow = off_border(shadow, BORDER)
        if behind is not None and behind.shape[2] == 3:
            behind = lay(shadow, behind)
        else:
            foreground, alpha = under(foreground, alpha, shadow)
    return Layers(foreground, alpha, behind, matte, tuple(notes))


def flatten(layers: Layers, *, linear: bool) -> Pixels | None:
    """Return the subject over what is behind it, or None where nothing is."""
    if layers.behind is None:
        return None
    return composite(layers.foreground, layers.alpha, layers.behind, linear=linear)


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


def _placement(
    photo: Photo, alpha: Alpha, options: Options, shadow: tuple[str, ShadowLook], notes: list[str]
) -> Placement | None:
    frame, (kind, look), name = frame_for(options), shadow, photo.name
    if frame is None:
        return None
    if frame.crop and frame.canvas is None and frame.longest is None and kind != "none":
        frame = _with_room(alpha, frame, kind, look, name)
    placement = place(alpha, frame, name)
    if placement.limited:
        notes.append("frame: the subject is smaller than asked for, it would have to be enlarged too much")
    if placement.scale > ENLARGED:
        notes.append(f"frame: the photo was enlarged {placement.scale:.1f} times")
    return placement


def _with_room(alpha: Alpha, frame: Frame, kind: str, look: ShadowLook, name: str) -> Frame:
    """Return a frame that leaves a drawn shadow its room."""
    left, top, right, bottom = find_subject(alpha, name).box
    needed = room(kind, (top, left, bottom, right), look)
    pixels = tuple(max(have, want) for have, want in zip(frame.margin.pixels, needed, strict=True))
    margin = replace(frame.margin, pixels=(pixels[0], pixels[1], pixels[2], pixels[3]))
    return replace(frame, margin=margin)


def _behind(photo: Photo, placement: Placement | None, alpha: Alpha, options: Options) -> Pixels:
    found, pixels, missing = backdrop(options), photo.pixels, None
    if placement is not None and isinstance(found.kind, Blur):
        seen = placement.forward(np.ones(placement.source, np.float32))
        pixels, missing = placement.forward(pixels), seen < 0.5
    return paint(found, (alpha.shape[0], alpha.shape[1]), Scene(pixels, alpha, missing, photo.icc))


def _inside(opacity: Alpha) -> Alpha:
    return np.clip(opacity, 0, 1)


def _colour(text: str, photo: Photo) -> tuple[int, int, int, int]:
    """Return a colour in the photo's own space."""
    colour = parse_colour(text)
    red, green, blue = (
        int(v) for v in solid((*colour[:3], 255), (1, 1), np.dtype(np.uint8), photo.icc)[0, 0]
    )
    return red, green, blue, colour[3]
