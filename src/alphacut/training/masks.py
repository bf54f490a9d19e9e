"""ISNet's first stage: the encoder that learns to give masks back, and then says what their features should be."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import torch
from torch import nn

from ..networks import MaskEncoder
from ..networks.weights import load_weights
from .config import Config
from .data.order import batches
from .losses import bce
from .place import Place
from .state import save_weights

STEPS = 2000
"""As in the authors' code, which ends it once the masks come back almost whole."""
RATE = 1e-3


def learn_masks(config: Config, out: Path, place: Place) -> nn.Module:
    """Return the encoder, frozen: the one of this run if it was learned already, a new one otherwise.

    References
    ----------
    Qin et al. 2022, section 4.2: trained with cross-entropy on the masks alone, before the network.
    """
    network, path = MaskEncoder().to(place.device), out / "masks.safetensors"
    if path.exists():
        load_weights(network, path)
        return network.eval().requires_grad_(False)
    optimizer = torch.optim.Adam(network.parameters(), RATE)
    parallel = place.parallel(network)
    for batch, _ in islice(batches(config, place, 0), min(STEPS, config.run.steps)):
        outputs = parallel(batch.target)
        optimizer.zero_grad(set_to_none=True)
        torch.stack([bce(logits, batch.target).mean() for logits in outputs.logits]).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    if place.leads:
        save_weights(network, path)
    return network.eval().requires_grad_(False)
