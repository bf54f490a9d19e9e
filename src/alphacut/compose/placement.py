"""How a subject is laid onto a canvas, and exactly back: images, points and boxes by one object."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..infer.geometry import PointMap, Size, expect_size, resize
from ..types import Alpha, Pixels, check_pixels
from .resample import resample
from .subject import Box


@dataclass(frozen=True, slots=True)
class Placement(PointMap):
    """The map from a photo to a canvas and its inverse.

    The `window` of the photo is resized to `content` and laid at `offset`; what then lies outside the canvas
    is cut, and the rest of the canvas is empty.

    Attributes
    ----------
    source : (int, int)
        Height and width of the photo.
    canvas : (int, int)
        Height and width of the result.
    window : Box
        The part of the photo that is shown: left, top, right, bottom.
    content : (int, int)
        Height and width of the window on the canvas.
    offset : (int, int)
        Top and left of the content on the canvas; negative where it is cut.
    limited : bool
        Whether the subject is smaller than asked for, because it would have been enlarged too much.
    """

    source: Size
    canvas: Size
    window: Box
    content: Size
    offset: Size = (0, 0)
    limited: bool = False

    @property
    def scale(self) -> float:
        """Pixels of the canvas for one of the photo: above 1 the photo is enlarged."""
        return float(np.sqrt(np.prod(self._affine()[0])))

    @property
    def is_identity(self) -> bool:
        """Whether the result is the photo as it is."""
        whole = (0, 0, self.source[1], self.source[0])
        same = self.source == self.canvas == self.content
        return same and self.window == whole and self.offset == (0, 0)

    def of_all(self) -> Placement:
        """Return the same map, to half a pixel, for all of the photo that the canvas has room for.

        A subject is placed without what is around it; its surroundings and its own shadow are placed by this.
        """
        shown = self.inverse_boxes(np.array([[0, 0, self.canvas[1], self.canvas[0]]]))[0]
        left, top = np.clip(np.floor(shown[:2]), 0, np.array(self.source[::-1]) - 1).astype(int).tolist()
        right, bottom = (
            np.clip(np.ceil(shown[2:]), (left + 1, top + 1), self.source[::-1]).astype(int).tolist()
        )
        (across, down), (x, y) = self._affine()
        content = max(1, round((bottom - top) * down)), max(1, round((right - left) * across))
        offset = round(top * down + y), round(left * across + x)
        return replace(self, window=(left, top, right, bottom), content=content, offset=offset)

    def apply(self, foreground: Pixels, alpha: Alpha) -> tuple[Pixels, Alpha]:
        """Return foreground and alpha on the canvas; alpha is zero and the colour black where there is nothing.

        At scale 1 the photo's own values are kept exactly. The identity gives back the same arrays.

        Parameters
        ----------
        foreground : ndarray
            H×W×3 of the photo's size, straight.
        alpha : Alpha
            H×W.

        Raises
        ------
        ValueError
            An array that is not of the photo's size.
        """
        expect_size(foreground, self.source)
        expect_size(alpha, self.source)
        if self.is_identity:
            return foreground, alpha
        colours, weights = self._cut(foreground), self._cut(alpha)
        if self.content != weights.shape:
            colours, weights = resample(check_pixels(colours, (3,)), weights, self.content)
        return check_pixels(self._laid(colours), (3,)), self._laid(weights)

    def forward(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return an opaque `image` (of the photo's size) on the canvas; zero where there is nothing."""
        expect_size(image, self.source)
        return self._laid(resize(self._cut(image), self.content))

    def inverse(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return an `image` (of the canvas' size) in the photo's frame; zero where the canvas shows nothing of it."""
        expect_size(image, self.canvas)
        content = np.zeros((*self.content, *image.shape[2:]), image.dtype)
        on_canvas, in_content = self._overlap()
        content[in_content] = image[on_canvas]
        result = np.zeros((*self.source, *image.shape[2:]), image.dtype)
        left, top, right, bottom = self.window
        result[top:bottom, left:right] = resize(content, (bottom - top, right - left))
        return result

    def _affine(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        left, top, right, bottom = self.window
        scale = np.array([self.content[1] / (right - left), self.content[0] / (bottom - top)])
        return scale, np.array([self.offset[1], self.offset[0]]) - scale * (left, top)

    def _cut(self, image: NDArray[Any]) -> NDArray[Any]:
        left, top, right, bottom = self.window
        return image[top:bottom, left:right]

    def _laid(self, content: NDArray[Any]) -> NDArray[Any]:
        result = np.zeros((*self.canvas, *content.shape[2:]), content.dtype)
        on_canvas, in_content = self._overlap()
        result[on_canvas] = content[in_content]
        return result

    def _overlap(self) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        """Return the part that canvas and content share, in either's own coordinates."""
        starts = [max(offset, 0) for offset in self.offset]
        stops = [
            min(offset + length, side)
            for offset, length, side in zip(self.offset, self.content, self.canvas, strict=True)
        ]
        rows, columns = (slice(start, max(start, stop)) for start, stop in zip(starts, stops, strict=True))
        inner = [
            slice(part.start - offset, part.stop - offset)
            for part, offset in zip((rows, columns), self.offset, strict=True)
        ]
        return (rows, columns), (inner[0], inner[1])
