"""Read what a listing's background is: a colour, a linear gradient or a radial one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Alpha, Pixels, check_alpha, check_pixels, depth_of
from .gradient import share_along

Rgb = tuple[int, int, int]
Floats = NDArray[np.float64]

SIDE = 160  # pixels of the longer side of the copy that is read
CLEAR = 0.02  # the largest alpha of background
RIM = (
    0.12  # share of the sides, along the frame, where a shadow is least likely: the first guess is made there
)
LEAST_TOLERANCE = 2.0  # levels of 255 that noise and compression make
LEAST_SPAN = 6.0  # levels between the ends of what is called a gradient
MOST_ERROR = 6.0  # levels, root mean square, of what is called a gradient and not a picture
LEAST_SHARE = 0.5  # of the background, that a colour or gradient explains
RADIAL = 0.8  # error of a radial fit, in that of a linear one, below which it is taken


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A background in numbers.

    Attributes
    ----------
    kind : str
        "colour", "linear", "radial" or "picture", which is none of these.
    first, last : (int, int, int)
        sRGB 0 to 255: the one colour twice; the start and the end of a linear gradient; the centre and the farthest
        corner of a radial one. Between them the encoded values change evenly. Of a picture, its median.
    angle : float
        Of a linear gradient, where it runs to, in degrees clockwise from the top, as in CSS: 90 is to the right.
    centre : (float, float)
        Of a radial gradient: shares of the width and the height.
    error : float
        Root mean square of what is left, in levels of 255.
    """

    kind: str
    first: Rgb
    last: Rgb
    angle: float = 180.0
    centre: tuple[float, float] = (0.5, 0.5)
    error: float = 0.0

    @property
    def text(self) -> str | None:
        """The background as the option writes it; None for a picture."""
        first, last = ("#{:02x}{:02x}{:02x}".format(*colour) for colour in (self.first, self.last))
        x, y = (round(100 * part) for part in self.centre)
        return {
            "colour": first,
            "linear": f"linear({first}, {last}, {round(self.angle) % 360})",
            "radial": f"radial({first}, {last}, at {x}% {y}%)",
        }.get(self.kind)

    def paint(self, width: int, height: int, shape: tuple[int, int] | None = None) -> Floats:
        """Return the background of a canvas as h×w×3 in [0, 255], sampled at `shape` (the canvas's own)."""
        rows, columns = shape or (height, width)
        y, x = (np.mgrid[:rows, :columns] + 0.5) * np.array([height / rows, width / columns])[:, None, None]
        share = _along(x, y, width, height, self)[..., None]
        painted: Floats = np.array(self.first) * (1 - share) + np.array(self.last) * share
        return painted


@dataclass(frozen=True, slots=True)
class _Seen:
    """The background's pixels: colours (N×3, 0 to 255), places in pixels of the photo, and trust in [0, 1]."""

    colours: Floats
    x: Floats
    y: Floats
    trust: Floats
    size: tuple[int, int]


def read_backdrop(pixels: Pixels, alpha: Alpha) -> Backdrop | None:
    """Return the background of a photo; None if the subject leaves nothing of it.

    A shadow does not disturb the fit: pixels off a smooth surface count little (iterated reweighting from a first
    guess along the frame).

    Parameters
    ----------
    pixels : ndarray
        uint8 or uint16, H×W×3, sRGB.
    alpha : Alpha
        float32, H×W.

    Raises
    ------
    ValueError
        A shape, type or range is not the above.
    """
    check_alpha(alpha, check_pixels(pixels).shape[:2])
    seen = _look(pixels, alpha)
    if seen is None:
        return None
    plain = _plain(seen)
    linear, radial = _linear(seen), _radial(seen)
    shaded = radial if radial.error < RADIAL * linear.error else linear
    span = max(abs(a - b) for a, b in zip(shaded.first, shaded.last, strict=True))
    flat = span < LEAST_SPAN or shaded.error > 0.75 * plain.error
    best = plain if flat else shaded
    explained = float((seen.trust > 0.25).mean())
    if best.error > MOST_ERROR or explained < LEAST_SHARE:
        return Backdrop("picture", plain.first, plain.first, error=best.error)
    return best


