"""Training in less memory: one sample at a time, and stages whose insides are computed twice and kept never.

References
----------
Chen et al., "Training deep nets with sublinear memory cost", 2016, section 4.2.
"""

from __future__ import annotations

import dataclasses
from functools import partial

from torch import nn
from torch.utils.checkpoint import checkpoint

from ..networks.birefnet import DecoderBlock
from ..networks.rsu import RSU, DilatedRSU
from ..networks.swin import Block
from .config import Config

STAGES = (RSU, DilatedRSU, Block, DecoderBlock)
"""Of which the networks are built: what goes in and out of one is kept, the rest is forgotten until the way back."""


def one_at_a_time(config: Config) -> Config:
    """Return a training of the same samples, each a batch of its own that is accumulated with the others."""
    run = config.run
    one = dataclasses.replace(run, batch=1, accumulate=run.batch * run.accumulate)
    return dataclasses.replace(config, run=one)


def forget_insides(network: nn.Module) -> None:
    """Let each of a network's stages forget what it computed inside, and compute it again on the way back."""
    for module in network.modules():
        if isinstance(module, STAGES):
            again = partial(checkpoint, module.forward, use_reentrant=False)
            module.forward = again  # type: ignore[method-assign]
