"""A frame and its alpha → what is written of it: a photo's own way from a coarse alpha to a picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..api import Cutter
from ..backdrops import Blur, Still, parse_backdrop
from ..compose.frame import place
from ..compose.present import Pictures, check, frame_for
from ..cutout import Cutout
from ..errors import InputError
from ..foreground import estimate_foreground
from ..infer.fuse import TOGETHER, between, push
from ..options import Options
from ..pipeline import Clock, Colours, colours_and_edges, estimate_alpha
from ..refine import refine
from ..types import Alpha, Photo, Pixels, Report, check_pixels
from .frame import Footage, Frame
from .read.reader import Reading, open_clip
from .steady.steady import Steady

FILMS = frozenset((".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".gif", ".apng"))
"""Suffixes of backgrounds that move."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame as it is to be written."""

    step: Steady[Frame]
    pixels: Pixels


def ask(pixels: Pixels, cutter: Cutter, options: Options) -> Alpha:
    """Return what the network says of a frame, not yet refined; what two say, open where they do not agree.

    How open it is tells how much an answer counts among those of other frames.
    """
    with cutter.shelf.lend() as load:
        estimate = estimate_alpha(Photo(pixels), options, load, Clock(), twice=False)
    return between(*estimate.opinions) if len(estimate.opinions) == 2 else estimate.alpha


def picture_of(
    frame: Frame, alpha: Alpha, options: Options, pictures: Pictures, colours: Colours = estimate_foreground
) -> Pixels:
    """Return a frame as it is written: H×W×4 straight RGBA, or H×W×3 where nothing is seen through.

    Parameters
    ----------
    frame : Frame
    alpha : Alpha
        The subject's, H×W, its edges drawn.
    options : Options
    pictures : mapping of str to Photo
        Backgrounds in memory, by the names that the options use.
    colours : callable
        What finds the subject's own.
    """
    photo = Photo(frame.pixels, source_alpha=frame.alpha, name=f"frame {frame.index}")
    foreground, alpha = colours_and_edges(photo, _within(photo, alpha, options), options, colours)
    cutout = Cutout(photo, alpha, foreground, Report(), options, pictures)
    try:
        pixels = cutout.picture().pixels
    except InputError:
        # A frame that is all subject leaves nothing to blur, and hides whatever stands behind it.
        if not isinstance(parse_backdrop(options.background or "none").kind, Blur):
            raise
        pixels = cutout.on("black").picture().pixels
    return check_pixels(np.repeat(pixels, 3, 2)) if pixels.shape[2] == 1 else pixels


def drawn(frame: Frame, alpha: Alpha, options: Options) -> Alpha:
    """Return a frame's steady alpha with its edges drawn by the frame's own colours; as it is, if its own is kept."""
    if frame.alpha is not None and options.source_alpha == "keep":
        return alpha
    if options.model in TOGETHER:
        alpha = push(alpha)
    return refine(Photo(frame.pixels), alpha, options.edges)[0]


def _within(photo: Photo, alpha: Alpha, options: Options) -> Alpha:
    """Return an alpha within the one that a frame had, if that counts."""
    own = photo.source_alpha
    if own is None or options.source_alpha == "replace":
        return alpha
    return own if options.source_alpha == "keep" else alpha * own


def size_of(options: Options, width: int, height: int) -> tuple[int, int]:
    """Return width and height of the pictures of frames of a size."""
    frame = frame_for(options)
    if frame is None:
        return width, height
    # Without a crop the canvas is the same wherever the subject is.
    canvas = place(np.ones((height, width), np.float32), frame).canvas
    return canvas[1], canvas[0]


def check_look(options: Options) -> None:
    """Raise now what would be raised for every frame: a background that cannot be read, an impossible canvas.

    Raises
    ------
    InputError, OptionError
    """
    film = film_behind(options)
    if film is not None:
        _opened(film, options)
    check(dataclasses.replace(options, background="black") if film is not None else options)


def film_behind(options: Options) -> str | None:
    """Return the clip that stands behind the subject, as the options name it; None where that is no clip."""
    kind = parse_backdrop(options.background or "none").kind
    return kind.path if isinstance(kind, Still) and Path(kind.path).suffix.lower() in FILMS else None


def before_backdrops(
    steps: Iterable[Steady[Frame]], options: Options
) -> Iterator[tuple[Steady[Frame], Pictures]]:
    """Pair each frame with what stands behind it at its time; a clip that ends there begins anew."""
    film = film_behind(options)
    if film is None:
        yield from ((step, {}) for step in steps)
        return
    coming = _looped(_opened(film, options))
    _, now = next(coming)
    time, following = next(coming)
    for step in steps:
        # By time and not by number: the two clips may have other rates.
        while time <= step.frame.time:
            now = following
            time, following = next(coming)
        yield step, {film: Photo(now.pixels, source_alpha=now.alpha, name=film)}


def _looped(footage: Footage) -> Iterator[tuple[Fraction, Frame]]:
    begin = Fraction(0)
    while True:
        end = Fraction(0)
        for frame in footage.frames():
            end = frame.time + 1 / footage.clip.rate
            yield begin + frame.time, frame
        begin += end


def _opened(film: str, options: Options) -> Footage:
    return open_clip(film, Reading(max_pixels=options.max_pixels))
