"""Scenes drawn in code whose alpha, foreground and background are known exactly.

Shapes are drawn four times as large and averaged, so that a strand of half a pixel covers half a pixel. A
scene's photo is ``alpha * foreground + (1 - alpha) * background``, mixed in the encoded values and rounded.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import skimage.data

SUPER = 4
SHIFT = 4  # fractional bits of the coordinates given to OpenCV
Point = tuple[float, float]


@dataclass(frozen=True)
class Scene:
    """One photo and everything it was made of; colours are H×W×3 uint8, `alpha` is H×W float32 in [0, 1]."""

    name: str
    photo: np.ndarray
    alpha: np.ndarray
    foreground: np.ndarray
    background: np.ndarray
    new_background: np.ndarray


class Canvas:
    """A mask drawn in units of its own side, kept four times as large as it is given back."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.mask = np.zeros((size * SUPER, size * SUPER), np.uint8)

    def _pixel(self, point: Point) -> tuple[int, int]:
        x, y = (round(v * self.size * SUPER * 2**SHIFT) for v in point)
        return x, y

    def line(self, points: list[Point], width: float, value: int = 255) -> None:
        """Draw a curve whose `width` is in pixels of the finished scene."""
        curve = np.array([self._pixel(p) for p in points], np.int32)
        cv2.polylines(self.mask, [curve], False, value, max(1, round(width * SUPER)), cv2.LINE_8, SHIFT)

    def disc(self, centre: Point, radius: float, value: int = 255, width: float = 0) -> None:
        """Draw a filled disc, or a ring `width` pixels wide."""
        thickness = round(width * SUPER) if width else -1
        reach = round(radius * self.size * SUPER * 2**SHIFT)
        cv2.circle(self.mask, self._pixel(centre), reach, value, thickness, cv2.LINE_8, SHIFT)

    def polygon(self, points: list[Point], value: int = 255) -> None:
        cv2.fillPoly(
            self.mask, [np.array([self._pixel(p) for p in points], np.int32)], value, cv2.LINE_8, SHIFT
        )

    def alpha(self) -> np.ndarray:
        """Return the mask's coverage, H×W float32 in [0, 1]."""
        small = cv2.resize(
            self.mask.astype(np.float32) / 255, (self.size, self.size), interpolation=cv2.INTER_AREA
        )
        return np.clip(small, 0, 1)


def _strands(canvas: Canvas, count: int, width: float, rng: np.random.Generator) -> None:
    """Draw bent strands that leave a head in the middle of the lower half."""
    for angle in np.linspace(-math.pi, 0, count):
        root = np.array([0.5 + 0.2 * math.cos(angle), 0.62 + 0.2 * math.sin(angle)])
        bend, reach = rng.uniform(-0.8, 0.8), rng.uniform(0.12, 0.34)
        steps = np.linspace(0, 1, 24)
        turn = angle + bend * steps
        path = root + np.cumsum(np.stack([np.cos(turn), np.sin(turn)], 1), 0) * reach / len(steps)
        canvas.line([(float(x), float(y)) for x, y in path], width)


def hair(size: int, width: float = 1.0) -> np.ndarray:
    """Draw a head with strands `width` pixels wide."""
    canvas = Canvas(size)
    canvas.disc((0.5, 0.62), 0.21)
    _strands(canvas, 90, width, np.random.default_rng(1))
    return canvas.alpha()


def fine_hair(size: int) -> np.ndarray:
    """Draw a head with strands half a pixel wide: no pixel of a single strand is opaque."""
    return hair(size, 0.5)


def fur(size: int) -> np.ndarray:
    """Draw a ball whose whole edge is short dense fur."""
    canvas, rng = Canvas(size), np.random.default_rng(2)
    canvas.disc((0.5, 0.5), 0.26)
    for angle in rng.uniform(0, 2 * math.pi, 900):
        lean, reach = angle + rng.uniform(-0.5, 0.5), rng.uniform(0.03, 0.1)
        root = (0.5 + 0.25 * math.cos(angle), 0.5 + 0.25 * math.sin(angle))
        tip = (root[0] + reach * math.cos(lean), root[1] + reach * math.sin(lean))
        canvas.line([root, tip], 0.5 + rng.uniform(0, 0.7))
    return canvas.alpha()


def glass(size: int) -> np.ndarray:
    """Draw a tumbler: an opaque rim and base around a wide pane of 0.3 to 0.6."""
    canvas = Canvas(size)
    canvas.polygon([(0.25, 0.15), (0.75, 0.15), (0.68, 0.88), (0.32, 0.88)])
    body = cv2.GaussianBlur(canvas.alpha(), (0, 0), 0.7)
    pane = Canvas(size)
    pane.polygon([(0.28, 0.19), (0.72, 0.19), (0.66, 0.8), (0.34, 0.8)])
    ramp = np.linspace(0.3, 0.6, size, dtype=np.float32)[:, None]
    inside = pane.alpha()
    return body * (1 - inside + inside * ramp)


