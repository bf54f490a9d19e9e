"""Modulated deformable convolution in plain torch, which exports to ONNX (GridSample) and runs on every device.

References
----------
Zhu et al., "Deformable ConvNets v2: more deformable, better results", CVPR 2019, eq. 1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .shapes import sizes


def deform_conv(x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, padding: int) -> Tensor:
    """Convolve with stride 1, each tap looking where its offset says and weighted by its mask.

    Parameters
    ----------
    x
        B×C×H×W; zero outside, bilinear between pixels.
    offset
        B×2K×H'×W' in pixels for K taps, row by row: down, then right, of each.
    mask
        B×K×H'×W'.
    weight
        O×C×h×w, with h·w = K.
    padding
        Pixels around x.

    Returns
    -------
    Tensor
        B×O×H'×W'.
    """
    outputs, channels, height, width = sizes(weight)
    rows, columns = sizes(mask)[2:]
    grid = places(x, offset, (height, width), padding)
    total: Tensor | None = None
    # A row of taps at a time: all at once would hold h·w copies of x, and one by one would add up h·w times.
    for row in range(height):
        taps = slice(row * width, (row + 1) * width)
        # The taps of a row stand one below the other in the grid, so that they come back behind their channel.
        seen = F.grid_sample(
            x.to(grid), grid[:, taps].flatten(1, 2), padding_mode="zeros", align_corners=False
        )
        seen = seen.to(x).view(-1, channels, width, rows, columns) * mask[:, None, taps]
        flat = weight[:, :, row].reshape(outputs, channels * width, 1, 1)
        part = F.conv2d(seen.flatten(1, 2), flat)
        total = part if total is None else total + part
    if total is None:
        raise ValueError("weight: expected a kernel of one tap or more")
    return total


def places(x: Tensor, offset: Tensor, kernel: tuple[int, int], padding: int) -> Tensor:
    """Return where each tap looks: B×K×H'×W'×2, right and down, with -1 and 1 at the outer borders of x.

    In float32 at least: bfloat16 would know a place in a map of 256 pixels to no better than half a pixel.
    """
    precision = torch.promote_types(x.dtype, torch.float32)
    height, width = sizes(x)[2:]
    rows, columns = sizes(offset)[2:]

    def along(count: int) -> Tensor:
        return torch.arange(count, device=x.device, dtype=precision)

    offset = offset.to(precision).view(-1, kernel[0] * kernel[1], 2, rows, columns)
    down = (along(kernel[0])[:, None, None, None] + along(rows)[:, None] - padding).expand(
        -1, kernel[1], -1, columns
    )
    right = (along(kernel[1])[:, None, None] + along(columns) - padding).expand(kernel[0], -1, rows, -1)
    start = torch.stack(((2 * right + 1) / width - 1, (2 * down + 1) / height - 1), -1).flatten(0, 1)
    pixel = start.new_tensor([2 / width, 2 / height])
    return start + torch.stack((offset[:, :, 1], offset[:, :, 0]), -1) * pixel


class DeformableConv2d(nn.Module):
    """A deformable convolution that predicts its own offsets and masks; the size stays."""

    def __init__(self, inputs: int, outputs: int, size: int) -> None:
        super().__init__()
        self.padding = size // 2
        self.offset_conv = nn.Conv2d(inputs, 2 * size * size, size, padding=self.padding)
        self.modulator_conv = nn.Conv2d(inputs, size * size, size, padding=self.padding)
        self.regular_conv = nn.Conv2d(inputs, outputs, size, padding=self.padding, bias=False)
        # It starts as an ordinary convolution.
        for start in (self.offset_conv, self.modulator_conv):
            for parameter in start.parameters():
                nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """Return B×outputs×H×W."""
        mask = 2 * torch.sigmoid(self.modulator_conv(x))
        return deform_conv(x, self.offset_conv(x), mask, self.regular_conv.weight, self.padding)
