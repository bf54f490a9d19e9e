"""What `whole.spec.ts` asks of Python: photos to open, and what the package makes of the same matte and recipe.

``python whole.py photos FOLDER``; ``python whole.py compare PHOTO MATTE RECIPE FILE...`` writes a row for each file.
"""

import json
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps
from skimage import data

from alphacut import cut
from alphacut.recipe import load_recipe

TURNED = 6
"""EXIF: the camera was held upright, so the picture lies on its side."""


def photos(folder: Path) -> None:
    """Write two photos: a JPEG that lies on its side and knows where it was taken, and a PNG."""
    upright = Image.fromarray(data.astronaut()[:384]).resize((1080, 810), Image.Resampling.LANCZOS)
    exif = Image.Exif()
    exif[0x0112] = TURNED
    exif.get_ifd(0x8825)[1] = "N"  # the place
    upright.transpose(Image.Transpose.ROTATE_90).save(folder / "astronaut.jpg", quality=93, exif=exif)
    Image.fromarray(data.cat()).save(folder / "cat.png")


def compare(photo: Path, matte: Path, recipe: Path, files: list[Path]) -> None:
    """Say how far each file of the page is from the one that the package writes, of 255."""
    colours = ImageOps.exif_transpose(Image.open(photo)).convert("RGB")
    options = replace(load_recipe(recipe), source_alpha="keep", format=None)
    cutout = cut(np.dstack([np.asarray(colours), np.asarray(Image.open(matte))]), options)
    rows = []
    for file in files:
        kind = "jpeg" if file.suffix == ".jpg" else file.suffix[1:]
        ours = seen(cutout.encode(kind))
        theirs = seen(file.read_bytes())
        far = np.abs(ours - theirs) if ours.shape == theirs.shape else np.full((1, 1, 1), 255.0)
        rows.append(
            {
                "file": file.name,
                "size": [*theirs.shape[1::-1]],
                "mean": round(float(far.mean()), 3),
                "worst_square": round(float(cv2.blur(far.max(2), (16, 16)).max()), 2),
                "worst": round(float(far.max())),
            }
        )
    sys.stdout.write(json.dumps(rows))


def seen(file: bytes) -> np.ndarray:
    """Return a file's colours, and over white and black where it has an alpha, as floats."""
    pixels = np.asarray(Image.open(BytesIO(file))).astype(np.float32)
    if pixels.shape[2] == 3:
        return pixels
    shown, alpha = pixels[..., :3], pixels[..., 3:] / 255
    return np.concatenate([shown * alpha, shown * alpha + 255 * (1 - alpha)], 2)


if __name__ == "__main__":
    command, *paths = sys.argv[1], *map(Path, sys.argv[2:])
    if command == "photos":
        photos(*paths)
    else:
        compare(*paths[:3], paths[3:])
