"""The network that a training begins with."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from ..errors import OptionError
from ..infer.catalog import find_card, known_names
from ..infer.engines.torch import weights_of
from ..infer.weights import ensure
from ..networks import build
from ..networks.weights import load_weights
from .config import Config


def begin(config: Config) -> nn.Module:
    """Return the configured network with the weights it begins with.

    Raises
    ------
    UnknownModel, WeightsUnavailable, WeightsCorrupt
        The weights are no model and no file, are not here and cannot be fetched, or are of another network.
    OptionError
        Normalisations would learn statistics that weights from ONNX have no more.
    """
    network = build(config.network)
    if config.init is None:
        return network
    path = Path(config.init)
    if config.init in known_names() or not path.is_file():
        card = find_card(config.init)
        path = weights_of(card, ensure(card))
    if path.suffix == ".onnx" and not config.run.freeze_norms:
        problem = "does not go with weights from ONNX, whose normalisations are part of their convolutions"
        raise OptionError(
            "run.freeze_norms = false", problem, "Leave it true, or begin from the authors' file."
        )
    load_weights(network, path)
    return network
