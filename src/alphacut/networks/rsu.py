"""Residual U-blocks (RSU), of which U²-Net and ISNet are built: a small U-Net in place of one convolution.

Parameter names are those of the authors' code, so that its checkpoints load as they are.

References
----------
Qin et al., "U²-Net: Going deeper with nested U-structure for salient object detection", Pattern Recognition 2020,
fig. 2.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from .shapes import as_large_as

Width = tuple[int, int, int]


class ConvNorm(nn.Module):
    """A 3×3 convolution, batch normalisation and ReLU; the size stays, or halves with a stride of 2."""

    def __init__(self, inputs: int, outputs: int, dilation: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.conv_s1 = nn.Conv2d(inputs, outputs, 3, stride, padding=dilation, dilation=dilation)
        self.bn_s1 = nn.BatchNorm2d(outputs)
        self.relu_s1 = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Return B×outputs×H×W."""
        out: Tensor = self.relu_s1(self.bn_s1(self.conv_s1(x)))
        return out


class RSU(nn.Module):
    """A residual U-block: `height` levels down by pooling, the last one dilated, and up again.

    Parameters
    ----------
    height
        Convolutions on the way down; 7, 6, 5 or 4 in the papers.
    inputs, inner, outputs
        Channels: of the input, inside, and of the result.
    """

    def __init__(self, height: int, inputs: int, inner: int, outputs: int) -> None:
        super().__init__()
        self.height = height
        self.rebnconvin = ConvNorm(inputs, outputs)
        self.rebnconv1 = ConvNorm(outputs, inner)
        for level in range(2, height):
            setattr(self, f"rebnconv{level}", ConvNorm(inner, inner))
        setattr(self, f"rebnconv{height}", ConvNorm(inner, inner, dilation=2))
        for level in range(height - 1, 1, -1):
            setattr(self, f"rebnconv{level}d", ConvNorm(2 * inner, inner))
        self.rebnconv1d = ConvNorm(2 * inner, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return B×outputs×H×W."""
        start: Tensor = self.rebnconvin(x)
        x = start
        down: list[Tensor] = []
        for level in range(1, self.height):
            x = getattr(self, f"rebnconv{level}")(halved(x) if level > 1 else x)
            down.append(x)
        x = getattr(self, f"rebnconv{self.height}")(x)
        for level in range(self.height - 1, 0, -1):
            skip = down.pop()
            x = getattr(self, f"rebnconv{level}d")(torch.cat((as_large_as(x, skip), skip), 1))
        return x + start


class DilatedRSU(nn.Module):
    """RSU-4F: a residual U-block that dilates (1, 2, 4, 8) in place of pooling, for maps that are small already."""

    def __init__(self, inputs: int, inner: int, outputs: int) -> None:
        super().__init__()
        self.rebnconvin = ConvNorm(inputs, outputs)
        self.rebnconv1 = ConvNorm(outputs, inner)
        self.rebnconv2 = ConvNorm(inner, inner, dilation=2)
        self.rebnconv3 = ConvNorm(inner, inner, dilation=4)
        self.rebnconv4 = ConvNorm(inner, inner, dilation=8)
        self.rebnconv3d = ConvNorm(2 * inner, inner, dilation=4)
        self.rebnconv2d = ConvNorm(2 * inner, inner, dilation=2)
        self.rebnconv1d = ConvNorm(2 * inner, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return B×outputs×H×W."""
        start: Tensor = self.rebnconvin(x)
        one = self.rebnconv1(start)
        two = self.rebnconv2(one)
        three = self.rebnconv3(two)
        up = self.rebnconv3d(torch.cat((self.rebnconv4(three), three), 1))
        up = self.rebnconv2d(torch.cat((up, two), 1))
        out: Tensor = self.rebnconv1d(torch.cat((up, one), 1)) + start
        return out


def stages(down: Sequence[Width], up: Sequence[Width] = ()) -> dict[str, nn.Module]:
    """Return the stages of a nested U by the authors' names: ``stage1`` to ``stage6``, then ``stage5d`` to ``stage1d``.

    Parameters
    ----------
    down, up
        ``(inputs, inner, outputs)`` of each stage, in the order in which they run; without `up`, the encoder alone.
    """
    encoder: list[nn.Module] = [
        RSU(height, *width) for height, width in zip((7, 6, 5, 4), down[:4], strict=True)
    ]
    encoder += [DilatedRSU(*width) for width in down[4:]]
    decoder: list[nn.Module] = [DilatedRSU(*width) for width in up[:1]]
    decoder += [RSU(height, *width) for height, width in zip((4, 5, 6, 7), up[1:], strict=False)]
    named = {f"stage{number}": stage for number, stage in enumerate(encoder, 1)}
    return named | {f"stage{5 - number}d": stage for number, stage in enumerate(decoder)}


def halved(x: Tensor) -> Tensor:
    """Return x at half its size, rounded up, by the maximum."""
    return F.max_pool2d(x, 2, 2, ceil_mode=True)
