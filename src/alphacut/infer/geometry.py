"""How a photo is laid into a network's input, and exactly back: images, points and boxes by one object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Size = tuple[int, int]
"""Height and width."""

Pad = tuple[int, int, int, int]
"""Pixels around a photo: top, bottom, left, right."""

SPARE = 1.5
"""How much larger than the result a photo stays when squares of it are averaged before Lanczos."""


class PointMap:
    """The map of points and boxes from a photo to a canvas, and its exact inverse.

    Coordinates are continuous, (x, y), with pixel i covering [i, i + 1): corners map to corners, and nothing moves
    by half a pixel. A subclass says the scale and the shift, each along x and y, and maps images by the same ones.
    """

    __slots__ = ()

    def forward_points(self, points: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Map points (N×2, x and y in the photo) to the canvas."""
        scale, shift = self._affine()
        return np.asarray(points, np.float64) * scale + shift

    def inverse_points(self, points: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Map points (N×2, x and y on the canvas) to the photo."""
        scale, shift = self._affine()
        return (np.asarray(points, np.float64) - shift) / scale

    def forward_boxes(self, boxes: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Map boxes (N×4: left, top, right, bottom in the photo) to the canvas."""
        return self.forward_points(np.reshape(boxes, (-1, 2))).reshape(-1, 4)

    def inverse_boxes(self, boxes: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Map boxes (N×4: left, top, right, bottom on the canvas) to the photo."""
        return self.inverse_points(np.reshape(boxes, (-1, 2))).reshape(-1, 4)

    def _affine(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Fit(PointMap):
    """The map from a photo to a network's input and its exact inverse.

    The photo is padded by reflection, its content resized to `content` and laid at `offset` into a canvas of
    size `target`, whose rest is again reflection.

    Attributes
    ----------
    source : (int, int)
        Height and width of the photo.
    target : (int, int)
        Height and width of the network's input.
    content : (int, int)
        Height and width of the resized (padded) photo inside the target.
    offset : (int, int)
        Top and left of the content inside the target.
    pad : Pad
        Pixels of reflection around the photo before it is resized: top, bottom, left, right.
    """

    source: Size
    target: Size
    content: Size
    offset: Size = (0, 0)
    pad: Pad = (0, 0, 0, 0)

    @classmethod
    def squash(cls, source: Size, target: Size) -> Fit:
        """Stretch the photo over the whole target, as ISNet and U²-Net were trained."""
        return cls(source, target, target)

    @classmethod
    def letterbox(cls, source: Size, target: Size) -> Fit:
        """Keep the aspect and centre the photo; the bars are filled by reflection."""
        content = _scaled(source, min(target[0] / source[0], target[1] / source[1]))
        offset = ((target[0] - content[0]) // 2, (target[1] - content[1]) // 2)
        return cls(source, target, content, offset)

    @classmethod
    def aspect(cls, source: Size, target: Size, multiple: int) -> Fit:
        """Keep the aspect to within half a `multiple` and let the input be smaller than the trained `target`.

        The long side is the trained one; the short side is rounded to a multiple that the network can halve.
        No pixel is spent on a bar. For networks that take any size.
        """
        scale = min(target[0] / source[0], target[1] / source[1])
        height, width = (
            min(limit, max(multiple, round(side * scale / multiple) * multiple))
            for side, limit in zip(source, target, strict=True)
        )
        return cls(source, (height, width), (height, width))

    @property
    def _padded_source(self) -> Size:
        top, bottom, left, right = self.pad
        return self.source[0] + top + bottom, self.source[1] + left + right

    def forward(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return `image` (of the photo's size) as the network sees it (of the target's size, same type)."""
        expect_size(image, self.source)
        if any(self.pad):
            image = reflect(image, self.pad)
        image = resize(image, self.content)
        if self.content == self.target:
            return image
        top, left = self.offset
        rest = (self.target[0] - self.content[0] - top, self.target[1] - self.content[1] - left)
        return reflect(image, (top, rest[0], left, rest[1]))

    def inverse(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return `image` (of the target's size) in the photo's frame and size."""
        expect_size(image, self.target)
        top, left = self.offset
        image = image[top : top + self.content[0], left : left + self.content[1]]
        image = resize(image, self._padded_source)
        top, _, left, _ = self.pad
        return image[top : top + self.source[0], left : left + self.source[1]]

    def _affine(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        height, width = self._padded_source
        scale = np.array([self.content[1] / width, self.content[0] / height])
        shift = np.array([self.pad[2], self.pad[0]]) * scale + np.array([self.offset[1], self.offset[0]])
        return scale, shift


def expect_size(image: NDArray[Any], size: Size) -> None:
    """Raise a ValueError for an image that is not of the given height and width."""
    if image.shape[:2] != size:
        height, width = image.shape[:2]
        raise ValueError(f"image: expected {size[0]}×{size[1]} pixels, got {height}×{width}")


def resize(image: NDArray[Any], size: Size) -> NDArray[Any]:
    """Resize H×W or H×W×C to `size` (height, width), with pixel centres where they belong.

    Photos (uint8) by Lanczos' kernel, as the networks' authors and other programs do; anything else by area
    averages downwards and a cubic kernel upwards, with the cubic's overshoot cut: a constant stays constant and
    an alpha in [0, 1].
    """
    if image.dtype == np.uint8:
        return _lanczos(image, size)
    height, width = size
    smaller = (min(height, image.shape[0]), min(width, image.shape[1]))
    if smaller != image.shape[:2]:
        image = cv2.resize(image, smaller[::-1], interpolation=cv2.INTER_AREA)
    if smaller != size:
        low, high = image.min(), image.max()
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)
        np.clip(image, low, high, out=image)
    return image


def _lanczos(image: NDArray[Any], size: Size) -> NDArray[Any]:
    # Lanczos over a large photo takes a quarter of a second; averaging whole squares first, next to nothing.
    height, width = (
        max(1, round(have / max(1, int(have / want / SPARE))))
        for have, want in zip(image.shape[:2], size, strict=True)
    )
    if (height, width) != image.shape[:2]:
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(Image.fromarray(image).resize(size[::-1], Image.Resampling.LANCZOS))


def reflect(image: NDArray[Any], pad: Pad) -> NDArray[Any]:
    """Pad by reflection (the border pixel is repeated), as often as needed: top, bottom, left, right."""
    padded: NDArray[Any] = cv2.copyMakeBorder(image, *pad, borderType=cv2.BORDER_REFLECT)
    return padded


def _scaled(size: Size, scale: float) -> Size:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
