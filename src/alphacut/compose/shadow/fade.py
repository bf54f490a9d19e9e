"""Let a shadow end before the border of the picture, which some marketplaces want clean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .look import Shadow

BLOCKS = 16  # pixels: a JPEG with halved colours spreads what lies in a block over all of it
FADE = 0.03  # of the shortest side: over this the shadow comes to its own strength


def off_border(shadow: Shadow, border: float) -> Shadow:
    """Return a shadow that is nowhere near the border.

    Parameters
    ----------
    shadow : Shadow
        H×W.
    border : float
        Width of what stays clean, as a share of the shortest side.
    """
    height, width = shadow.opacity.shape
    short = min(height, width)
    clean, over = border * short + BLOCKS, max(1.0, FADE * short)

    def along(length: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        inside = np.arange(length, dtype=np.float32) + 0.5
        share = np.clip((np.minimum(inside, length - inside) - clean) / over, 0, 1)
        smooth: np.ndarray[tuple[int], np.dtype[np.float32]] = (share * share * (3 - 2 * share)).astype(
            np.float32
        )
        return smooth

    return replace(shadow, opacity=shadow.opacity * along(height)[:, None] * along(width))
