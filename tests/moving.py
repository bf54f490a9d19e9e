"""Clips drawn with exactly known alpha: a textured subject over a textured background, both anti-aliased."""

from dataclasses import dataclass

import cv2
import numpy as np

SHAPE = 120, 200
SUPER = 4


@dataclass(frozen=True, eq=False)
class Shown:
    """A frame, as the pass through time sees it, and where it stands."""

    index: int
    pixels: np.ndarray


def texture(seed, colour, shape=SHAPE, sigma=2.0, strength=60):
    """Return smooth noise around a colour, float32 H×W×3."""
    noise = np.random.default_rng(seed).standard_normal((*shape, 3)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), sigma)
    return np.clip(np.array(colour, np.float32) + strength * noise / noise.std(), 0, 255)


def shifted(image, x, y=0.0):
    """Return an image moved to the right and down, its other side coming in."""
    height, width = image.shape[:2]
    across = (np.arange(width, dtype=np.float32) - x) % width
    down = (np.arange(height, dtype=np.float32) - y) % height
    return cv2.remap(image, *np.meshgrid(across, down), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)


def exact(inside, shape=SHAPE):
    """Return the coverage of each pixel by the points for which `inside(x, y)` is true."""
    height, width = shape
    y, x = (np.mgrid[: height * SUPER, : width * SUPER] + 0.5) / SUPER
    fine = inside(x, y).astype(np.float32)
    return fine.reshape(height, SUPER, width, SUPER).mean((1, 3))


def disc(x, y, radius, shape=SHAPE):
    return exact(lambda a, b: np.hypot(a - x, b - y) <= radius, shape)


def spokes(turn, centre=(100, 60), radius=45, count=5, width=7):
    """Return a wheel, `turn` radians on: a hub and spokes, the background between them."""

    def inside(x, y):
        x, y = x - centre[0], y - centre[1]
        angle, far = np.arctan2(y, x) - turn, np.hypot(x, y)
        off = (angle + np.pi / count) % (2 * np.pi / count) - np.pi / count
        spoke = (np.abs(np.sin(off)) * far < width / 2) & (np.abs(off) < np.pi / 2)
        return (far < radius) & (spoke | (far < 12))

    return exact(inside)


def strands(sway, count=9):
    """Return a head with hair that sways sideways by `sway` pixels at its ends."""

    def inside(x, y):
        head = np.hypot(x - 100, y - 95) < 28
        up = np.clip((80 - y) / 70, 0, 1)
        roots = 80 + 5 * np.arange(count)
        hair = np.zeros(x.shape, bool)
        for i, root in enumerate(roots):
            hair |= np.abs(x - root - sway * up**2 * (1 + 0.1 * i)) < 0.9 * (1.3 - up)
        return head | (hair & (y > 12) & (y < 90))

    return exact(inside)


def draw(alphas, places=None, seed=1, noise=2.0):
    """Return the frames of a subject with these alphas, its texture at `places` (x, y), with sensor noise."""
    subject, ground = texture(seed, (190, 120, 60)), texture(seed + 1, (60, 90, 110))
    rng = np.random.default_rng(seed + 2)
    frames = []
    for i, alpha in enumerate(alphas):
        x, y = places[i] if places else (0, 0)
        picture = ground + alpha[..., None] * (shifted(subject, x, y) - ground)
        picture += noise * rng.standard_normal(picture.shape)
        frames.append(Shown(i, np.clip(np.rint(picture), 0, 255).astype(np.uint8)))
    return frames


def network(frames, answers):
    """Return a network that knows the answers by heart, and the list of the frames that it was asked for."""
    known = {frame.pixels.tobytes(): i for i, frame in enumerate(frames)}
    asked = []

    def ask(pixels):
        asked.append(known[pixels.tobytes()])
        return answers[asked[-1]]

    return ask, asked


def jittered(alphas, seed=5, amount=0.15):
    """Return answers as a network gives them: edges that swell and shrink, patches of doubt that come and go."""
    rng = np.random.default_rng(seed)
    answers = []
    for alpha in alphas:
        patches = cv2.GaussianBlur(rng.standard_normal(alpha.shape).astype(np.float32), (0, 0), 5)
        swollen = cv2.GaussianBlur(alpha, (0, 0), 1.5) + amount * patches / patches.std()
        answers.append(np.clip((swollen - 0.5) * 2 + 0.5, 0, 1).astype(np.float32))
    return answers