def _look(pixels: Pixels, alpha: Alpha) -> _Seen | None:
    height, width = alpha.shape
    scale = min(1.0, SIDE / max(alpha.shape))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    covered = cv2.dilate(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.ones((5, 5), np.uint8))
    rows, columns = np.nonzero(covered < CLEAR)
    if len(rows) < 20:
        return None
    colours = small[rows, columns].astype(np.float64) * (255 / depth_of(pixels))
    x, y = (columns + 0.5) * width / size[0], (rows + 0.5) * height / size[1]
    u, v = x / width, y / height
    rim = np.minimum(np.minimum(u, 1 - u), np.minimum(v, 1 - v)) < RIM
    smooth = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], 1)
    trust = _trust(smooth, colours, rim.astype(np.float64) if rim.any() else np.ones_like(u))
    return _Seen(colours, x, y, trust, (width, height))


def _trust(terms: Floats, colours: Floats, trust: Floats) -> Floats:
    """Return how well each pixel lies on a smooth surface (Geman and McClure's weights)."""
    for _ in range(12):
        left = np.abs(colours - terms @ _solve(terms, colours, trust)).max(1)
        tolerance = max(LEAST_TOLERANCE, 2 * float(np.median(left[trust > 0.25])))
        trust = 1 / (1 + (left / tolerance) ** 2) ** 2
    return trust


def _solve(terms: Floats, colours: Floats, trust: Floats) -> Floats:
    """Return the weighted least squares' coefficients."""
    weighted = terms * trust[:, None]
    ridge = 1e-9 * np.eye(terms.shape[1]) * len(terms)
    return np.linalg.solve(weighted.T @ terms + ridge, weighted.T @ colours).astype(np.float64)


def _plain(seen: _Seen) -> Backdrop:
    colour = _rgb(np.median(seen.colours[seen.trust > 0.25], axis=0))
    return _judged(Backdrop("colour", colour, colour), seen)


def _linear(seen: _Seen) -> Backdrop:
    """Return the gradient whose direction most of the change of the three channels shares."""
    side = max(seen.size)
    terms = np.stack([np.ones_like(seen.x), seen.x / side, seen.y / side], 1)
    slopes = _solve(terms, seen.colours, seen.trust)[1:]
    right, down = np.linalg.svd(slopes)[0][:, 0]
    angle = math.degrees(math.atan2(right, -down)) % 360
    # Written from the top or the left, as people do: near 180 or 90.
    turned = angle if 45 < angle <= 225 else (angle + 180) % 360
    return _ends(Backdrop("linear", (0, 0, 0), (0, 0, 0), angle=round(turned, 1)), seen)


def _radial(seen: _Seen) -> Backdrop:
    """Return the best gradient around a centre, found by a search that halves its step."""

    def at(centre: tuple[float, float]) -> Backdrop:
        return _ends(Backdrop("radial", (0, 0, 0), (0, 0, 0), centre=centre), seen)

    best, step = at((0.5, 0.5)), 0.2
    while step > 0.01:
        x, y = best.centre
        near = [(x + i * step, y + j * step) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
        found = min((at(place) for place in near if _inside(place)), key=lambda one: one.error)
        if found.error < best.error:
            best = found
        else:
            step /= 2
    return best


def _inside(place: tuple[float, float]) -> bool:
    return min(place) >= -0.01 and max(place) <= 1.01


def _ends(shape: Backdrop, seen: _Seen) -> Backdrop:
    """Return a gradient of given shape with the ends that fit best."""
    share = _along(seen.x, seen.y, *seen.size, shape)
    first, last = _solve(np.stack([1 - share, share], 1), seen.colours, seen.trust)
    return _judged(Backdrop(shape.kind, _rgb(first), _rgb(last), shape.angle, shape.centre), seen)


def _judged(backdrop: Backdrop, seen: _Seen) -> Backdrop:
    share = _along(seen.x, seen.y, *seen.size, backdrop)[:, None]
    left = seen.colours - (np.array(backdrop.first) * (1 - share) + np.array(backdrop.last) * share)
    error = math.sqrt(float(np.average((left**2).mean(1), weights=seen.trust)))
    return Backdrop(
        backdrop.kind, backdrop.first, backdrop.last, backdrop.angle, backdrop.centre, round(error, 2)
    )


def _along(x: Floats, y: Floats, width: int, height: int, shape: Backdrop) -> Floats:
    """Return how far along a gradient places are, in [0, 1], as it is drawn."""
    angle = None if shape.kind == "radial" else shape.angle
    return share_along(angle, shape.centre, (height, width), x - 0.5, y - 0.5).astype(np.float64)


def _rgb(colour: Floats) -> Rgb:
    red, green, blue = (int(value) for value in np.clip(np.rint(colour), 0, 255))
    return red, green, blue
