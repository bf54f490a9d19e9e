"""Expert: a network that knows nothing learns to find the subject, in scenes that are drawn here.

python examples/train_from_scratch.py scenes            the whole: some minutes on two cores
python examples/train_from_scratch.py scenes --steps 2  only to see that it runs
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from PIL import Image

from alphacut.training.config_file import read_config
from alphacut.training.log import Row, read_log
from alphacut.training.loop import train

SIDE, TIMES = 64, 4
"""Pixels of a scene's side, and how many times as large it is drawn."""
CONFIG = """\
network = "u2netp"      # 1.1 million parameters, and no `init`: it begins from nothing

[data]
train = ["train"]
validate = ["validate"]
size = [{side}, {side}]
workers = 1
[data.shares]           # the scenes vary enough
flip = 0.5

[run]
steps = {steps}
batch = 8
rate = 2e-3
warmup = 20
average = 0.95
freeze_norms = false    # from nothing, the normalisations have to learn too
validate_every = {every}
"""


def palette_of(random: Generator) -> np.ndarray:
    """Return four colours that can be told apart, 4×3 in [0, 1]."""
    while True:
        colours = random.random((4, 3))
        apart = np.linalg.norm(colours[:, None] - colours[None], axis=2) + np.eye(4)
        if apart.min() > 0.4:
            return colours


def blotches(random: Generator, colours: np.ndarray) -> np.ndarray:
    """Return a surface of soft blotches of two colours, H×W×3 in [0, 1]."""
    share = cv2.resize(random.random((5, 5)), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return mixed(colours, share)


def stripes(random: Generator, colours: np.ndarray) -> np.ndarray:
    """Return a surface of stripes of two colours in any direction."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    turn = random.uniform(0, np.pi)
    waves = random.uniform(7, 12) * (np.cos(turn) * x + np.sin(turn) * y)
    return mixed(colours, 0.5 + 0.5 * np.sin(2 * np.pi * (waves + random.random())))


def mixed(colours: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return two colours in shares of the second."""
    return colours[0] + np.clip(share, 0, 1)[..., None] * (colours[1] - colours[0])


def shape(random: Generator, reach: float, margin: float) -> np.ndarray:
    """Return the coverage, H×W×1, of a many-cornered or round shape that reaches so far from its middle."""
    side = SIDE * TIMES
    corners = int(random.integers(3, 10))
    angles = (np.arange(corners) + random.uniform(0, 0.6, corners)) * 2 * np.pi / corners
    radii = reach * random.uniform(0.6, 1, corners)
    middle = random.uniform(margin, 1 - margin, 2)
    mask = np.zeros((side, side), np.uint8)
    if random.random() < 0.6:
        points = (middle + radii[:, None] * np.stack((np.cos(angles), np.sin(angles)), 1)) * side
        cv2.fillPoly(mask, [points.astype(np.int32)], 255)
    else:
        axes = (radii[:2] * side).astype(int).tolist()
        cv2.ellipse(mask, (middle * side).astype(int).tolist(), axes, random.uniform(0, 180), 0, 360, 255, -1)
    return cv2.resize(mask, (SIDE, SIDE), interpolation=cv2.INTER_AREA)[..., None] / 255


def scene(random: Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return a photo and its mask: one large striped thing before small blotched ones that have its colours too."""
    palette = palette_of(random)
    image = blotches(random, palette[:2])
    for _ in range(int(random.integers(4, 9))):
        colours = palette[random.choice(4, 2, replace=False)]
        image += shape(random, random.uniform(0.05, 0.14), 0) * (blotches(random, colours) - image)
    subject = shape(random, random.uniform(0.28, 0.44), 0.38)
    image += subject * (stripes(random, palette[2:]) - image)
    image += random.normal(0, 0.02, image.shape)
    photo, mask = (np.rint(np.clip(each, 0, 1) * 255).astype(np.uint8) for each in (image, subject[..., 0]))
    return photo, mask


def write_scenes(folder: Path, count: int, seed: int) -> None:
    """Write scenes as a folder that training reads: images/ and masks/."""
    for number in range(count):
        for name, pixels in zip(
            ("images", "masks"), scene(np.random.default_rng([seed, number])), strict=True
        ):
            path = folder / name / f"{number:04}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)


def tell(row: Row) -> None:
    """Show how it goes."""
    if "validation" in row:
        print(f"step {row['step']}: IoU {row['validation']['iou']:.3f}", flush=True)


def main() -> None:
    """Draw, train, and say how well the scenes that were held back are cut out before and after."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=400)
    given = parser.parse_args()

    write_scenes(given.folder / "train", min(400, 8 * given.steps), seed=1)
    write_scenes(given.folder / "validate", 30, seed=2)
    config = given.folder / "train.toml"
    config.write_text(CONFIG.format(side=SIDE, steps=given.steps, every=max(2, given.steps // 8)))

    finish = train(read_config(config), given.folder / "run", tell)
    rows = read_log(given.folder / "run" / "log.jsonl")
    scores = [row["validation"]["iou"] for row in rows if "validation" in row]
    print(f"IoU on scenes that it never saw: {scores[0]:.3f} before, {max(scores):.3f} after")
    print(f"the network: {finish.best}")


if __name__ == "__main__":
    main()
