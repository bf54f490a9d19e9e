"""Swin Transformer, the backbone of BiRefNet: attention inside windows that are shifted by half in every second block.

References
----------
Liu et al., "Swin Transformer: hierarchical vision transformer using shifted windows", ICCV 2021.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .shapes import sizes


@dataclass(frozen=True, slots=True)
class SwinSize:
    """What tells one Swin from another; heads have 32 channels in all of them."""

    width: int
    depths: tuple[int, int, int, int]
    window: int


SWIN = {
    "swin_v1_t": SwinSize(96, (2, 2, 6, 2), 7),
    "swin_v1_s": SwinSize(96, (2, 2, 18, 2), 7),
    "swin_v1_b": SwinSize(128, (2, 2, 18, 2), 12),
    "swin_v1_l": SwinSize(192, (2, 2, 18, 2), 12),
}
HEAD = 32
NEVER = -100.0
"""Added to the attention between places that were not neighbours before the shift."""


class Swin(nn.Module):
    """The backbone: maps at 1/4, 1/8, 1/16 and 1/32 of the image, with `width` × 1, 2, 4, 8 channels."""

    def __init__(self, size: SwinSize, drop_path: float = 0.2) -> None:
        super().__init__()
        self.patch_embed = PatchEmbed(size.width)
        last = max(sum(size.depths) - 1, 1)
        rates = (drop_path * number / last for number in itertools.count())
        self.layers = nn.ModuleList()
        for stage, depth in enumerate(size.depths):
            width = size.width << stage
            self.layers.append(
                Stage(width, size.window, [next(rates) for _ in range(depth)], merge=stage < 3)
            )
            self.add_module(f"norm{stage}", nn.LayerNorm(width))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return four maps of an image B×3×H×W, the largest first."""
        x = self.patch_embed(x)
        maps = []
        for stage, layer in enumerate(self.layers):
            x, smaller = layer(x)
            maps.append(getattr(self, f"norm{stage}")(x).permute(0, 3, 1, 2).contiguous())
            x = smaller
        return tuple(maps)


class PatchEmbed(nn.Module):
    """4×4 pixels to one vector."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, 4, stride=4)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """Return B×⌈H/4⌉×⌈W/4⌉×width."""
        height, width = sizes(x)[2:]
        x = F.pad(x, (0, -width % 4, 0, -height % 4))
        patches: Tensor = self.norm(self.proj(x).permute(0, 2, 3, 1))
        return patches


class Stage(nn.Module):
    """Blocks of one size, and what halves the map behind them."""

    def __init__(self, width: int, window: int, drop_paths: list[float], merge: bool) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            Block(width, window, shift=window // 2 * (number % 2), drop_path=rate)
            for number, rate in enumerate(drop_paths)
        )
        self.downsample = PatchMerging(width) if merge else None

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return B×H×W×C of the same, and what the next stage gets of it: B×⌈H/2⌉×⌈W/2⌉×2C, or x itself."""
        for block in self.blocks:
            x = block(x)
        return x, x if self.downsample is None else self.downsample(x)


