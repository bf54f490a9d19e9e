"""Clips drawn in code in which somebody else crosses the subject: the matte of each is known exactly.

Two walking figures with heads, striped jackets and legs, whose texture moves with them. They are drawn three times
as large and averaged, so that edges are soft as a camera's are. What a network would say is the union of both,
blurred and with noise: it finds whatever is salient and knows nothing of who is who.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

SUPER = 3
Colour = tuple[int, int, int]
RED = ((214, 170, 140), (178, 48, 40), (52, 58, 82))
GREEN = ((236, 196, 168), (40, 120, 72), (116, 92, 60))
RUST = ((206, 164, 136), (176, 92, 36), (72, 60, 60))  # much like RED, and not equal to it


@dataclass(frozen=True)
class Figure:
    """One figure: the colours of its skin, jacket and legs, its height in frame heights, how stout it is."""

    colours: tuple[Colour, Colour, Colour]
    height: float = 0.7
    stout: float = 1.0
    seed: int = 1


@dataclass(frozen=True)
class Crossing:
    """What happens in a clip: the other walks past the subject, in front of it or behind.

    `start` and `stop` are where the other's middle is in the first and the last frame, in frame widths (outside
    [0, 1] is out of sight). It stands still for `pause` frames before the subject, and comes back the same way
    if it `returns`. The subject stays about the middle and strolls `stroll` frame widths.
    """

    subject: Figure = Figure(RED)
    other: Figure = Figure(GREEN, seed=2)
    front: bool = True
    start: float = -0.2
    stop: float = 1.2
    pause: int = 0
    returns: bool = False
    stroll: float = 0.06
    count: int = 40
    size: tuple[int, int] = (180, 320)


@dataclass(frozen=True)
class Moment:
    """One frame: what is seen, who is seen where, and what a network says. Alphas are H×W float32 in [0, 1]."""

    pixels: np.ndarray
    subject: np.ndarray
    other: np.ndarray
    network: np.ndarray


def draw(clip: Crossing) -> Iterator[Moment]:
    """Draw a clip's frames in order, the same ones on every call."""
    rng = np.random.default_rng(7)
    ground = _ground(clip.size)
    for index, (mine, theirs) in enumerate(_paths(clip)):
        own, own_colours = _figure(clip.subject, mine, index, clip.size)
        its, its_colours = _figure(clip.other, theirs, index, clip.size)
        layers = [(own, own_colours), (its, its_colours)]
        colours = ground
        for alpha, paint in layers if clip.front else reversed(layers):
            colours = colours + alpha[..., None] * (paint - colours)
        subject, other = (own * (1 - its), its) if clip.front else (own, its * (1 - own))
        pixels = np.clip(np.rint(colours + rng.normal(0, 2, colours.shape)), 0, 255).astype(np.uint8)
        yield Moment(pixels, subject, other, _network(np.minimum(subject + other, 1), rng))


def _paths(clip: Crossing) -> Iterator[tuple[float, float]]:
    """Yield the middles of both figures in each frame."""
    middle = 0.5
    legs = [(clip.start, middle), (middle, middle), (middle, clip.stop)]
    moving = clip.count - clip.pause
    counts = [moving // 2, clip.pause, moving - moving // 2]
    if clip.returns:
        legs, counts = [(clip.start, clip.stop), (clip.stop, clip.start)], [moving // 2, moving - moving // 2]
    theirs = np.concatenate([np.linspace(*leg, n) for leg, n in zip(legs, counts, strict=True)])
    for index, other in enumerate(theirs):
        yield middle + clip.stroll * (index / max(1, len(theirs) - 1) - 0.5), float(other)


def _figure(figure: Figure, x: float, index: int, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Draw a figure: its alpha, and its colours in 0 to 255 where it has any."""
    height, width = size
    unit = figure.height * height * SUPER / 100  # a hundredth of the figure
    parts = np.zeros((height * SUPER, width * SUPER), np.uint8)
    foot, left = 0.94 * height * SUPER, x * width * SUPER

    def at(across: float, up: float) -> tuple[int, int]:
        return round(left + across * figure.stout * unit), round(foot - up * unit)

    swing = 9 * math.sin(index / 2.5)
    for side in (-1, 1):
        cv2.line(parts, at(5 * side, 45), at(5 * side + side * swing, 2), 3, round(9 * figure.stout * unit))
        cv2.line(
            parts, at(12 * side, 78), at(15 * side - side * swing, 44), 2, round(7 * figure.stout * unit)
        )
        cv2.circle(parts, at(15 * side - side * swing, 42), round(4 * unit), 1, -1)
    body = np.array([at(-14, 82), at(14, 82), at(12, 42), at(-12, 42)], np.int32)
    cv2.fillPoly(parts, [body], 2)
    cv2.circle(parts, at(0, 91), round(9 * unit), 1, -1)
    table = np.array([(0, 0, 0), *figure.colours], np.float32)
    paint = table[parts] * _texture(figure, parts.shape, left)[..., None]
    cover = (parts > 0).astype(np.float32)
    small = [cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA) for plane in (cover, paint)]
    alpha = np.clip(small[0], 0, 1)
    return alpha, small[1] / np.maximum(alpha, 1e-3)[..., None]


def _texture(figure: Figure, shape: tuple[int, int], left: float) -> np.ndarray:
    """Return factors around 1 that move with the figure: cloth with stripes across."""
    rng = np.random.default_rng(figure.seed)
    cell = 3 * SUPER
    rough = rng.normal(0, 0.09, (shape[0] // cell + 1, shape[1] // cell + 1)).astype(np.float32)
    cloth = cv2.resize(rough, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    stripes = 0.12 * np.sin(np.arange(shape[0], dtype=np.float32) / (1.6 * SUPER) + figure.seed)[:, None]
    return 1 + stripes + np.roll(cloth, round(left), axis=1)


def _ground(size: tuple[int, int]) -> np.ndarray:
    """Return a wall above a floor, both mottled."""
    height, width = size
    rng = np.random.default_rng(3)
    mottle = cv2.GaussianBlur(rng.normal(0, 1, size).astype(np.float32), (0, 0), 3)
    mottle *= 9 / mottle.std()
    wall, floor = np.array((150, 160, 172), np.float32), np.array((128, 112, 96), np.float32)
    share = (np.arange(height) > 0.72 * height).astype(np.float32)[:, None, None]
    ramp = np.linspace(-14, 14, width, dtype=np.float32)[None, :, None]
    return wall + share * (floor - wall) + mottle[..., None] + ramp


def _network(union: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the union with soft edges, and the patches of doubt that networks have."""
    blurred = cv2.GaussianBlur(union.astype(np.float32), (0, 0), 1.2)
    doubt = cv2.GaussianBlur(rng.normal(0, 1, union.shape).astype(np.float32), (0, 0), 2)
    noisy = blurred + 0.04 * doubt / doubt.std() * (blurred > 0.02)
    return np.clip(noisy, 0, 1).astype(np.float32)
