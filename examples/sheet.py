"""Lay photos and their cutouts on checkerboard, black and magenta, side by side, to look at."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

TILE = 320


def checkerboard(side: int) -> Image.Image:
    """Return a grey checkerboard."""
    row, column = np.indices((side, side)) // 16
    return Image.fromarray(np.where((row + column) % 2, 255, 204).astype(np.uint8)).convert("RGB")


def tiles(photo: Path, cutout: Path) -> list[Image.Image]:
    """Return the photo and its cutout on each ground, all of one size."""
    original = Image.open(photo).convert("RGB")
    subject = Image.open(cutout).convert("RGBA")
    grounds = [
        checkerboard(TILE),
        Image.new("RGB", (TILE, TILE), "black"),
        Image.new("RGB", (TILE, TILE), "magenta"),
    ]
    result = [Image.new("RGB", (TILE, TILE), "white")]
    original.thumbnail((TILE, TILE))
    result[0].paste(original)
    # Premultiplied while it shrinks, or hidden colours would bleed in.
    subject = subject.convert("RGBa")
    subject.thumbnail((TILE, TILE))
    subject = subject.convert("RGBA")
    for ground in grounds:
        ground.paste(subject, (0, 0), subject)
        result.append(ground)
    return result


photos, cutouts, target = (Path(argument) for argument in sys.argv[1:4])
rows = [tiles(photo, cutouts / f"{photo.stem}.png") for photo in sorted(photos.iterdir())]
sheet = Image.new("RGB", (4 * TILE, len(rows) * TILE))
for top, row in enumerate(rows):
    for left, tile in enumerate(row):
        sheet.paste(tile, (left * TILE, top * TILE))
sheet.save(target)
