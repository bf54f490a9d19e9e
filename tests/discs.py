"""A disc on a plain ground: the easiest photo there is, with its alpha."""

import numpy as np

from alphacut.types import Photo


def disc(size=500, radius=150, value=1.0):
    """A disc with an edge one pixel wide."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    return (np.clip(radius - np.hypot(x, y) + 0.5, 0, 1) * value).astype(np.float32)


def painted(alpha, foreground, background):
    """The photo of an alpha with two colours and a little noise."""
    noise = np.random.default_rng(0).normal(0, 4, (*alpha.shape, 3))
    mix = alpha[..., None] * np.array(foreground) + (1 - alpha[..., None]) * np.array(background)
    return Photo(np.clip(mix + noise, 0, 255).astype(np.uint8))
