"""Products on a floor, drawn in code, whose shadow is known exactly.

The floor is light on a smooth surface; the shadow takes a known share of that light away (in linear light), the
result is encoded as sRGB, the subject put over it, and noise and JPEG added as a camera does.
"""

import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

import scenes

SIZE = 320


@dataclass(frozen=True)
class Floor:
    """One photo, uint8; `alpha` of the subject; `lost`: the share of linear light that the shadow takes away."""

    name: str
    photo: np.ndarray
    alpha: np.ndarray
    lost: np.ndarray


def encoded(light):
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.clip(light, 0, None) ** (1 / 2.4) - 0.055)


def linear(value):
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def bottle(size):
    canvas = scenes.Canvas(size)
    canvas.polygon(
        [
            (0.42, 0.75),
            (0.58, 0.75),
            (0.58, 0.38),
            (0.53, 0.3),
            (0.53, 0.2),
            (0.47, 0.2),
            (0.47, 0.3),
            (0.42, 0.38),
        ]
    )
    return canvas.alpha()


def shoe(size):
    canvas = scenes.Canvas(size)
    canvas.polygon([(0.25, 0.68), (0.27, 0.45), (0.4, 0.43), (0.55, 0.57), (0.72, 0.6), (0.76, 0.68)])
    return canvas.alpha()


def stool(size):
    canvas = scenes.Canvas(size)
    canvas.polygon([(0.3, 0.3), (0.7, 0.3), (0.7, 0.38), (0.3, 0.38)])
    for x in (0.34, 0.46, 0.64):
        canvas.line([(x, 0.36), (x, 0.7)], size / 40)
    return canvas.alpha()


def ball(size):
    canvas = scenes.Canvas(size)
    canvas.disc((0.45, 0.55), 0.17)
    return canvas.alpha()


def vase(size):
    return cv2.GaussianBlur(scenes.leaf(size), (0, 0), 0.6)


SUBJECTS = {"bottle": bottle, "shoe": shoe, "stool": stool, "ball": ball, "leaf": vase}


def _grid(size):
    y, x = np.mgrid[:size, :size] / size
    return y, x


def _even(y, x):
    return np.full(x.shape, 0.8)


def _falling(y, x):
    return 0.45 + 0.45 * y - 0.15 * x


def _vignette(y, x):
    return 0.85 * np.exp(-0.9 * ((x - 0.5) ** 2 + (y - 0.45) ** 2))


def _pool(y, x):
    return 0.25 + 0.6 * np.exp(-((x - 0.35) ** 2 + (y - 0.6) ** 2) / 0.18)


LIGHTS = {"even": _even, "falling": _falling, "vignette": _vignette, "pool": _pool}
TINTS = {"white": (1, 1, 1), "grey": (0.45, 0.45, 0.46), "sand": (0.8, 0.65, 0.48), "blue": (0.3, 0.45, 0.8)}


def _under(alpha, size):
    """A contact shadow: an ellipse at the subject's foot."""
    rows, columns = np.nonzero(alpha > 0.5)
    y, x = _grid(size)
    wide = (columns.max() - columns.min()) / size * 0.55
    at = (rows.max() / size - 0.01, columns.mean() / size)
    far = ((x - at[1]) / (wide + 0.05)) ** 2 + ((y - at[0]) / 0.05) ** 2
    return cv2.GaussianBlur((far < 1).astype(np.float32), (0, 0), size / 60)


def _thrown(alpha, size):
    """The subject's outline sheared to the right, softer and fainter with distance."""
    foot = np.nonzero(alpha > 0.5)[0].max()
    matrix = np.array([[1, -0.7, 0.7 * foot], [0, 0.25, 0.75 * foot]])
    laid = cv2.warpAffine(alpha, matrix, (size, size))
    far = np.clip((foot - np.arange(size)) / (0.15 * size), 0, 1)[:, None]
    soft = cv2.GaussianBlur(laid, (0, 0), size / 50) * far + cv2.GaussianBlur(laid, (0, 0), size / 150) * (
        1 - far
    )
    return (soft * (1 - 0.4 * far)).astype(np.float32)


def _around(alpha, size):
    """A wide soft shadow on all sides: a subject photographed from above."""
    return cv2.GaussianBlur(np.roll(alpha, (size // 40, size // 30), (0, 1)), (0, 0), size / 35)


SHADOWS = {"contact": _under, "cast": _thrown, "soft": _around}


def camera(photo, rng, noise, quality):
    """Add noise of `noise` levels and write and read as JPEG."""
    noisy = np.clip(np.rint(photo * 255 + rng.normal(0, noise, photo.shape)), 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(noisy).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def draw(subject, light, tint, shadow, strength, *, seed=0, size=SIZE, noise=2.0, quality=88):
    """Draw one product on a floor."""
    rng = np.random.default_rng(seed)
    alpha = np.ascontiguousarray(SUBJECTS[subject](size), np.float32)
    lost = strength * np.clip(SHADOWS[shadow](alpha, size), 0, 1) if shadow else np.zeros_like(alpha)
    surface = LIGHTS[light](*_grid(size))[..., None] * np.array(TINTS[tint])
    floor = encoded(surface * (1 - lost[..., None]))
    own = scenes.mottled(size, tuple(rng.integers(40, 220, 3)), 0.15, seed) / 255
    photo = alpha[..., None] * own + (1 - alpha[..., None]) * floor
    name = f"{subject}, {light} {tint}, {shadow} {strength}"
    return Floor(name, camera(photo, rng, noise, quality), alpha, lost.astype(np.float32))


def products(each=2):
    """Return every subject with every shadow on `each` of 4 lights; 4 make all 60 scenes."""
    lights, tints = list(LIGHTS), list(TINTS)
    made = []
    for s, subject in enumerate(SUBJECTS):
        for k, shadow in enumerate(SHADOWS):
            for j in range(each):
                light = lights[(s + k + j * 4 // each) % 4]
                tint = tints[(s + k + j) % len(tints)]
                strength = (0.25, 0.45, 0.65, 0.8)[(s + 2 * k + j) % 4]
                made.append(draw(subject, light, tint, shadow, strength, seed=len(made)))
    return made


def textured():
    """Return floors on which nothing can be told from a shadow, with the same products."""
    made = []
    kinds = {
        "grass": lambda n, seed: scenes.mottled(n, (80, 130, 50), 0.22, seed),
        "cloth": lambda n, seed: scenes.mottled(n, (150, 120, 110), 0.1, seed),
        "dark cloth": lambda n, seed: scenes.mottled(n, (40, 38, 42), 0.3, seed),
        "coffee": lambda n, seed: scenes.photograph(n, "coffee"),
        "astronaut": lambda n, seed: scenes.photograph(n, "astronaut"),
        "rocket": lambda n, seed: scenes.photograph(n, "rocket"),
        "cat": lambda n, seed: scenes.photograph(n, "cat"),
        "boards": lambda n, seed: np.uint8(150 + 40 * np.sign(np.sin(np.mgrid[:n, :n][0] / 6)))[
            ..., None
        ].repeat(3, 2),
    }
    for s, (name, kind) in enumerate(kinds.items()):
        for subject in ("bottle", "shoe"):
            alpha = SUBJECTS[subject](SIZE).astype(np.float32)
            floor = kind(SIZE, s) / 255
            photo = alpha[..., None] * np.array([0.6, 0.3, 0.2]) + (1 - alpha[..., None]) * floor
            picture = camera(photo, np.random.default_rng(s), 2.0, 88)
            made.append(Floor(f"{subject} on {name}", picture, alpha, np.zeros_like(alpha)))
    return made