def rings(size: int) -> np.ndarray:
    """Draw rings that overlap, with holes between them."""
    canvas = Canvas(size)
    for k in range(6):
        canvas.disc((0.22 + 0.11 * k, 0.35 + 0.06 * (k % 3) * 2), 0.15, width=2 + 1.5 * k)
    return canvas.alpha()


def letters(size: int) -> np.ndarray:
    """Draw text, whose holes are small."""
    canvas = Canvas(size)
    for k, word in enumerate(("aeg8", "R&Bo", "0%Qd")):
        at = (int(0.06 * size * SUPER), int((0.33 + 0.27 * k) * size * SUPER))
        scale = size * SUPER / 95 / (1 + 0.25 * k)
        cv2.putText(
            canvas.mask, word, at, cv2.FONT_HERSHEY_DUPLEX, scale, 255, round(2.5 * scale), cv2.LINE_8
        )
    return canvas.alpha()


def motion(size: int) -> np.ndarray:
    """Draw a disc and a bar that moved sideways while the shutter was open."""
    canvas = Canvas(size)
    canvas.disc((0.42, 0.42), 0.2)
    canvas.polygon([(0.3, 0.68), (0.72, 0.68), (0.72, 0.78), (0.3, 0.78)])
    return np.clip(cv2.blur(canvas.alpha(), (max(3, size // 12), 1)), 0, 1)


def defocus(size: int) -> np.ndarray:
    """Draw a star out of focus."""
    canvas = Canvas(size)
    spokes = [(0.5 + r * math.cos(t), 0.5 + r * math.sin(t)) for t, r in _star(9, 0.2, 0.36)]
    canvas.polygon(spokes)
    return np.clip(cv2.GaussianBlur(canvas.alpha(), (0, 0), size / 64), 0, 1)


def lace(size: int) -> np.ndarray:
    """Draw a net of threads 1.2 pixels wide, with knots."""
    canvas = Canvas(size)
    for k in np.arange(0.1, 0.91, 0.05):
        canvas.line([(0.1, float(k)), (float(k), 0.1)], 1.2)
        canvas.line([(0.9, float(k)), (float(k), 0.9)], 1.2)
        canvas.line([(0.1, float(k)), (1 - float(k), 0.9)], 1.2)
        for j in np.arange(0.1, 0.91, 0.1):
            canvas.disc((float(k), float(j)), 0.008)
    return canvas.alpha()


def leaf(size: int) -> np.ndarray:
    """Draw a leaf with a toothed edge and a thin stalk."""
    canvas = Canvas(size)
    edge: list[Point] = []
    for side in (1, -1):
        for t in np.linspace(0, 1, 60)[:: int(side)]:
            wide = 0.25 * math.sin(math.pi * t) ** 0.8 + 0.012 * math.sin(40 * math.pi * t)
            edge.append((0.5 + side * wide, 0.1 + 0.65 * float(t)))
    canvas.polygon(edge)
    canvas.line([(0.5, 0.7), (0.52, 0.82), (0.58, 0.95)], 2.2)
    return canvas.alpha()


def veil(size: int) -> np.ndarray:
    """Draw a cloth that is thin in folds and thick in others, with a hard edge."""
    canvas = Canvas(size)
    canvas.polygon([(0.5, 0.1), (0.85, 0.85), (0.7, 0.9), (0.5, 0.85), (0.3, 0.92), (0.12, 0.82)])
    y, x = np.mgrid[:size, :size].astype(np.float32) / size
    folds = 0.55 + 0.4 * np.sin(26 * (x - 0.5) / (0.2 + y))
    return np.clip(canvas.alpha() * folds, 0, 1).astype(np.float32)


def feather(size: int) -> np.ndarray:
    """Draw a quill with barbs a third of a pixel wide at their ends."""
    canvas, rng = Canvas(size), np.random.default_rng(3)
    canvas.line([(0.25, 0.9), (0.5, 0.5), (0.7, 0.12)], 3)
    for t in np.linspace(0.1, 0.97, 170):
        root = (0.25 + 0.45 * float(t), 0.9 - 0.78 * float(t))
        for side in (1, -1):
            reach = 0.2 * math.sin(math.pi * float(t)) ** 0.6 * rng.uniform(0.75, 1)
            middle = (root[0] + side * reach * 0.6, root[1] - reach * 0.15 * side)
            canvas.line([root, middle], 1.0)
            canvas.line([middle, (root[0] + side * reach, root[1] - reach * 0.3)], 0.35)
    return canvas.alpha()


def _star(spikes: int, inner: float, outer: float) -> list[tuple[float, float]]:
    turns = np.linspace(0, 2 * math.pi, 2 * spikes, endpoint=False)
    return [(float(t), (outer, inner)[k % 2]) for k, t in enumerate(turns)]


def plain(size: int, rgb: tuple[int, int, int]) -> np.ndarray:
    """Return one colour."""
    return np.full((size, size, 3), rgb, np.uint8)


def gradient(size: int, first: tuple[int, int, int], last: tuple[int, int, int]) -> np.ndarray:
    """Return a ramp from the upper left to the lower right."""
    y, x = np.mgrid[:size, :size] / max(1, 2 * (size - 1))
    ramp = (y + x)[..., None]
    return np.rint(np.array(first) * (1 - ramp) + np.array(last) * ramp).astype(np.uint8)


def mottled(size: int, rgb: tuple[int, int, int], contrast: float, seed: int) -> np.ndarray:
    """Return a colour whose lightness varies at scales of 3 to 40 pixels, as that of fur or cloth does."""
    rng = np.random.default_rng(seed)
    noise = sum(cv2.GaussianBlur(rng.standard_normal((size, size)), (0, 0), s) * s for s in (1.5, 5, 20))
    noise = np.asarray(noise) / max(float(np.std(noise)), 1e-6)
    return np.clip(np.array(rgb) * (1 + contrast * noise[..., None]), 0, 255).astype(np.uint8)


def photograph(size: int, name: str) -> np.ndarray:
    """Return the middle of one of scikit-image's bundled photos."""
    pixels = getattr(skimage.data, name)()
    side = min(pixels.shape[:2])
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    crop = np.ascontiguousarray(pixels[top : top + side, left : left + side])
    return cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA)


def mix(alpha: np.ndarray, over: np.ndarray, under: np.ndarray) -> np.ndarray:
    """Return `over` on `under`, rounded to uint8."""
    a = alpha[..., None].astype(np.float64)
    return np.rint(a * over + (1 - a) * under).astype(np.uint8)


Shape = Callable[[int], np.ndarray]
Colours = Callable[[int], np.ndarray]

SUBJECTS: tuple[tuple[Shape, Colours], ...] = (
    (hair, lambda n: mottled(n, (70, 45, 30), 0.25, 11)),
    (fine_hair, lambda n: mottled(n, (200, 165, 105), 0.15, 12)),
    (fur, lambda n: photograph(n, "cat")),
    (glass, lambda n: gradient(n, (225, 235, 240), (150, 190, 200))),
    (rings, lambda n: gradient(n, (230, 190, 90), (140, 90, 20))),
    (letters, lambda n: plain(n, (200, 25, 35))),
    (motion, lambda n: mottled(n, (60, 90, 190), 0.2, 13)),
    (defocus, lambda n: gradient(n, (240, 220, 40), (230, 90, 60))),
    (lace, lambda n: plain(n, (245, 243, 238))),
    (leaf, lambda n: mottled(n, (190, 90, 30), 0.2, 14)),
    (veil, lambda n: mottled(n, (235, 225, 230), 0.05, 15)),
    (feather, lambda n: gradient(n, (40, 70, 60), (130, 60, 120))),
)

BACKGROUNDS: dict[str, Colours] = {
    "dark": lambda n: plain(n, (18, 20, 28)),
    "bright": lambda n: mottled(n, (232, 234, 236), 0.02, 21),
    "green": lambda n: plain(n, (40, 190, 70)),
    "sky": lambda n: gradient(n, (90, 140, 220), (215, 225, 235)),
    "grass": lambda n: mottled(n, (80, 130, 50), 0.22, 22),
    "coffee": lambda n: photograph(n, "coffee"),
    "astronaut": lambda n: photograph(n, "astronaut"),
    "rocket": lambda n: photograph(n, "rocket"),
}


def scenes(size: int = 256) -> list[Scene]:
    """Return 36 scenes: every subject on three backgrounds, the same ones on every call.

    Parameters
    ----------
    size : int
        Height and width in pixels.
    """
    names = list(BACKGROUNDS)
    made = []
    for s, (shape, colours) in enumerate(SUBJECTS):
        alpha = np.ascontiguousarray(shape(size), np.float32)
        foreground = colours(size)
        for k in (0, 3, 5):
            name = names[(s + k) % len(names)]
            background = BACKGROUNDS[name](size)
            new = BACKGROUNDS[names[(s + k + 2) % len(names)]](size)
            photo = mix(alpha, foreground, background)
            made.append(Scene(f"{shape.__name__} on {name}", photo, alpha, foreground, background, new))
    return made
