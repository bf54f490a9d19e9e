"""Real photos that may be shown, written to a folder: scikit-image's own."""

import sys
from pathlib import Path

from PIL import Image
from skimage import data

NAMES = ("astronaut", "cat", "coffee", "rocket")


def write_photos(folder: Path) -> list[Path]:
    """Write the photos as JPEG and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in NAMES:
        path = folder / f"{name}.jpg"
        Image.fromarray(getattr(data, name)()).save(path, quality=95)
        paths.append(path)
    return paths


if __name__ == "__main__":
    for written in write_photos(Path(sys.argv[1])):
        print(written)
