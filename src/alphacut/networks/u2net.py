"""U²-Net and its small form, U²-Net-p: a U of residual U-blocks, with a logit map from each level and one of them all.

References
----------
Qin et al., "U²-Net: Going deeper with nested U-structure for salient object detection", Pattern Recognition 2020,
fig. 5.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .outputs import Outputs
from .rsu import halved, stages
from .shapes import as_large_as

# (inputs, inner, outputs) of stage1 to stage6, then of stage5d to stage1d.
FULL = (
    [(3, 32, 64), (64, 32, 128), (128, 64, 256), (256, 128, 512), (512, 256, 512), (512, 256, 512)],
    [(1024, 256, 512), (1024, 128, 256), (512, 64, 128), (256, 32, 64), (128, 16, 64)],
)
SMALL = ([(3, 16, 64)] + [(64, 16, 64)] * 5, [(128, 16, 64)] * 5)


class U2Net(nn.Module):
    """U²-Net: 44 million parameters, or 1.1 million as U²-Net-p.

    Parameters
    ----------
    small
        U²-Net-p.
    """

    def __init__(self, small: bool = False) -> None:
        super().__init__()
        widths, ups = SMALL if small else FULL
        for name, stage in stages(widths, ups).items():
            self.add_module(name, stage)
        # What each side sees: the decoder from the finest, then the deepest encoder stage.
        sides = [width[2] for width in reversed(ups)] + [widths[5][2]]
        add_sides(self, sides)
        self.outconv = nn.Conv2d(6, 1, 1)

    def forward(self, x: Tensor) -> Tensor | Outputs:
        """Return logits B×1×H×W of an image B×3×H×W; in training the six sides behind them too."""
        features = nested_u(self, x)
        sides = side_logits(self, features, x)
        fused = self.outconv(torch.cat(sides, 1))
        return Outputs((fused, *sides), features) if self.training else fused


def nested_u(network: nn.Module, x: Tensor) -> tuple[Tensor, ...]:
    """Run stages 1 to 6 and 5d to 1d; return what the decoder gives from the finest on, and the deepest stage's."""
    down = []
    for number in range(1, 7):
        x = getattr(network, f"stage{number}")(halved(x) if number > 1 else x)
        down.append(x)
    features = [down.pop()]
    for number in range(5, 0, -1):
        skip = down.pop()
        x = getattr(network, f"stage{number}d")(torch.cat((as_large_as(features[0], skip), skip), 1))
        features.insert(0, x)
    return tuple(features)


def add_sides(network: nn.Module, channels: Sequence[int]) -> None:
    """Give a network the convolutions ``side1`` to ``side6`` that make logits of its maps."""
    for number, width in enumerate(channels, 1):
        network.add_module(f"side{number}", nn.Conv2d(width, 1, 3, padding=1))


def side_logits(network: nn.Module, features: Sequence[Tensor], like: Tensor) -> tuple[Tensor, ...]:
    """Return the side outputs of six maps, each as large as `like`."""
    return tuple(
        as_large_as(getattr(network, f"side{number}")(feature), like)
        for number, feature in enumerate(features, 1)
    )
