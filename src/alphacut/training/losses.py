"""What a network is taught by: one function a loss, a table of their names, and their weighted sum.

Every function takes logits and a target in [0, 1], both B×1×H×W, and returns one number a sample, B. A target may be a
matte: no loss takes it for a mask, and each is smallest where the alpha is the target's: 0, but for cross-entropy,
whose least value is the target's own entropy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ..errors import OptionError
from ..networks.outputs import Outputs
from ..networks.shapes import as_large_as

Loss = Callable[[Tensor, Tensor], Tensor]
WINDOW, SIGMA = 11, 1.5
"""Of SSIM's Gaussian (Wang et al. 2004)."""
LEVELS = 5
"""Of the Laplacian pyramid (Hou and Liu 2019)."""


def bce(logits: Tensor, target: Tensor) -> Tensor:
    """Binary cross-entropy, the mean over the pixels."""
    return F.binary_cross_entropy_with_logits(logits, target, reduction="none").mean((1, 2, 3))


def l1(logits: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference of the alphas."""
    return (logits.sigmoid() - target).abs().mean((1, 2, 3))


def iou(logits: Tensor, target: Tensor) -> Tensor:
    """1 - soft intersection over union (Máttyus et al. 2017); 0 where both are empty.

    Of two alphas the smaller is the intersection and the larger the union (Wang et al. 2023, "Jaccard metric
    losses"). Of a mask these are the product and the sum without it, as in the original; of a matte they are not, and
    the original would have an alpha of 0.5 answered by 1.
    """
    return weighted_iou(logits.sigmoid(), target, torch.ones_like(target))


def ssim(logits: Tensor, target: Tensor) -> Tensor:
    """1 - structural similarity, in Gaussian windows of 11 pixels inside of the image (Wang et al. 2004, eq. 13)."""
    alpha = logits.sigmoid()
    c1, c2 = 0.01**2, 0.03**2
    mean_a, mean_t = smoothed(alpha), smoothed(target)
    var_a = smoothed(alpha * alpha) - mean_a**2
    var_t = smoothed(target * target) - mean_t**2
    shared = smoothed(alpha * target) - mean_a * mean_t
    level = (2 * mean_a * mean_t + c1) / (mean_a**2 + mean_t**2 + c1)
    return (1 - level * (2 * shared + c2) / (var_a + var_t + c2)).mean((1, 2, 3))


def structure(logits: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy and IoU that weigh pixels near an edge up to six times (Wei et al. 2020, "F³Net").

    At the image's border a pixel is compared with the mean of what is inside; the authors' code counts black outside,
    which makes an edge of a subject that goes on there.
    """
    near = 1 + 5 * (F.avg_pool2d(target, 31, 1, 15, count_include_pad=False) - target).abs()
    entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    mean = (near * entropy).sum((1, 2, 3)) / near.sum((1, 2, 3))
    total: Tensor = mean + weighted_iou(logits.sigmoid(), target, near)
    return total


def laplacian(logits: Tensor, target: Tensor) -> Tensor:
    """Difference of the Laplacian pyramids, coarse levels weighing more (Hou and Liu 2019).

    The last level is what is left of the alphas themselves (Burt and Adelson 1983): without it, an alpha that is wrong
    by the same everywhere would cost nothing.
    """
    difference = (
        logits.sigmoid() - target
    )  # The pyramid is linear: of the difference, or the difference of two.
    total = difference.new_zeros(len(difference))
    for level in range(LEVELS - 1):
        coarse = F.avg_pool2d(blurred(difference), 2, ceil_mode=True)
        fine = F.interpolate(coarse, size=difference.shape[2:], mode="bilinear", align_corners=False)
        total = total + 2.0**level * (difference - fine).abs().mean((1, 2, 3))
        difference = coarse
    return total + 2.0 ** (LEVELS - 1) * difference.abs().mean((1, 2, 3))


def gradient(logits: Tensor, target: Tensor) -> Tensor:
    """Difference of the alphas' gradients, of central differences (Rhemann et al. 2009's measure, as a loss).

    It sees edges alone, so it goes with a loss that sees areas.
    """
    difference = F.pad(logits.sigmoid() - target, (1, 1, 1, 1), mode="replicate")
    right = (difference[..., 1:-1, 2:] - difference[..., 1:-1, :-2]) / 2
    down = (difference[..., 2:, 1:-1] - difference[..., :-2, 1:-1]) / 2
    return (right.abs() + down.abs()).mean((1, 2, 3))


def composition(logits: Tensor, target: Tensor, foreground: Tensor, background: Tensor) -> Tensor:
    """Difference of what two alphas show of a known foreground before a known background (Xu et al. 2017).

    Parameters
    ----------
    logits, target : Tensor
        B×1×H×W.
    foreground, background : Tensor
        B×3×H×W in [0, 1]; where both are the same, nothing shows and nothing is learned.
    """
    return ((logits.sigmoid() - target) * (foreground - background)).abs().mean((1, 2, 3))


LOSSES: Mapping[str, Loss] = {
    "bce": bce,
    "l1": l1,
    "iou": iou,
    "ssim": ssim,
    "structure": structure,
    "laplacian": laplacian,
    "gradient": gradient,
}
"""The losses that need the target alone; ``composition`` needs the layers of a composite besides."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What came out of the data: images, their targets, and the layers of those that were composed."""

    image: Tensor
    """B×3×H×W, normalised as the network wants it."""
    target: Tensor
    """B×1×H×W in [0, 1]."""
    foreground: Tensor | None = None
    """B×3×H×W in [0, 1], not normalised; black where a sample was not composed. None where no loss wants it."""
    background: Tensor | None = None
    """Likewise."""


@dataclass(frozen=True, slots=True)
class Objective:
    """A weighted sum of losses over a network's answer and its side outputs.

    Attributes
    ----------
    weights
        By the names of `LOSSES`, and ``composition``.
    sides
        What a side output weighs against the answer.
    intermediate
        What the difference of ISNet's features from the mask encoder's weighs (Qin et al. 2022, section 4.2); 0
        leaves it out.
    gradients
        What BiRefNet's predicted gradients weigh (Zheng et al. 2024); 0 leaves them out.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: {"bce": 1.0, "iou": 1.0})
    sides: float = 1.0
    intermediate: float = 0.0
    gradients: float = 0.0

    def __post_init__(self) -> None:
        known = {*LOSSES, "composition"}
        unknown = sorted(set(self.weights) - known)
        if unknown:
            raise OptionError(
                "losses", f"knows no {', '.join(unknown)}", f"Take of {', '.join(sorted(known))}."
            )
        others = {"sides": self.sides, "intermediate": self.intermediate, "gradients": self.gradients}
        for name, weight in {**self.weights, **others}.items():
            if not 0 <= weight < math.inf:
                raise OptionError(f"weight of {name}", f"cannot be {weight}", "Give a number from 0 on.")
        if not any(self.weights.values()):
            raise OptionError("losses", "weigh nothing", "Give one a weight above 0.")

    def __call__(
        self, outputs: Outputs, batch: Batch, mask_features: Sequence[Tensor] = ()
    ) -> dict[str, Tensor]:
        """Return each part's weighted mean over the batch by its name; their sum is what is minimised.

        Parameters
        ----------
        outputs : Outputs
            A side output that is smaller than the target is enlarged.
        batch : Batch
        mask_features : sequence of Tensor
            What the mask encoder makes of the targets, for `intermediate`.

        Raises
        ------
        OptionError
            The network has no features or gradients, and they weigh something.
        """
        parts = {
            name: weight * self.over_outputs(name, outputs, batch) for name, weight in self.weights.items()
        }
        if self.intermediate:
            parts["intermediate"] = self.intermediate * feature_loss(outputs.features, mask_features)
        if self.gradients:
            parts["gradients"] = self.gradients * gradient_loss(outputs.gradients)
        return parts

    def over_outputs(self, name: str, outputs: Outputs, batch: Batch) -> Tensor:
        """Return one loss of the answer and, as the sides weigh, of the side outputs."""
        total = mean_loss(name, outputs.logits[0], batch)
        for logits in outputs.logits[1:] if self.sides else ():
            total = total + self.sides * mean_loss(name, logits, batch)
        return total


def mean_loss(name: str, logits: Tensor, batch: Batch) -> Tensor:
    """Return one loss of one output, the mean over the batch."""
    target = batch.target
    logits = as_large_as(logits, target, align_corners=True).to(target.dtype)
    if name != "composition":
        return LOSSES[name](logits, target).mean()
    if batch.foreground is None or batch.background is None:
        raise ValueError("batch: expected the layers of composites, got none")
    return composition(logits, target, batch.foreground, batch.background).mean()


def feature_loss(features: Sequence[Tensor], mask_features: Sequence[Tensor]) -> Tensor:
    """Return how far a network's maps are from those of a mask's encoder (Qin et al. 2022, section 4.2)."""
    if not features:
        raise OptionError(
            "intermediate", "needs a network that gives its features", "Train isnet, or leave it 0."
        )
    pairs = zip(features, mask_features, strict=True)
    return torch.stack([F.mse_loss(seen.to(true.dtype), true) for seen, true in pairs]).sum()


def gradient_loss(gradients: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
    """Return the cross-entropy of predicted gradients with the image's that the network itself takes for the subject's.

    As in the authors' code, the target goes through the sigmoid too, and is learned as well: it is the product of the
    image's Laplacian and of a side output.
    """
    if not gradients:
        raise OptionError("gradients", "needs a network that predicts them", "Train birefnet, or leave it 0.")
    levels = [
        F.binary_cross_entropy_with_logits(
            as_large_as(said, true, align_corners=True).to(true.dtype), true.sigmoid()
        )
        for said, true in gradients
    ]
    return torch.stack(levels).sum()


def weighted_iou(alpha: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Return 1 - intersection over union of two alphas, each pixel counting as it weighs."""
    both = (weight * torch.minimum(alpha, target)).sum((1, 2, 3))
    either = (weight * torch.maximum(alpha, target)).sum((1, 2, 3))
    # One pixel more in both, as in F³Net's code, so that two empty alphas are alike.
    return 1 - (both + 1) / (either + 1)


def smoothed(x: Tensor) -> Tensor:
    """Return x through SSIM's Gaussian, where its window is inside of the image; in a smaller image it is as large."""
    down, right = (gaussian(min(WINDOW, side), SIGMA, x) for side in x.shape[2:])
    return convolved(x, down, right)


def blurred(x: Tensor) -> Tensor:
    """Return x through the pyramid's kernel of five (Burt and Adelson 1983), the border repeated."""
    kernel = x.new_tensor([1, 4, 6, 4, 1]) / 16
    return convolved(F.pad(x, (2, 2, 2, 2), mode="replicate"), kernel, kernel)


def gaussian(size: int, sigma: float, like: Tensor) -> Tensor:
    """Return a Gaussian of `size` taps whose sum is 1."""
    place = torch.arange(size, dtype=like.dtype, device=like.device) - (size - 1) / 2
    bell = torch.exp(-(place**2) / (2 * sigma**2))
    return bell / bell.sum()


def convolved(x: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """Return B×1×H×W through two kernels, without the border that they do not fill."""
    samples = len(x)
    # The samples as channels: on a processor that is ten times faster, backwards above all.
    x = x.transpose(0, 1)
    x = F.conv2d(x, down.view(1, 1, -1, 1).expand(samples, 1, -1, 1), groups=samples)
    x = F.conv2d(x, right.view(1, 1, 1, -1).expand(samples, 1, 1, -1), groups=samples)
    return x.transpose(0, 1)
