"""What the tests of batches share: small drawn photos, and what came of them."""

import numpy as np
from PIL import Image

from alphacut import Options

OPTIONS = Options(model="tiny", decontaminate=False)


def draw(path, seed=0, size=(24, 32)):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (*size, 3), np.uint8)
    Image.fromarray(pixels).save(path)


def results(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.suffix == ".png"}