class PatchMerging(nn.Module):
    """Four neighbours to one vector of twice the width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.reduction = nn.Linear(4 * width, 2 * width, bias=False)
        self.norm = nn.LayerNorm(4 * width)

    def forward(self, x: Tensor) -> Tensor:
        """Return B×⌈H/2⌉×⌈W/2⌉×2C of B×H×W×C."""
        height, width = sizes(x)[1:3]
        x = F.pad(x, (0, 0, 0, width % 2, 0, height % 2))
        corners = [x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)]
        merged: Tensor = self.reduction(self.norm(torch.cat(corners, -1)))
        return merged


class Block(nn.Module):
    """Window attention and a perceptron, each around a residual."""

    def __init__(self, width: int, window: int, shift: int, drop_path: float) -> None:
        super().__init__()
        self.window, self.shift, self.drop_path = window, shift, drop_path
        self.norm1 = nn.LayerNorm(width)
        self.attn = WindowAttention(width, window)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Mlp(width)

    def forward(self, x: Tensor) -> Tensor:
        """Return B×H×W×C of the same."""
        x = x + self.dropped(self.attended(self.norm1(x)))
        return x + self.dropped(self.mlp(self.norm2(x)))

    def attended(self, x: Tensor) -> Tensor:
        """Cut the map, filled up with zeros, into windows; attend in each; put them together again."""
        _, height, width, channels = sizes(x)
        window, shift = self.window, self.shift
        x = F.pad(x, (0, 0, 0, -width % window, 0, -height % window))
        rows, columns = -(-height // window), -(-width // window)
        if shift:
            x = torch.roll(x, (-shift, -shift), (1, 2))
        x = x.view(-1, rows, window, columns, window, channels).transpose(2, 3)
        x = x.reshape(-1, rows * columns, window * window, channels)
        x = self.attn(x, apart(rows, columns, window, shift).to(x) if shift else None)
        x = x.view(-1, rows, columns, window, window, channels).transpose(2, 3)
        x = x.reshape(-1, rows * window, columns * window, channels)
        if shift:
            x = torch.roll(x, (shift, shift), (1, 2))
        return x[:, :height, :width]

    def dropped(self, x: Tensor) -> Tensor:
        """Leave the branch out of some samples in training (stochastic depth, Huang et al. 2016)."""
        if not self.training or not self.drop_path:
            return x
        keep = 1 - self.drop_path
        return x * torch.bernoulli(x.new_full((x.shape[0], 1, 1, 1), keep)) / keep


class WindowAttention(nn.Module):
    """Multi-head self-attention in windows, with a learned bias for each relative position (eq. 4)."""

    relative_position_index: Tensor

    def __init__(self, width: int, window: int) -> None:
        super().__init__()
        self.heads = width // HEAD
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, self.heads))
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)
        self.register_buffer("relative_position_index", relative_positions(window))
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Return B×windows×places×C of the same; `mask`, windows×places×places, is added to the attention."""
        _, windows, places, channels = sizes(x)
        qkv = self.qkv(x).view(-1, windows, places, 3, self.heads, HEAD).permute(3, 0, 1, 4, 2, 5)
        bias = self.relative_position_bias_table[self.relative_position_index.view(-1)]
        bias = bias.view(places, places, self.heads).permute(2, 0, 1)[None]
        if mask is not None:
            bias = bias + mask[:, None]
        x = F.scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], bias.to(qkv.dtype))
        mixed: Tensor = self.proj(x.transpose(2, 3).reshape(-1, windows, places, channels))
        return mixed


class Mlp(nn.Module):
    """Two layers, four times as wide inside."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return what came, transformed."""
        out: Tensor = self.fc2(F.gelu(self.fc1(x)))
        return out


def relative_positions(window: int) -> Tensor:
    """Return which row of the bias table is meant between each two of a window's places."""
    place = torch.arange(window * window)
    down, right = place // window, place % window
    rows = down[:, None] - down[None] + window - 1
    return rows * (2 * window - 1) + right[:, None] - right[None] + window - 1


def apart(rows: int, columns: int, window: int, shift: int) -> Tensor:
    """Return the mask of shifted windows: places that the roll brought together do not see each other.

    Returns
    -------
    Tensor
        windows×places×places, 0 or `NEVER`.
    """

    def parts(count: int) -> Tensor:
        # What lies before the last window, in it, and what was rolled over from the other side.
        place = torch.arange(count * window)
        return (place >= count * window - window).long() + (place >= count * window - shift).long()

    region = 3 * parts(rows)[:, None] + parts(columns)[None]
    region = (
        region.view(rows, window, columns, window).transpose(1, 2).reshape(rows * columns, window * window)
    )
    return torch.where(region[:, None] == region[:, :, None], 0.0, NEVER)
