"""Expert: the steps of the pipeline by hand, with one's own refinement between them."""

import sys
from pathlib import Path

import cv2
import numpy as np

from alphacut.colours import parse_colour
from alphacut.compose.background import over
from alphacut.decode import decode
from alphacut.encode import encode
from alphacut.files import write_atomic
from alphacut.foreground import estimate_foreground
from alphacut.infer.catalog import find_card
from alphacut.infer.engines import choose, open_session
from alphacut.infer.predict import predict
from alphacut.infer.weights import ensure
from alphacut.types import Picture, check_alpha

photo = decode(sys.argv[1])

card = find_card("u2netp")
engine, device = choose("cpu")
session = open_session(card, ensure(card), device, engine, "f32")
alpha = predict(photo, card, session)

# One's own step: keep the largest subject only.
_, labels, stats, _ = cv2.connectedComponentsWithStats((alpha > 0.5).astype(np.uint8))
largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])) if len(stats) > 1 else 0
near = cv2.dilate((labels == largest).astype(np.uint8), np.ones((15, 15), np.uint8))
alpha = check_alpha(alpha * near, photo.shape)

foreground = estimate_foreground(photo.pixels, alpha)
picture = Picture(over(foreground, alpha, parse_colour("#336699")), photo.icc)
write_atomic(Path(sys.argv[2]), encode(picture, "webp"))
print(sys.argv[2])
