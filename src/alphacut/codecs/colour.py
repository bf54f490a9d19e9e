"""From whatever colours a file has to RGB: which profile is kept, and which is converted to sRGB and how."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageCms

from ..types import Warn

_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
_DAMAGED = Warn(
    "icc-dropped", "The colour profile is damaged and was left out; the colours are taken as sRGB."
)


@dataclass(frozen=True, slots=True)
class ToRgb:
    """How the colours of one image become RGB.

    Attributes
    ----------
    icc : bytes or None
        The profile that still holds for the RGB values; None is sRGB.
    transform : ImageCmsTransform or None
        What converts to sRGB; None where Pillow's plain conversion is right.
    warnings : tuple of Warn
        What was decided.
    """

    icc: bytes | None = None
    transform: ImageCms.ImageCmsTransform | None = None
    warnings: tuple[Warn, ...] = ()

    def __call__(self, image: Image.Image) -> Image.Image:
        """Return an image, or a piece of it, as mode RGB."""
        if self.transform is None:
            return image if image.mode == "RGB" else image.convert("RGB")
        mode = self.transform.input_mode
        return self.transform.apply(image if image.mode == mode else image.convert(mode))


def to_rgb(mode: str, icc: bytes | None) -> ToRgb:
    """Decide how pixels of a Pillow mode with a profile become RGB.

    An RGB profile is kept with the pixels. CMYK, Lab and grey ones are used up: their pixels become sRGB,
    with the relative colorimetric intent and black point compensation. A profile that is damaged or belongs
    to other colours than the pixels' is left out, with a warning.

    Parameters
    ----------
    mode : str
        Pillow's.
    icc : bytes or None
        The file's profile.
    """
    profile = _opened(icc)
    damaged = (_DAMAGED,) if icc and profile is None else ()
    space = profile.profile.xcolor_space if profile else ""
    if mode == "CMYK":
        return _from_cmyk(profile if space == "CMYK" else None, damaged)
    if mode == "LAB":
        warn = Warn("lab-converted", "The photo was in Lab colours; it was converted to sRGB.")
        return ToRgb(
            None, _transform(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), "LAB"), (warn,)
        )
    if profile is None or space == "RGB ":
        return ToRgb(icc if profile else None, None, damaged)
    if space == "GRAY" and mode in ("1", "L", "LA"):
        return _from_grey(profile)
    sentence = f"The {space.strip()} colour profile cannot be kept with these pixels as RGB; it was left out."
    return ToRgb(None, None, (Warn("icc-dropped", sentence),))


def _opened(icc: bytes | None) -> ImageCms.ImageCmsProfile | None:
    if not icc:
        return None
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(icc))
    except OSError:
        return None


def _transform(profile: ImageCms.ImageCmsProfile, mode: str) -> ImageCms.ImageCmsTransform | None:
    srgb = ImageCms.createProfile("sRGB")
    try:
        return ImageCms.buildTransform(profile, srgb, mode, "RGB", _INTENT, _FLAGS)
    except ImageCms.PyCMSError:
        return None


def _from_cmyk(profile: ImageCms.ImageCmsProfile | None, damaged: tuple[Warn, ...]) -> ToRgb:
    transform = _transform(profile, "CMYK") if profile else None
    how = "through its own profile" if transform else "without a profile, so its colours are approximate"
    warn = Warn("cmyk-converted", f"The photo was in CMYK; it was converted to sRGB {how}.")
    return ToRgb(None, transform, (*damaged, warn))


def _from_grey(profile: ImageCms.ImageCmsProfile) -> ToRgb:
    transform = _transform(profile, "L")
    if transform is None:
        return ToRgb(None, None, (_DAMAGED,))
    warn = Warn("grey-converted", "The photo had a grey colour profile; it was converted to sRGB.")
    return ToRgb(None, transform, (warn,))
