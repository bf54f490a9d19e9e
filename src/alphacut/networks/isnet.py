"""ISNet: U²-Net on a map of half size, and the network that encodes masks for its intermediate supervision.

References
----------
Qin et al., "Highly accurate dichotomous image segmentation", ECCV 2022, fig. 5 and section 4.2.
"""

from __future__ import annotations

from torch import Tensor, nn

from .outputs import Outputs
from .rsu import ConvNorm, halved, stages
from .shapes import as_large_as
from .u2net import FULL, add_sides, nested_u, side_logits

# The mask's encoder: what its stages give has the widths of what ISNet's decoder gives.
ENCODER = [(16, 16, 64), (64, 16, 64), (64, 32, 128), (128, 32, 256), (256, 64, 512), (512, 64, 512)]
SIDES = (64, 64, 128, 256, 512, 512)


class ISNet(nn.Module):
    """ISNet, 44 million parameters, made for 1024×1024."""

    side1: nn.Conv2d

    def __init__(self) -> None:
        super().__init__()
        widths, ups = FULL
        self.conv_in = nn.Conv2d(3, 64, 3, stride=2, padding=1)
        for name, stage in stages([(64, 32, 64), *widths[1:]], ups).items():
            self.add_module(name, stage)
        add_sides(self, SIDES)

    def forward(self, x: Tensor) -> Tensor | Outputs:
        """Return logits B×1×H×W of an image B×3×H×W; in training the six sides and the maps behind them."""
        features = nested_u(self, self.conv_in(x))
        if not self.training:
            return as_large_as(self.side1(features[0]), x)
        return Outputs(side_logits(self, features, x), features)


class MaskEncoder(nn.Module):
    """The authors' ``ISNetGTEncoder``: learns to give a mask back, and so what features of a mask look like."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_in = ConvNorm(1, 16, stride=2)
        for name, stage in stages(ENCODER).items():
            self.add_module(name, stage)
        add_sides(self, SIDES)

    def forward(self, mask: Tensor) -> Outputs:
        """Return six side logits and six maps of a mask B×1×H×W in [0, 1]."""
        x = self.conv_in(mask)
        features = []
        for number in range(1, 7):
            x = getattr(self, f"stage{number}")(halved(x) if number > 1 else x)
            features.append(x)
        return Outputs(side_logits(self, tuple(features), mask), tuple(features))
