"""Clips whose alpha is known exactly, soft edges too, for `bench/video.py` and `alphacut eval`.

    python bench/draw_clips.py OUT [--hair PHOTO MASK BACKGROUND] [--fur PHOTO MASK BACKGROUND] [--wheel BACKGROUND]
        [--frames 40] [--size 640x480]

PHOTO and MASK are a photo and its true alpha, BACKGROUND is another photo. `hair` drifts, turns and sways like hair in
the wind, faster towards the top; `fur` does so less, and a post passes in front of it; `wheel` is a wheel of thin
spokes that rolls. The background pans the other way. OUT gets a folder for each, with frames/ and alpha/.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from alphacut.foreground import estimate_foreground

NOISE = 2.0
"""Standard deviation of a frame's own noise, in levels of 255: no camera is without."""
POST = 70.0
"""The grey of the post."""
MARGIN = 1.1
"""How much larger than the frame a photo is laid, so that what its sides cut stays outside."""
BLUR = 0.015
"""How far out of focus a background is: a share of the frame's width."""


@dataclass(frozen=True)
class Motion:
    """How a subject moves: shares of the frame's height, degrees, and whether a post passes before it."""

    drift: float = 0.05
    turn: float = 2.0
    sway: float = 0.0
    post: bool = False


def read(path, flags=cv2.IMREAD_COLOR):
    image = cv2.imread(str(path), flags)
    if image is None:
        raise SystemExit(f"{path}: cannot be read as a picture")
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def cover(image, size, more=1.0):
    """Return the upper middle of an image at width and height `size`, times `more`."""
    width, height = (round(side * more) for side in size)
    scale = max(width / image.shape[1], height / image.shape[0])
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    left = max(0, (image.shape[1] - width) // 2)
    return image[:height, left : left + width]


def panned(background, size, share):
    """Return the part of a background that shows when `share` of its pan is done."""
    wide = cv2.GaussianBlur(cover(background, size, MARGIN), (0, 0), BLUR * size[0])
    left = (wide.shape[1] - size[0]) * (1 - share)
    shift = np.float32([[1, 0, -left], [0, 1, -(wide.shape[0] - size[1]) / 2]])
    return cv2.warpAffine(wide, shift, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def moved(layer, size, motion, share):
    """Return colours times alpha, and alpha, at one time: each place of the frame looks up where it comes from."""
    height, width = size[1], size[0]
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    phase = 2 * np.pi * share
    angle = np.deg2rad(motion.turn * np.sin(phase))
    x, y = across - width / 2, down - height / 2
    x, y = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    x -= motion.drift * height * np.sin(2 * phase)
    y -= motion.drift * height * np.cos(phase) / 2
    top = np.clip(1 - down / height, 0, 1) ** 2
    x += motion.sway * height * top * np.sin(down / height * 9 - 6 * phase)
    # The photo's top is the frame's: its other sides may cut the subject.
    places = np.dstack([x + layer.shape[1] / 2, y + (0.5 + motion.drift) * height]).astype(np.float32)
    found = cv2.remap(layer, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return found[..., :3], found[..., 3]


def of_photo(photo, mask, background, motion, size):
    """Return a photo's subject in front of a background, at any share of a clip."""
    pixels, behind = read(photo), read(background)
    alpha = read(mask, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
    colours = estimate_foreground(pixels, alpha).astype(np.float32)
    layer = cover(np.dstack([colours * alpha[..., None], alpha]), size, MARGIN)

    def at(share):
        seen = 1 - post(size, share) if motion.post else np.ones(size[::-1], np.float32)
        colours, alpha = moved(layer, size, motion, share)
        rest = panned(behind, size, share) * (1 - alpha[..., None])
        return POST * (1 - seen[..., None]) + (colours + rest) * seen[..., None], alpha * seen

    return at


def post(size, share):
    """Return where a post is that passes from the left to the right, in [0, 1]."""
    middle = size[0] * (1.6 * share - 0.3)
    across = np.abs(np.arange(size[0], dtype=np.float32) - middle)
    return np.broadcast_to(np.clip(0.04 * size[0] - across + 0.5, 0, 1), size[::-1]).astype(np.float32)


def wheel(background, size):
    """Return a rolling wheel of thin spokes in front of a background, drawn at four times the size."""
    behind = read(background)

    def at(share):
        width, height = (4 * side for side in size)
        radius, middle = 0.38 * height, (width * (0.3 + 0.4 * share), height * 0.55)
        turned = (middle[0] - 0.3 * width) / radius
        alpha, colours = np.zeros((height, width), np.uint8), np.zeros((height, width, 3), np.uint8)
        spot = tuple(round(side) for side in middle)
        for k in range(18):
            angle = turned + 2 * np.pi * k / 18
            end = tuple(round(m + radius * f(angle)) for m, f in zip(middle, (np.cos, np.sin), strict=True))
            for plane, colour in ((alpha, 255), (colours, (190, 190, 200))):
                cv2.line(plane, spot, end, colour, 9)
        for plane, tyre, hub in ((alpha, 255, 255), (colours, (35, 33, 30), (150, 40, 30))):
            cv2.circle(plane, spot, round(radius), tyre, 76)
            cv2.circle(plane, spot, round(radius / 7), hub, -1)
        small = (
            cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_AREA)
            for plane in (alpha, colours)
        )
        alpha, colours = next(small) / 255, next(small)
        return colours + panned(behind, size, share) * (1 - alpha[..., None]), alpha

    return at


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    for name in ("hair", "fur"):
        parser.add_argument(f"--{name}", nargs=3, metavar=("PHOTO", "MASK", "BACKGROUND"))
    parser.add_argument("--wheel", metavar="BACKGROUND")
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--size", default="640x480")
    given = parser.parse_args()
    size = tuple(map(int, given.size.split("x")))
    clips = {}
    if given.hair:
        clips["hair"] = of_photo(*given.hair, Motion(sway=0.02), size)
    if given.fur:
        clips["fur"] = of_photo(*given.fur, Motion(turn=4, sway=0.005, post=True), size)
    if given.wheel:
        clips["wheel"] = wheel(given.wheel, size)
    for name, at in clips.items():
        noise = np.random.default_rng(1)
        for folder in ("frames", "alpha"):
            Path(given.out, name, folder).mkdir(parents=True, exist_ok=True)
        for k in range(given.frames):
            pixels, alpha = at(k / given.frames)
            pixels = np.clip(pixels + noise.normal(0, NOISE, pixels.shape) + 0.5, 0, 255).astype(np.uint8)
            cv2.imwrite(str(given.out / name / "frames" / f"{k:03}.png"), pixels[..., ::-1])
            cv2.imwrite(
                str(given.out / name / "alpha" / f"{k:03}.png"), np.rint(alpha * 255).astype(np.uint8)
            )
        print(given.out / name)


if __name__ == "__main__":
    main()
