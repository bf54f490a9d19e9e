"""BiRefNet: a Swin backbone at two scales, and a decoder that sees the image again at every level.

That is its bilateral reference. The inward one is the image itself, cut into patches and joined to each decoder
block's input; the outward one is a map of gradients, which each level learns to predict and which weights its
features. Parameter names are those of the authors' code, so that released checkpoints load as they are.

References
----------
Zheng et al., "Bilateral reference for high-resolution dichotomous image segmentation", CAAI AIR 2024, fig. 2 to 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .aspp import INNER, DeformableASPP, DilatedASPP
from .outputs import Outputs
from .shapes import as_large_as as resized
from .shapes import sizes
from .swin import SWIN, Swin, SwinSize

GRADIENT_WIDTH = 16


@dataclass(frozen=True, slots=True)
class BiRefNetConfig:
    """The options that the released configurations differ in; the defaults are those of the released weights."""

    backbone: SwinSize = SWIN["swin_v1_l"]
    """Swin-L for BiRefNet, HR, matting and portrait, Swin-T for the lite ones."""
    scales: Literal["cat", "add", "one"] = "cat"
    """How the backbone's maps of the image at half size join those at full size."""
    context: bool = True
    """The deepest map sees the three others."""
    attention: Literal["deformable", "dilated", "none"] = "deformable"
    """The pyramid inside of each decoder block (ASPP)."""
    residual: bool = False
    """The decoder's blocks have a skip connection (``ResBlk``)."""
    inward: bool = True
    """Patches of the image go into each decoder block."""
    outward: bool = True
    """Predicted gradients weight each level."""


