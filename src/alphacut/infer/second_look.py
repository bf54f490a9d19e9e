"""Where two networks disagree, let both look again, closer, and believe them if they then agree.

A subject that fills a small part of a photo is a few dozen pixels to a network, and each guesses in its own way.
On the box around what they found, with the rest of the photo gone, they often see the same thing; where they still
differ, nothing was learned and the first answer stays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from ..types import Alpha, Photo, check_pixels
from .card import ModelCard
from .engines import Session
from .predict import predict

DISPUTED = 0.8
"""Two first answers that overlap less than this are worth a second look; the second's cost is that of the first."""
SETTLED, GAIN = 0.9, 0.15
"""Second answers are taken if they overlap at least so much, and by so much more than the first did."""
MARGINS = (0.12, 0.3)
"""Around the box, as shares of its longer side: first close, then with more of the surroundings."""
FOUND = 0.3
"""Alphas above this belong to the box."""
LARGEST = 0.85
"""A box that covers more of the photo shows nothing new."""
ENOUGH = 512
"""Samples along the longer side from which overlap is told."""

Networks = Sequence[tuple[ModelCard, Session]]


def look_again(photo: Photo, networks: Networks, alpha: Alpha, first: Sequence[Alpha]) -> list[Alpha] | None:
    """Return two networks' answers to a second look if that settles what they disagreed about.

    Parameters
    ----------
    photo : Photo
    networks : two cards with their sessions
    alpha : Alpha
        What the first answers were joined to; it says where to look.
    first : two Alphas
        The first answers, each the photo's size.

    Returns
    -------
    list of Alpha or None
        The answers for the box with nothing around it, each the photo's size; None where no second look was
        worth it or nothing was settled.

    Raises
    ------
    InferenceFailed
        The engine failed.
    """
    agreed = overlap(*first)
    if agreed < DISPUTED:
        for box in filter(None, (_box(alpha, margin) for margin in MARGINS)):
            again = [predict(_piece(photo, box), card, session) for card, session in networks]
            if overlap(*again) >= max(SETTLED, agreed + GAIN):
                return [_placed(answer, box, alpha.shape) for answer in again]
    return None


def overlap(first: Alpha, second: Alpha) -> float:
    """Return the intersection over union of two alphas, in [0, 1]; 1 where both are empty."""
    step = max(1, max(first.shape) // ENOUGH)
    first, second = first[::step, ::step], second[::step, ::step]
    union = float(np.maximum(first, second).sum())
    return float(np.minimum(first, second).sum()) / union if union > 0 else 1.0


def _box(alpha: Alpha, margin: float) -> tuple[slice, slice] | None:
    """Return the rows and columns around what was found, or None where there is nothing to look closer at."""
    found = alpha > FOUND
    ends = [np.flatnonzero(found.any(axis=axis))[[0, -1]] for axis in (1, 0)] if found.any() else []
    reach = margin * max((int(last) + 1 - int(first) for first, last in ends), default=0)
    sides = [
        slice(max(0, int(first - reach)), min(length, int(last + 1 + reach)))
        for (first, last), length in zip(ends, alpha.shape, strict=False)
    ]
    if not sides or alpha[sides[0], sides[1]].size > LARGEST * alpha.size:
        return None
    return sides[0], sides[1]


def _piece(photo: Photo, box: tuple[slice, slice]) -> Photo:
    own = photo.source_alpha
    return dataclasses.replace(
        photo,
        pixels=check_pixels(np.ascontiguousarray(photo.pixels[box])),
        source_alpha=None if own is None else np.ascontiguousarray(own[box]),
    )


def _placed(answer: Alpha, box: tuple[slice, slice], shape: tuple[int, ...]) -> Alpha:
    whole = np.zeros(shape, np.float32)
    whole[box] = answer
    return whole
