"""The values that flow through the pipeline. Shapes, types and ranges are checked here, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
"""H×W×C integers in the full range of their type; C is 1 (grey), 3 (RGB) or 4 (RGB + straight alpha)."""

Alpha = NDArray[np.float32]
"""H×W float32 in [0, 1], never NaN: 0 is background, 1 is subject."""


def depth_of(pixels: Pixels) -> int:
    """Return the largest value that the pixels' type can hold: 255 or 65535."""
    return int(np.iinfo(pixels.dtype).max)


def check_alpha(alpha: NDArray[Any], shape: tuple[int, ...] | None = None, name: str = "alpha") -> Alpha:
    """Return `alpha` unchanged if it is an :data:`Alpha`, otherwise say what is wrong with it.

    Parameters
    ----------
    alpha : ndarray
        Claimed to be float32, H×W, in [0, 1].
    shape : (int, int), optional
        Height and width it must have.
    name : str
        What to call it in the message.

    Raises
    ------
    ValueError
        Names the argument, what was expected and what came.
    """
    if not isinstance(alpha, np.ndarray) or alpha.dtype != np.float32 or alpha.ndim != 2:
        got = f"{alpha.dtype} {alpha.shape}" if isinstance(alpha, np.ndarray) else type(alpha).__name__
        raise ValueError(f"{name}: expected float32 H×W, got {got}; scale it to [0, 1] and convert it")
    if shape is not None and alpha.shape != tuple(shape):
        raise ValueError(f"{name}: expected shape {tuple(shape)}, got {alpha.shape}; resize it first")
    if alpha.size == 0:
        raise ValueError(f"{name}: expected at least one pixel, got shape {alpha.shape}")
    low, high = float(alpha.min()), float(alpha.max())
    if not (low >= 0.0 and high <= 1.0):  # written so that NaN fails too
        raise ValueError(f"{name}: expected values in [0, 1], got [{low:g}, {high:g}]; clip or scale it")
    return alpha


def check_pixels(pixels: NDArray[Any], channels: tuple[int, ...] = (3,), name: str = "pixels") -> Pixels:
    """Return `pixels` unchanged if they are H×W×C uint8 or uint16, otherwise say what is wrong.

    Raises
    ------
    ValueError
        Names the argument, what was expected and what came.
    """
    ok = isinstance(pixels, np.ndarray) and pixels.dtype in (np.uint8, np.uint16) and pixels.ndim == 3
    if not ok or pixels.shape[2] not in channels or pixels.size == 0:
        got = f"{pixels.dtype} {pixels.shape}" if isinstance(pixels, np.ndarray) else type(pixels).__name__
        wanted = " or ".join(f"H×W×{c}" for c in channels)
        raise ValueError(f"{name}: expected uint8 or uint16 {wanted} with at least one pixel, got {got}")
    return pixels


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a photo file says about itself, without the orientation (the pixels are already upright).

    Attributes
    ----------
    exif : bytes
        EXIF block with tag 0x0112 removed; empty if there was none.
    xmp : bytes
        XMP packet; empty if there was none.
    dpi : (float, float) or None
        Pixels an inch, horizontally and vertically.
    """

    exif: bytes = b""
    xmp: bytes = b""
    dpi: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Warn:
    """One thing a person should know about the result: a stable code and a sentence."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Photo:
    """A decoded, upright photo.

    Attributes
    ----------
    pixels : ndarray
        uint8 or uint16, H×W×3, RGB as in the file (in the space of `icc`, or sRGB without one).
    icc : bytes or None
        The file's colour profile; it belongs to the RGB `pixels`.
    source_alpha : Alpha or None
        The transparency that the file already had, if any pixel of it is not opaque.
    name : str
        What to call the photo in messages.
    format : str
        The container it came in, as Pillow names it ("JPEG", "PNG" …); "array" for an array.
    metadata : Metadata
        Kept aside; written only on request.
    warnings : tuple of Warn
        What had to be decided while decoding (first frame of an animation, CMYK converted …).
    """

    pixels: Pixels
    icc: bytes | None = None
    source_alpha: Alpha | None = None
    name: str = "photo"
    format: str = "array"
    metadata: Metadata = field(default_factory=Metadata)
    warnings: tuple[Warn, ...] = ()

    def __post_init__(self) -> None:
        check_pixels(self.pixels, (3,), "Photo.pixels")
        if self.source_alpha is not None:
            check_alpha(self.source_alpha, self.shape, "Photo.source_alpha")

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]


@dataclass(frozen=True, slots=True)
class Picture:
    """Something to look at or to encode.

    Attributes
    ----------
    pixels : ndarray
        uint8 or uint16, H×W×C; C = 1 is grey (a matte), 3 is RGB, 4 is RGB with straight alpha.
    icc : bytes or None
        Profile of the RGB values; always None for grey.
    metadata : Metadata
        Written by the encoder as given; empty by default.
    notes : tuple of str
        What was found and done while it was composed.
    """

    pixels: Pixels
    icc: bytes | None = None
    metadata: Metadata = field(default_factory=Metadata)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_pixels(self.pixels, (1, 3, 4), "Picture.pixels")

    @property
    def has_alpha(self) -> bool:
        """Whether there is a fourth channel."""
        return int(self.pixels.shape[2]) == 4


@dataclass(frozen=True, slots=True)
class Report:
    """What was done to one photo, and what to know about the result.

    Attributes
    ----------
    model, engine, device, precision : str
        What estimated the alpha; empty where the photo's own alpha was kept.
    milliseconds : dict of str to float
        Wall time a step.
    notes : tuple of str
        What was refined, what was skipped and why.
    warnings : tuple of Warn
        What a person should look at.
    uncertainty : float or None
        In [0, 1]; None where nothing estimated it.
    """

    model: str = ""
    engine: str = ""
    device: str = ""
    precision: str = ""
    milliseconds: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[Warn, ...] = ()
    uncertainty: float | None = None
