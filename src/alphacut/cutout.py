"""The hinge: everything before it estimates, everything after it only presents."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from .compose.present import Layers, Pictures, flatten, present
from .depth import at_depth
from .encode import encode, encode_zip, format_of, write_atomic
from .fit_bytes import encode_within
from .options import Options
from .types import Alpha, Metadata, Photo, Picture, Pixels, Report, check_alpha, check_pixels


@dataclass(frozen=True, slots=True)
class Cutout:
    """A subject without its background.

    Attributes
    ----------
    photo : Photo
        What it was cut from.
    alpha : Alpha
        float32 H×W in [0, 1], the photo's size.
    foreground : ndarray
        H×W×3, straight (not premultiplied), the photo's size and type; meaningful where alpha > 0.
    report : Report
        What was done.
    options : Options
        How it is presented: background, matte or picture, depth, format.
    pictures : mapping of str to Photo
        Backgrounds in memory, by the file name that the options use; others are read from the disk.
    """

    photo: Photo
    alpha: Alpha
    foreground: Pixels
    report: Report
    options: Options
    pictures: Pictures = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_alpha(self.alpha, self.photo.shape, "Cutout.alpha")
        check_pixels(self.foreground, (3,), "Cutout.foreground")
        if (
            self.foreground.shape != self.photo.pixels.shape
            or self.foreground.dtype != self.photo.pixels.dtype
        ):
            raise ValueError("Cutout.foreground: expected the photo's shape and type")

    @property
    def matte(self) -> Picture:
        """The alpha on its canvas as a grey picture of the option's depth, 8 bits without one."""
        return self.matte_of(self.layers())

    def on(self, background: str) -> Cutout:
        """Return the same cutout, to be shown on a background: a colour, a gradient, a picture, its own blur."""
        return replace(self, options=replace(self.options, background=background))

    def layers(self) -> Layers:
        """Return what the picture is made of, framed and lit: held by callers, it is made once for several uses."""
        return present(self.photo, self.foreground, self.alpha, self.options, self.pictures)

    def picture(self, layers: Layers | None = None) -> Picture:
        """Return what the options ask for: the matte, the transparent cutout, or the subject on a background.

        Parameters
        ----------
        layers : Layers, optional
            This cutout's own, from :meth:`layers`, if they are at hand.
        """
        layers = layers or self.layers()
        if self.options.matte:
            return self.matte_of(layers)
        pixels = flatten(layers, linear=self.options.linear)
        if pixels is None:
            pixels = with_alpha(layers.foreground, layers.alpha)
        if self.options.depth:
            pixels = at_depth(pixels, self.options.depth)
        metadata = self.photo.metadata if self.options.keep_metadata else Metadata()
        return Picture(pixels, layers.icc, metadata, layers.notes)

    def matte_of(self, layers: Layers) -> Picture:
        """Return what :attr:`matte` is, of layers that are at hand."""
        return Picture(quantise(layers.matte, self.options.depth or 8)[..., None], notes=layers.notes)

    def encode(
        self,
        format: str | None = None,  # noqa: A002
        picture: Picture | None = None,
        layers: Layers | None = None,
    ) -> bytes:
        """Return the picture as a file of the given format (the option's, else PNG), within the byte limit.

        Parameters
        ----------
        format : str, optional
        picture : Picture, optional
            This cutout's own, if it is at hand.
        layers : Layers, optional
            Its own too; a zip holds foreground and matte, which are in no picture.

        Raises
        ------
        OptionError
            The format cannot hold it: JPEG needs a background. Or it does not fit the limit.
        """
        name = format or self.options.format or "png"
        quality, small = self.options.quality, self.options.small
        if name == "zip":
            layers = layers or self.layers()
            colour = Picture(layers.foreground, layers.icc)
            return encode_zip(colour, self.matte_of(layers), quality=quality, small=small)
        picture = picture or self.picture(layers)
        if self.options.max_bytes is not None:
            return encode_within(picture, name, self.options.max_bytes, quality=quality, small=small)[0]
        return encode(picture, name, quality=quality, small=small)

    def save(
        self, path: str | os.PathLike[str], picture: Picture | None = None, layers: Layers | None = None
    ) -> Path:
        """Write the picture to `path`, whole or not at all; the suffix says the format unless the options do.

        Parameters
        ----------
        path : path
        picture, layers : optional
            As for :meth:`encode`.

        Raises
        ------
        OptionError
            The suffix is of no format, or the format cannot hold the picture.
        OutputError
            It cannot be written there.
        """
        target = Path(path)
        write_atomic(target, self.encode(self.options.format or format_of(target), picture, layers))
        return target


def with_alpha(foreground: Pixels, alpha: Alpha) -> Pixels:
    """Return H×W×4 pixels of the foreground's type."""
    bits = 8 if foreground.dtype == np.uint8 else 16
    rgba = cv2.cvtColor(foreground, cv2.COLOR_RGB2RGBA)
    cv2.insertChannel(quantise(alpha, bits), rgba, 3)
    return check_pixels(rgba, (4,))


def quantise(alpha: Alpha, bits: int) -> Pixels:
    """Return an alpha as integers of 8 or 16 bits, rounded to the nearest."""
    if bits == 8:
        eight: Pixels = cv2.convertScaleAbs(alpha, alpha=255)  # rounds, in one pass
        return eight
    sixteen: Pixels = np.rint(alpha * np.float32(65535)).astype(np.uint16)
    return sixteen
