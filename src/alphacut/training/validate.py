"""How good a network is while it learns: our own measures of our own way from a photo to its alpha."""

from __future__ import annotations

import dataclasses

import numpy as np
from torch import nn

from ..errors import InputError, OptionError
from ..evaluate.segmentation import boundary_f, iou, mae
from ..infer.catalog import find_card
from ..infer.engines.torch import TorchSession
from ..infer.predict import predict
from ..types import Photo
from .config import Config
from .data.order import held_back

MEASURES = {"mae": mae, "iou": iou, "boundary_f": boundary_f}


def has_validation(config: Config) -> bool:
    """Return whether a training has photos to validate on."""
    return bool(config.data.validate or config.data.hold)


class Validation:
    """The photos to validate on, by the card of the network with the size that it is trained at.

    Raises
    ------
    OptionError
        Nothing was held back.
    """

    def __init__(self, config: Config) -> None:
        # What is trained gives logits; the session has them as probabilities already.
        self.card = dataclasses.replace(find_card(config.network), kind="probability")
        if config.data.size:
            height, width = config.data.size
            self.card = dataclasses.replace(self.card, size=(width, height))
        self.sources = held_back(config)
        if not sum(map(len, self.sources)):
            remedy = "Give more photos, a larger data.hold, or photos of their own in data.validate."
            raise OptionError(f"data.hold {config.data.hold}", "holds back none of so few photos", remedy)

    def scores(self, network: nn.Module) -> tuple[dict[str, float], int]:
        """Return the mean of each measure, and how many photos could not be read and are left out of it.

        Raises
        ------
        InputError
            None can be read; it is the first one's error.
        """
        session = TorchSession(network, str(next(network.parameters()).device))
        rows: list[list[float]] = []
        errors: list[InputError] = []
        for source in self.sources:
            for number in range(len(source)):
                try:
                    example = source.read(number)
                except InputError as error:
                    errors.append(error)
                    continue
                alpha = predict(Photo(example.image), self.card, session)
                rows.append([measure(alpha, example.alpha) for measure in MEASURES.values()])
        if not rows:
            raise errors[0]
        means = np.mean(rows, axis=0).tolist()
        return dict(zip(MEASURES, means, strict=True)), len(errors)
