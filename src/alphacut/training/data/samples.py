"""Which sample comes when: a pure function of the seed and its number, so that any order can be taken up again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from ...decode import decode
from ...errors import InputError
from ...infer.geometry import resize
from .augment import USUAL, Colours, Sample, clipped, crop, floats_of, onto, vary
from .sources import Example, Source, eight_bits

TRIES = 100
"""Files in a row that may be broken before it is no chance any more."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a network wants of an image.

    Attributes
    ----------
    size : (int, int)
        Height and width.
    mean, std : tuple of float
        Of values in [0, 1].
    """

    size: tuple[int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@dataclass(frozen=True)
class Samples:
    """Training samples by number, of several sources; a broken example is left out and another comes in its place.

    Attributes
    ----------
    sources : sequence of (Source, float)
        With each one's weight: its share among the samples.
    look : Look
    seed : int
    shares : mapping
        How often each variation is done, by the names of `VARIATIONS`.
    compose : float
        How often the subject goes before another background.
    backgrounds : sequence of Path
        Photos without a subject that give those backgrounds; without any, two colours that run into each other.
    layers : bool
        Whether the layers of a composite are wanted too.
    """

    sources: Sequence[tuple[Source, float]]
    look: Look
    seed: int = 0
    shares: Mapping[str, float] = field(default_factory=lambda: USUAL)
    compose: float = 0.0
    backgrounds: Sequence[Path] = ()
    layers: bool = False

    def __getitem__(self, number: int) -> dict[str, Tensor]:
        """Return `Batch`'s tensors of one sample, and in ``broken`` how many examples were passed over.

        Raises
        ------
        InputError
            So many in a row are broken that it is no chance.
        """
        # A stream for each, so that what one draws leaves the others as they were.
        drawn, cropped, composed, varied = np.random.default_rng([self.seed, number]).spawn(4)
        example, broken = self.readable(drawn)
        image, alpha = example.image, example.alpha
        if cropped.random() < self.shares.get("crop", 0):
            image, alpha = crop(image, alpha, cropped)
        # As `predict` resizes: the network meets in training what it will meet in use.
        sample = Sample(floats_of(resize(image, self.look.size)), clipped(resize(alpha, self.look.size)))
        if composed.random() < self.compose:
            sample = onto(sample, self.behind(composed), composed)
            # Half of the work that follows is the layers'.
            sample = sample if self.layers else Sample(sample.image, sample.alpha)
        sample = vary(sample, varied, self.shares)
        return {**tensors(sample, self.look, self.layers), "broken": torch.tensor(broken)}

    def readable(self, random: Generator) -> tuple[Example, int]:
        """Return an example that a weighted draw gave, and how many broken ones were drawn before it."""
        weights = np.array([weight for _, weight in self.sources])
        for broken in range(TRIES):
            source = self.sources[random.choice(len(weights), p=weights / weights.sum())][0]
            try:
                return source.read(int(random.integers(len(source)))), broken
            except InputError as error:
                last = error
        raise InputError(
            "training data", f"{TRIES} photos in a row cannot be used, the last: {last}", "Check the folders."
        )

    def behind(self, random: Generator) -> Colours:
        """Return a background."""
        if not self.backgrounds:
            return ramp(random)
        for _ in range(TRIES):
            path = self.backgrounds[int(random.integers(len(self.backgrounds)))]
            try:
                return floats_of(eight_bits(decode(path).pixels))
            except InputError as error:
                last = error
        raise InputError(
            "backgrounds", f"{TRIES} files in a row are no photos, the last: {last}", "Check the folders."
        )


def ramp(random: Generator) -> Colours:
    """Return two colours that run into each other, down or to the right, 64×64: from strong ones to greys."""
    colours = random.random((2, 3), np.float32)
    greys = colours.mean(1, keepdims=True)
    first, second = greys + random.random(dtype=np.float32) * (colours - greys)
    share = np.linspace(0, 1, 64, dtype=np.float32)[:, None, None]
    run = np.repeat(first + share * (second - first), 64, 1)
    return run if random.random() < 0.5 else run.transpose(1, 0, 2)


def tensors(sample: Sample, look: Look, layers: bool = False) -> dict[str, Tensor]:
    """Return a sample as the network and the losses want it.

    Parameters
    ----------
    sample : Sample
    look : Look
    layers : bool
        Whether the layers are wanted: black ones of a sample that was not composed.
    """
    image = planes(sample.image)
    image -= np.array(look.mean, np.float32)[:, None, None]
    image /= np.array(look.std, np.float32)[:, None, None]
    made = {"image": image, "target": sample.alpha[None]}
    if layers:
        black = np.zeros_like(sample.image)
        made["foreground"] = planes(black if sample.foreground is None else sample.foreground)
        made["background"] = planes(black if sample.background is None else sample.background)
    return {name: torch.from_numpy(plane) for name, plane in made.items()}


def planes(picture: Colours) -> Colours:
    """Return H×W×3 as 3×H×W, copied."""
    return np.array(picture.transpose(2, 0, 1), order="C")
