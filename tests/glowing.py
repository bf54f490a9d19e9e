"""Clips that glow where the subject is, so that the network of one layer finds it: the drawn alpha is the truth."""

import numpy as np

import drawn_clips as drawn

ROUND = 20
"""Frames until the disc is where it was."""


def alpha_of(number, width=drawn.WIDTH, height=drawn.HEIGHT):
    """Return what the network should say of frame `number`, in [0, 1]: a disc that goes right, and begins anew."""
    return drawn.disc(number % ROUND, width, height)[..., 3] / 255


def glow(number, width=drawn.WIDTH, height=drawn.HEIGHT):
    """RGBA, opaque: white where the subject is, black elsewhere."""
    light = np.rint(alpha_of(number, width, height) * 255).astype(np.uint8)
    return np.dstack([light, light, light, np.full_like(light, 255)])


def write(path, count=24, **drawing):
    """Write a clip of so many frames."""
    return drawn.write_clip(path, drawn.Drawing(times=drawn.steady(count), **drawing), glow)
