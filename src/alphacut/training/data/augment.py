"""How a sample is varied: each function takes a sample and a generator and gives another; a table says how often."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ...foreground import estimate_foreground
from ...infer.geometry import resize
from ...types import Alpha

Plane = NDArray[np.float32]
Colours = NDArray[np.float32]
"""H×W×3 in [0, 1], encoded as sRGB."""

KEPT = 0.95
"""Share of the subject that a crop has to keep."""
SHADOW_SIDE = 128
"""Longest side that shadows are drawn at; they are too soft to need more."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An image and its truth while they are varied; the layers are there once it was composed.

    Attributes
    ----------
    image : Colours
    alpha : Alpha
        H×W in [0, 1].
    foreground, background : Colours or None
        What the image was composed of, varied with it; noise and JPEG are in the image alone.
    """

    image: Colours
    alpha: Alpha
    foreground: Colours | None = None
    background: Colours | None = None

    def each(self, change: Callable[[Plane], Plane]) -> Sample:
        """Return the sample with every picture of it changed alike."""
        front, behind = self.foreground, self.background
        return Sample(
            change(self.image),
            change(self.alpha),
            None if front is None else change(front),
            None if behind is None else change(behind),
        )

    def coloured(self, change: Callable[[Colours], Colours]) -> Sample:
        """Return the sample with its colours changed: those of the layers, which are then composed anew."""
        if self.foreground is None or self.background is None:
            return dataclasses.replace(self, image=change(self.image))
        return layered(change(self.foreground), change(self.background), self.alpha)


def crop(image: NDArray[np.uint8], alpha: Alpha, random: Generator) -> tuple[NDArray[np.uint8], Alpha]:
    """Take a part of 60 to 100 % of each side of a photo and of its truth, before they are resized.

    One that would lose more than a twentieth of the subject is not taken: a tenth of a person is the head.
    """
    height, width = alpha.shape
    h, w = (
        max(1, round(side * share))
        for side, share in zip(alpha.shape, random.uniform(0.6, 1, 2), strict=True)
    )
    top, left = (int(random.integers(0, room + 1)) for room in (height - h, width - w))
    box = np.s_[top : top + h, left : left + w]
    if alpha[box].sum() < KEPT * alpha.sum():
        return image, alpha
    return image[box], alpha[box]


def flip(sample: Sample, _random: Generator) -> Sample:
    """Mirror left and right."""
    return sample.each(lambda picture: cast(Plane, cv2.flip(picture, 1)))


def turn(sample: Sample, random: Generator) -> Sample:
    """Turn by up to 12 degrees about the middle; what comes in from outside is mirrored."""
    height, width = sample.alpha.shape
    # Corners of pixels count from 0, their middles from a half.
    middle = (width - 1) / 2, (height - 1) / 2
    matrix = cv2.getRotationMatrix2D(middle, float(random.uniform(-12, 12)), 1)
    return sample.each(
        lambda picture: cast(
            Plane, cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
        )
    )


def colour(sample: Sample, random: Generator) -> Sample:
    """Change exposure, the light's colour, contrast and saturation, of the photo as a camera would."""
    exposure = np.exp(random.uniform(-0.25, 0.25)) * np.exp(random.uniform(-0.1, 0.1, 3))
    power = float(np.exp(random.uniform(-0.25, 0.25)))
    saturation = random.uniform(0.5, 1.4)
    # Towards the mean of the three, or away from it: one product of matrices a pixel.
    mixed = saturation * np.eye(3) + (1 - saturation) / 3

    def changed(picture: Colours) -> Colours:
        lit = clipped(picture * exposure.astype(np.float32))
        return clipped(cv2.transform(cv2.pow(lit, power, lit), mixed))

    return sample.coloured(changed)


def grey(sample: Sample, _random: Generator) -> Sample:
    """Take the colour away."""
    return sample.coloured(lambda picture: clipped(cv2.transform(picture, np.full((3, 3), 1 / 3))))


def blur(sample: Sample, random: Generator) -> Sample:
    """Put the photo out of focus, and the truth with it: where an edge is soft, the subject covers part of a pixel."""
    sigma = float(random.uniform(0.4, 1.4))
    return sample.each(lambda picture: clipped(cv2.GaussianBlur(picture, (0, 0), sigma)))


def noise(sample: Sample, random: Generator) -> Sample:
    """Add a sensor's noise."""
    grain = random.standard_normal(sample.image.shape, np.float32) * np.float32(random.uniform(0.005, 0.04))
    grain += sample.image
    return dataclasses.replace(sample, image=clipped(grain))


