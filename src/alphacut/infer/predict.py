"""One way from a photo to its coarse alpha, for every network and every engine."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ..types import Alpha, Photo, Pixels, check_pixels, depth_of
from .catalog import ModelCard
from .engines import Session
from .geometry import Fit, Size

GREY = 0.5
"""What stands behind a photo that already has transparency when the network looks at it."""


def predict(photo: Photo, card: ModelCard, session: Session) -> Alpha:
    """Estimate the alpha of one photo.

    Parameters
    ----------
    photo : Photo
    card : ModelCard
        How the network wants its input and gives its answer.
    session : Session
        The loaded network.

    Returns
    -------
    Alpha
        float32, the photo's size, in [0, 1]. The network's own probabilities: nothing is stretched.

    Raises
    ------
    InferenceFailed
        The engine failed.
    """
    return predict_many([photo], card, session)[0]


def predict_many(photos: Sequence[Photo], card: ModelCard, session: Session) -> list[Alpha]:
    """Estimate the alphas of several photos, those that share an input size in one run of the network."""
    fits = [fit_for(photo.shape, card, session.flexible) for photo in photos]
    alphas: dict[int, Alpha] = {}
    for target in dict.fromkeys(fit.target for fit in fits):
        group = [i for i, fit in enumerate(fits) if fit.target == target]
        batch = np.stack([tensor(photos[i], fits[i], card) for i in group])
        for i, answer in zip(group, session.run(batch), strict=True):
            alphas[i] = fits[i].inverse(probability(answer, card))
    return [alphas[i] for i in range(len(photos))]


def fit_for(shape: Size, card: ModelCard, flexible: bool) -> Fit:
    """Return how a photo of that shape is laid into the network's input.

    A card may ask for "aspect"; a session whose input size is frozen squashes instead, as the network was trained.
    """
    target = (card.size[1], card.size[0])
    if card.fit == "letterbox":
        return Fit.letterbox(shape, target)
    if card.fit == "aspect" and flexible:
        return Fit.aspect(shape, target, card.multiple)
    return Fit.squash(shape, target)


def tensor(photo: Photo, fit: Fit, card: ModelCard) -> NDArray[np.float32]:
    """Return a photo as the network's input: 3×H×W float32, sRGB, ``(value - mean) / std`` with value in [0, 1].

    The scale is the type's full range, never the photo's own brightest pixel.
    """
    small = fit.forward(photo.pixels)
    if photo.source_alpha is not None:
        small = _on_grey(small, fit.forward(photo.source_alpha))
    if photo.icc:
        small = to_srgb(small, photo.icc)
    scale = 1.0 / (depth_of(small) * np.array(card.std, np.float32))
    shift = np.array(card.mean, np.float32) / np.array(card.std, np.float32)
    image = small.astype(np.float32) * scale.astype(np.float32) - shift
    return np.ascontiguousarray(image.transpose(2, 0, 1))


def probability(answer: NDArray[np.float32], card: ModelCard) -> Alpha:
    """Return the network's answer (H×W) as probabilities in [0, 1]."""
    if card.kind == "logits":
        # tanh does not overflow where exp would.
        answer = 0.5 * (1.0 + np.tanh(0.5 * answer))
    return np.clip(answer, 0.0, 1.0).astype(np.float32, copy=False)


def to_srgb(pixels: Pixels, icc: bytes) -> NDArray[np.uint8]:
    """Return H×W×3 `pixels` in the space of `icc` as 8-bit sRGB."""
    eight = pixels if pixels.dtype == np.uint8 else (pixels // 257).astype(np.uint8)
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    converted = ImageCms.profileToProfile(Image.fromarray(eight), profile, ImageCms.createProfile("sRGB"))
    return np.asarray(converted)


def _on_grey(pixels: Pixels, alpha: Alpha) -> Pixels:
    weight = alpha[..., None]
    mixed = np.rint(pixels * weight + GREY * depth_of(pixels) * (1 - weight)).astype(pixels.dtype)
    return check_pixels(mixed)