class BiRefNet(nn.Module):
    """BiRefNet: 220 million parameters with Swin-L, 44 million with Swin-T."""

    def __init__(self, config: BiRefNetConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or BiRefNetConfig()
        size = config.backbone
        self.bb = Swin(size)
        # From the deepest to the finest, as the decoder meets them.
        widths = [size.width * scale * (2 if config.scales == "cat" else 1) for scale in (8, 4, 2, 1)]
        context = sum(widths[1:]) if config.context else 0
        self.squeeze_module = nn.Sequential(DecoderBlock(widths[0] + context, widths[0], config))
        self.decoder = Decoder(widths, config)

    def forward(self, x: Tensor) -> Tensor | Outputs:
        """Return logits B×1×H×W of an image B×3×H×W; in training the sides and gradients too.

        Raises
        ------
        ValueError
            32 does not divide H and W.
        """
        height, width = sizes(x)[2:]
        if height % 32 or width % 32:
            raise ValueError(f"image: expected a height and width that 32 divides, got {height}×{width}")
        maps = self.encoded(x)
        if self.config.context:
            maps[3] = torch.cat((*(as_large_as(fine, maps[3]) for fine in maps[:3]), maps[3]), 1)
        maps[3] = self.squeeze_module(maps[3])
        answer: Tensor | Outputs = self.decoder(x, maps)
        return answer

    def encoded(self, x: Tensor) -> list[Tensor]:
        """Return the backbone's four maps of the image, joined with those of the image at half size."""
        maps = self.bb(x)
        if self.config.scales == "one":
            return list(maps)
        height, width = sizes(x)[2:]
        half = F.interpolate(x, size=(height // 2, width // 2), mode="bilinear", align_corners=True)
        pairs = [(fine, as_large_as(coarse, fine)) for fine, coarse in zip(maps, self.bb(half), strict=True)]
        if self.config.scales == "add":
            return [fine + coarse for fine, coarse in pairs]
        return [torch.cat(pair, 1) for pair in pairs]


class Decoder(nn.Module):
    """Four blocks from 1/32 to 1/4, each with its lateral map, its patches of the image and its gradients."""

    ipt_blk1: PatchConvs
    decoder_block1: DecoderBlock
    conv_out1: nn.Sequential

    def __init__(self, widths: list[int], config: BiRefNetConfig) -> None:
        super().__init__()
        self.config = config
        patches = [width // 8 for width in widths] if config.inward else [0, 0, 0, 0]
        outputs = [*widths[1:], widths[3] // 2]
        if config.inward:
            # The patches at 1/32, 1/16, 1/8, 1/4 and the image itself.
            for level, side, width in zip(
                (5, 4, 3, 2, 1), (32, 16, 8, 4, 1), (patches[0], *patches), strict=True
            ):
                self.add_module(f"ipt_blk{level}", PatchConvs(3 * side * side, width))
        for level, width, patch, output in zip(
            (4, 3, 2, 1), widths, (patches[0], *patches[:3]), outputs, strict=True
        ):
            self.add_module(f"decoder_block{level}", DecoderBlock(width + patch, output, config))
        self.conv_out1 = nn.Sequential(nn.Conv2d(outputs[3] + patches[3], 1, 1))
        for level, width in zip((4, 3, 2), widths[1:], strict=True):
            self.add_module(f"lateral_block{level}", Lateral(width))
            self.add_module(f"conv_ms_spvn_{level}", nn.Conv2d(width, 1, 1))
            if config.outward:
                self.add_gradient_convs(level, width)

    def add_gradient_convs(self, level: int, width: int) -> None:
        """Give a level what predicts its gradients and weights it with them."""
        convs = (
            nn.Conv2d(width, GRADIENT_WIDTH, 3, padding=1),
            nn.BatchNorm2d(GRADIENT_WIDTH),
            nn.ReLU(inplace=True),
        )
        self.add_module(f"gdt_convs_{level}", nn.Sequential(*convs))
        for use in ("pred", "attn"):
            self.add_module(f"gdt_convs_{use}_{level}", nn.Sequential(nn.Conv2d(GRADIENT_WIDTH, 1, 1)))

    def forward(self, image: Tensor, maps: list[Tensor]) -> Tensor | Outputs:
        """Return the logits; in training the three sides too, from fine to coarse, and the pairs of gradients."""
        sides: list[Tensor] = []
        gradients: list[tuple[Tensor, Tensor]] = []
        edges = laplacian(image.mean(1, keepdim=True)) if self.training and self.config.outward else None
        x = maps[3]
        for level in (4, 3, 2):
            x = getattr(self, f"decoder_block{level}")(self.referred(level + 1, image, x))
            if self.training:
                sides.insert(0, getattr(self, f"conv_ms_spvn_{level}")(x))
            if self.config.outward:
                seen = getattr(self, f"gdt_convs_{level}")(x)
                if edges is not None:
                    target = edges * as_large_as(sides[0], edges)
                    gradients.insert(0, (getattr(self, f"gdt_convs_pred_{level}")(seen), target))
                x = x * torch.sigmoid(getattr(self, f"gdt_convs_attn_{level}")(seen))
            lateral = maps[level - 2]
            x = as_large_as(x, lateral) + getattr(self, f"lateral_block{level}")(lateral)
        logits = self.answer(image, self.decoder_block1(self.referred(2, image, x)))
        return Outputs((logits, *sides), gradients=tuple(gradients)) if self.training else logits

    def answer(self, image: Tensor, x: Tensor) -> Tensor:
        """Return logits B×1×H×W of the finest map, B×C×H/4×W/4, and of the image.

        The authors enlarge the map, join the image's features to it and mix all with a 1×1 convolution. That is linear,
        so the same comes out of mixing each first: of 1/16 of the pixels there, of 1 in place of C/4 features here.
        """
        mix, bias = weight_and_bias(self.conv_out1[0])
        width = sizes(x)[1]
        logits = as_large_as(F.conv2d(x, mix[:, :width], bias), image)
        return logits + self.ipt_blk1(image, mix[:, width:]) if self.config.inward else logits

    def referred(self, level: int, image: Tensor, x: Tensor) -> Tensor:
        """Return x with the image's patches behind it: the inward reference."""
        if not self.config.inward:
            return x
        patches = stacked(image, sizes(image)[2] // sizes(x)[2])
        return torch.cat((x, getattr(self, f"ipt_blk{level}")(patches)), 1)


class DecoderBlock(nn.Module):
    """The reconstruction block: two convolutions around a pyramid of deformable or dilated ones."""

    def __init__(self, inputs: int, outputs: int, config: BiRefNetConfig) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(inputs, INNER, 3, padding=1)
        self.bn_in = nn.BatchNorm2d(INNER)
        if config.attention != "none":
            self.dec_att: nn.Module = DeformableASPP() if config.attention == "deformable" else DilatedASPP()
        self.conv_out = nn.Conv2d(INNER, outputs, 3, padding=1)
        self.bn_out = nn.BatchNorm2d(outputs)
        self.conv_resi = nn.Conv2d(inputs, outputs, 1) if config.residual else None

    def forward(self, x: Tensor) -> Tensor:
        """Return B×outputs×H×W."""
        inner = F.relu(self.bn_in(self.conv_in(x)))
        if hasattr(self, "dec_att"):
            inner = self.dec_att(inner)
        out: Tensor = self.bn_out(self.conv_out(inner))
        return out if self.conv_resi is None else out + self.conv_resi(x)


class PatchConvs(nn.Module):
    """Patches of the image to a map: two convolutions and nothing between them."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, INNER, 3, padding=1)
        self.conv_out = nn.Conv2d(INNER, outputs, 3, padding=1)

    def forward(self, x: Tensor, mix: Tensor | None = None) -> Tensor:
        """Return B×outputs×H×W; or, of `mix`, M×outputs×1×1, what a convolution with it would make of that: B×M×H×W."""
        inner = self.conv1(x)
        if mix is None:
            out: Tensor = self.conv_out(inner)
            return out
        weight, bias = weight_and_bias(self.conv_out)
        mixed = mix.flatten(1) @ weight.flatten(1)
        return F.conv2d(inner, mixed.view(-1, INNER, 3, 3), mix.flatten(1) @ bias, padding=1)


class Lateral(nn.Module):
    """What of the backbone's map goes past a level."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return what came, mixed."""
        mixed: Tensor = self.conv(x)
        return mixed


def weight_and_bias(conv: Any) -> tuple[Tensor, Tensor]:
    """Return those of a convolution, as an adapter may have changed them."""
    return conv.weight, conv.bias


def stacked(image: Tensor, parts: int) -> Tensor:
    """Return the image cut into parts × parts pieces that lie side by side, as channels: B×C·parts²×h×w."""
    _, channels, height, width = sizes(image)
    image = image.view(-1, channels, parts, height // parts, parts, width // parts)
    return image.transpose(3, 4).reshape(-1, channels * parts * parts, height // parts, width // parts)


def laplacian(x: Tensor) -> Tensor:
    """Return how each pixel of B×1×H×W differs from the 5×5 around it: what gradients are learned from.

    The kernel sums to 0 and its absolute values to 1; the border is mirrored.
    """
    kernel = x.new_ones(1, 1, 5, 5)
    kernel[..., 2, 2] = -24
    return F.conv2d(F.pad(x, (2, 2, 2, 2), mode="reflect"), kernel / 48)


def as_large_as(x: Tensor, other: Tensor) -> Tensor:
    """Return x at the height and width of `other`; corners keep to corners, as the authors have it here."""
    return resized(x, other, align_corners=True)
