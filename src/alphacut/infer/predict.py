"""One way from a photo to its coarse alpha, for every network and every engine."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ..types import Alpha, Photo, Pixels, check_pixels, depth_of
from .card import ModelCard
from .engines import Session
from .geometry import Fit, Pad, Size

GREY = 0.5
"""What stands behind a photo that already has transparency when the network looks at it."""


NO_PAD: Pad = (0, 0, 0, 0)
TOUCHED = 0.03
"""Share of a side's pixels that the subject must cover to touch it."""
EXTENSION = 0.06
"""How far a photo is continued, as a share of its longer side."""


def predict(photo: Photo, card: ModelCard, session: Session, extend: bool = False) -> Alpha:
    """Estimate the alpha of one photo.

    Parameters
    ----------
    photo : Photo
    card : ModelCard
        How the network wants its input and gives its answer.
    session : Session
        The loaded network.
    extend : bool
        Where the subject touches the frame, look again at the photo continued there by reflection.

    Returns
    -------
    Alpha
        float32, the photo's size, in [0, 1]. The network's own probabilities: nothing is stretched.

    Raises
    ------
    InferenceFailed
        The engine failed.
    """
    alpha = predict_many([photo], card, session)[0]
    pad = touched_sides(alpha) if extend else NO_PAD
    if not any(pad):
        return alpha
    fit = fit_for(photo.shape, card, session.flexible, pad)
    return fit.inverse(probability(session.run(tensor(photo, fit, card)[None])[0], card))


def touched_sides(alpha: Alpha) -> Pad:
    """Return how far to continue a photo beyond each side that its subject touches: top, bottom, left, right."""
    reach = max(1, round(EXTENSION * max(alpha.shape)))
    top, bottom, left, right = (
        reach if float((side > 0.5).mean()) > TOUCHED else 0
        for side in (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1])
    )
    return top, bottom, left, right


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


def fit_for(shape: Size, card: ModelCard, flexible: bool, pad: Pad = NO_PAD) -> Fit:
    """Return how a photo of that shape, with `pad` pixels of reflection around it, is laid into the input.

    A card may ask for "aspect"; a session whose input size is frozen squashes instead, as the network was trained.
    """
    target = (card.size[1], card.size[0])
    whole = (shape[0] + pad[0] + pad[1], shape[1] + pad[2] + pad[3])
    if card.fit == "letterbox":
        fit = Fit.letterbox(whole, target)
    elif card.fit == "aspect" and flexible:
        fit = Fit.aspect(whole, target, card.multiple)
    else:
        fit = Fit.squash(whole, target)
    return dataclasses.replace(fit, source=shape, pad=pad)


def tensor(photo: Photo, fit: Fit, card: ModelCard) -> NDArray[np.float32]:
    """Return a photo as the network's input: 3×H×W float32, sRGB, ``(value - mean) / std`` with value in [0, 1].

    The scale is the type's full range, never the photo's own brightest pixel.
    """
    small = fit.forward(photo.pixels)
    if photo.source_alpha is not None:
        small = _on_grey(small, fit.forward(photo.source_alpha))
    if photo.icc:
        small = to_srgb(small, photo.icc)
    result = np.empty((3, *fit.target), np.float32)
    for plane, channel, mean, std in zip(result, cv2.split(small), card.mean, card.std, strict=True):
        np.multiply(channel, np.float32(1 / (depth_of(small) * std)), out=plane)
        np.subtract(plane, np.float32(mean / std), out=plane)
    return result


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
