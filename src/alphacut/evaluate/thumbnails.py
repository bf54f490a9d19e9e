"""Small pictures for the report."""

from __future__ import annotations

import cv2
import numpy as np

from ..types import Alpha, Pixels, depth_of

SIDE = 200


def thumbnail(picture: Pixels | Alpha, side: int = SIDE) -> bytes:
    """Return an H×W matte in [0, 1] or an H×W×3 RGB photo as a JPEG whose longer side is at most `side`."""
    top = 1.0 if picture.ndim == 2 else float(depth_of(picture))  # type: ignore[arg-type]
    scale = min(1.0, side / max(picture.shape[:2]))
    size = tuple(max(1, round(length * scale)) for length in picture.shape[1::-1])
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32) * (255 / top)
    eight = np.rint(small).astype(np.uint8)
    _, data = cv2.imencode(".jpg", eight if eight.ndim == 2 else eight[..., ::-1])
    return bytes(data)