def jpeg(sample: Sample, random: Generator) -> Sample:
    """Save the photo as JPEG of quality 30 to 90 and open it."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(30, 91))]
    data = cv2.imencode(".jpg", cv2.cvtColor(bytes_of(sample.image), cv2.COLOR_RGB2BGR), quality)[1]
    decoded = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return dataclasses.replace(sample, image=floats_of(decoded))


def onto(sample: Sample, background: Colours, random: Generator) -> Sample:
    """Put the subject, in its own estimated colours, before another background, half of the time with a shadow."""
    behind = covering(background, sample.alpha.shape, random)
    if random.random() < 0.5:
        behind = shaded(behind, sample.alpha, random)
    # The photo's own edges hold the old background, and a network would learn to look for that seam.
    return layered(floats_of(estimate_foreground(bytes_of(sample.image), sample.alpha)), behind, sample.alpha)


def layered(front: Colours, behind: Colours, alpha: Alpha) -> Sample:
    """Return the sample that shows the front before what is behind it."""
    image = front - behind
    image *= alpha[..., None]
    image += behind
    return Sample(clipped(image), alpha, front, behind)


def covering(picture: Colours, size: tuple[int, ...], random: Generator) -> Colours:
    """Return a part of a picture, as large as there is room for, in height × width."""
    height, width = size
    scale = max(height / picture.shape[0], width / picture.shape[1])
    # One of the two is the picture's own side.
    h, w = (max(1, min(have, round(want / scale))) for have, want in zip(picture.shape, size, strict=False))
    top, left = (
        int(random.integers(0, have - side + 1)) for have, side in zip(picture.shape, (h, w), strict=False)
    )
    return clipped(resize(picture[top : top + h, left : left + w], (height, width)))


def shaded(behind: Colours, alpha: Alpha, random: Generator) -> Colours:
    """Return a background with the subject's soft shadow on it, moved by up to an eighth of the picture."""
    scale = min(1, SHADOW_SIDE / max(alpha.shape))
    height, width = (max(1, round(side * scale)) for side in alpha.shape)
    right, down = random.uniform(-1, 1) * width / 8, random.uniform(0, 1) * height / 8
    matrix = np.array([[1, 0, right], [0, 1, down]])
    moved = cv2.warpAffine(resize(alpha, (height, width)), matrix, (width, height))
    soft = cv2.GaussianBlur(moved, (0, 0), float(random.uniform(0.01, 0.05)) * max(height, width))
    dark = clipped(resize(soft, behind.shape[:2])) * np.float32(random.uniform(0.2, 0.6))
    return behind * (1 - dark[..., None])


def clipped(picture: Plane) -> Plane:
    """Put a new picture's values into [0, 1], in place, and return it."""
    return np.clip(picture, 0, 1, out=picture)


def bytes_of(picture: Colours) -> NDArray[np.uint8]:
    """Return values in [0, 1] as 0 to 255."""
    return cast("NDArray[np.uint8]", cv2.convertScaleAbs(picture, alpha=255))


def floats_of(pixels: NDArray[np.integer]) -> Colours:
    """Return 0 to 255 as values in [0, 1]."""
    return cast(Colours, np.multiply(pixels, np.float32(1 / 255), dtype=np.float32))


CHANGES: Mapping[str, Callable[[Sample, Generator], Sample]] = {
    "flip": flip,
    "turn": turn,
    "colour": colour,
    "grey": grey,
    "blur": blur,
    "noise": noise,
    "jpeg": jpeg,
}
"""In the order in which they are done: light falls on the scene before the lens and the file have their part."""

VARIATIONS = ("crop", *CHANGES)
"""Everything that a share can be given for."""

USUAL: Mapping[str, float] = {
    "crop": 0.5,
    "flip": 0.5,
    "turn": 0.2,
    "colour": 0.6,
    "grey": 0.05,
    "blur": 0.1,
    "noise": 0.1,
    "jpeg": 0.3,
}
"""How often each is done where a configuration does not say."""


def vary(sample: Sample, random: Generator, shares: Mapping[str, float]) -> Sample:
    """Return the sample varied: each of `CHANGES` is done with its share, of 0 to 1."""
    # A stream for each, done or not: a share that is changed leaves the others' draws as they were.
    for (name, change), own in zip(CHANGES.items(), random.spawn(len(CHANGES)), strict=True):
        if own.random() < shares.get(name, 0):
            sample = change(sample, own)
    return sample
