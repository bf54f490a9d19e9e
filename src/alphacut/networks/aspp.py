"""Pyramids of convolutions side by side (ASPP), inside of each block of BiRefNet's decoder.

References
----------
Chen et al., "Rethinking atrous convolution for semantic image segmentation", 2017, fig. 5; with deformable in place of
dilated convolutions in Zheng et al., "Bilateral reference for high-resolution dichotomous image segmentation", 2024.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .deform import DeformableConv2d

INNER = 64
"""Channels of what a pyramid gets and gives."""
WIDTH = 256
"""Channels of each branch."""
KERNELS = (1, 3, 7)
DILATIONS = (6, 12, 18)


class Branch(nn.Module):
    """One convolution of the pyramid, normalised."""

    def __init__(self, conv: nn.Module) -> None:
        super().__init__()
        self.atrous_conv = conv
        self.bn = nn.BatchNorm2d(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """Return B×256×H×W."""
        return F.relu(self.bn(self.atrous_conv(x)))


class Pyramid(nn.Module):
    """Branches side by side, with the mean of the whole map as one more."""

    def __init__(self, branches: int) -> None:
        super().__init__()
        pooled = (
            nn.Conv2d(INNER, WIDTH, 1, bias=False),
            nn.BatchNorm2d(WIDTH),
            nn.ReLU(inplace=True),
        )
        self.global_avg_pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), *pooled)
        self.conv1 = nn.Conv2d(WIDTH * (branches + 1), INNER, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(INNER)
        self.dropout = nn.Dropout(0.5)

    def joined(self, x: Tensor, branches: list[Tensor]) -> Tensor:
        """Return B×64×H×W of the branches' answers."""
        mean = self.global_avg_pool(x).expand_as(branches[0])
        out: Tensor = self.dropout(F.relu(self.bn1(self.conv1(torch.cat((*branches, mean), 1)))))
        return out


class DeformableASPP(Pyramid):
    """Branches that look where they choose (``ASPPDeformable``)."""

    def __init__(self) -> None:
        super().__init__(1 + len(KERNELS))
        self.aspp1 = Branch(DeformableConv2d(INNER, WIDTH, 1))
        self.aspp_deforms = nn.ModuleList(Branch(DeformableConv2d(INNER, WIDTH, size)) for size in KERNELS)

    def forward(self, x: Tensor) -> Tensor:
        """Return B×64×H×W of the same."""
        return self.joined(x, [self.aspp1(x), *(branch(x) for branch in self.aspp_deforms)])


class DilatedASPP(Pyramid):
    """Branches that look 6, 12 and 18 places far (``ASPP``)."""

    def __init__(self) -> None:
        super().__init__(1 + len(DILATIONS))
        self.aspp1 = Branch(nn.Conv2d(INNER, WIDTH, 1, bias=False))
        for number, far in enumerate(DILATIONS, 2):
            conv = nn.Conv2d(INNER, WIDTH, 3, padding=far, dilation=far, bias=False)
            self.add_module(f"aspp{number}", Branch(conv))

    def forward(self, x: Tensor) -> Tensor:
        """Return B×64×H×W of the same."""
        return self.joined(x, [getattr(self, f"aspp{number}")(x) for number in range(1, 2 + len(DILATIONS))])
