"""Paint what stands behind the subject, whatever it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..backdrops import Backdrop, Blur, Gradient, Still, Studio, parse_backdrop
from ..types import Alpha, Pixels
from .background import solid
from .bokeh import paint_blur
from .dither import Target
from .gradient import paint_gradient
from .still import load_still, paint_still
from .studio import paint_studio

__all__ = ["Backdrop", "Scene", "paint", "parse_backdrop", "prepare"]


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to stand before the backdrop.

    Attributes
    ----------
    pixels : ndarray
        The photo on its canvas, H×W×3; its type is the backdrop's. Only a blur looks at its values, and only
        a blur needs it to have the canvas's size.
    alpha : Alpha
        The subject's, of the same size.
    missing : ndarray of bool, optional
        Where the canvas has no photo.
    icc : bytes, optional
        The photo's profile, in which the backdrop is painted.
    """

    pixels: Pixels
    alpha: Alpha
    missing: NDArray[np.bool_] | None = None
    icc: bytes | None = None


def prepare(backdrop: Backdrop, max_pixels: int | None = None) -> Backdrop:
    """Return the same with what it needs from files read, once for many photos and before the first is cut.

    Parameters
    ----------
    backdrop : Backdrop
    max_pixels : int, optional
        Largest picture that is decoded; the options' default without it.

    Raises
    ------
    OptionError
        The picture is missing, broken, too large or no picture.
    """
    if isinstance(backdrop.kind, Still):
        return replace(backdrop, kind=load_still(backdrop.kind, max_pixels))
    return backdrop


def paint(backdrop: Backdrop, size: tuple[int, int], scene: Scene) -> Pixels:
    """Paint a backdrop.

    Parameters
    ----------
    backdrop : Backdrop
    size : (int, int)
        Height and width of the canvas.
    scene : Scene

    Returns
    -------
    ndarray
        Of the photo's type and in its colours: H×W×3, or H×W×4 with straight alpha where something shows
        through; then `backdrop.is_opaque` is false.

    Raises
    ------
    InputError
        A blur, and the subject leaves no background; or the photo's profile cannot be converted to.
    OptionError
        A picture that was not prepared cannot be read.
    ValueError
        A blur, and the scene has not the canvas's size.
    """
    kind, like = backdrop.kind, scene.pixels
    if isinstance(kind, Blur):
        if scene.alpha.shape != size or like.shape[:2] != size:
            raise ValueError(f"scene: expected the canvas's size {size}, got {like.shape[:2]}")
        return paint_blur(like, scene.alpha, scene.missing, kind.radius, Target(like.dtype))
    target = Target.of(like, scene.icc)
    if isinstance(kind, Gradient):
        return paint_gradient(kind, size, target)
    if isinstance(kind, Studio):
        return paint_studio(kind.name, size, target)
    if isinstance(kind, Still):
        return paint_still(kind, size, target, scene.icc)
    return solid(kind or (0, 0, 0, 0), size, like.dtype, scene.icc)
