"""Studio backdrops drawn in code: a wall that sweeps into a floor, under soft light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..types import Pixels
from .dither import Target, enlarge
from .light import Floats, from_light, to_light

CELLS = 512  # on the longer side: the light is smooth, so that more would show nothing
HORIZON = 0.7  # share of the height at which the sweep is halfway from wall to floor
SWEEP = 0.09  # its width


@dataclass(frozen=True, slots=True)
class Look:
    """One studio.

    Attributes
    ----------
    wall, floor : (int, int, int)
        sRGB colours where the light is brightest.
    falloff : float
        How fast the light fades away from its middle.
    """

    wall: tuple[int, int, int]
    floor: tuple[int, int, int]
    falloff: float


LOOKS = {
    "studio-white": Look((250, 250, 250), (255, 255, 255), 0.35),
    "studio-grey": Look((196, 198, 201), (214, 215, 217), 0.8),
    "studio-warm": Look((232, 217, 198), (240, 228, 212), 0.7),
    "studio-dark": Look((62, 64, 69), (48, 49, 53), 1.8),
}


def paint_studio(name: str, shape: tuple[int, int], target: Target) -> Pixels:
    """Paint one of :data:`LOOKS` as H×W×3."""
    factor = max(1, -(-max(shape) // CELLS))
    cells = -(-shape[0] // factor), -(-shape[1] // factor)
    return enlarge(_light(LOOKS[name], cells), factor, shape, target)


def _light(look: Look, shape: tuple[int, int]) -> Floats:
    """Return h×w×3 sRGB values in [0, 1].

    The wall fades as ``1 / (1 + falloff·d²)²`` with the distance from the middle of its light, as under a
    soft lamp; so does the floor, from a flat pool under the subject.
    """
    y = ((np.arange(shape[0]) + 0.5) / shape[0])[:, None]
    x = (((np.arange(shape[1]) + 0.5) / shape[1]) - 0.5)[None] * min(shape[1] / shape[0], 1.5)
    wall = _fade(look.falloff, np.hypot(x, y - 0.4))
    floor = _fade(look.falloff, np.hypot(x, 2 * (y - 0.86)))
    share = 1 / (1 + np.exp(-(y - HORIZON) / (SWEEP / 2)))
    colours = to_light(np.array([look.wall, look.floor]) / 255)
    lit = [shade[..., None] * colour for shade, colour in zip((wall, floor), colours, strict=True)]
    light = lit[0] * (1 - share[..., None]) + lit[1] * share[..., None]
    return from_light(light).astype(np.float32)


def _fade(falloff: float, distance: Floats) -> Floats:
    return 1 / (1 + falloff * distance**2) ** 2
