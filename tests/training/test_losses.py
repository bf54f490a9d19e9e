"""Losses against hand-computed cases, other programs' values and numerical gradients; and their weighted sum."""

import math

import numpy as np
import pytest
from scipy.ndimage import uniform_filter
from skimage.metrics import structural_similarity

torch = pytest.importorskip("torch", reason="the extra train is not installed")

from alphacut.errors import OptionError  # noqa: E402
from alphacut.networks.outputs import Outputs  # noqa: E402
from alphacut.training.losses import LOSSES, Batch, Objective, composition  # noqa: E402

names = pytest.mark.parametrize("name", sorted(LOSSES))


def plane(*rows):
    """Return rows as 1×1×H×W."""
    return torch.tensor(rows, dtype=torch.float64)[None, None]


def noise(seed, *shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


ALPHA = plane([0.5, 0.25], [0.75, 0.5])
TARGET = plane([1, 0], [1, 0.5])
LN2, LN4_3 = math.log(2), math.log(4 / 3)
# Per pixel: |alpha - target| is .5 .25 .25 0, the smaller .5 0 .75 .5, the larger 1 .25 1 .5, and the cross-entropy
# ln 2, ln 4/3, ln 4/3, ln 2.
BY_HAND = {
    "bce": (2 * LN2 + 2 * LN4_3) / 4,
    "l1": (0.5 + 0.25 + 0.25 + 0) / 4,
    "iou": 1 - (1.75 + 1) / (2.75 + 1),
    # One window of equal weights: means .5 and .625, variances .03125 and .171875, covariance .0625.
    "ssim": 1 - (0.625 + 1e-4) / (0.640625 + 1e-4) * (0.125 + 9e-4) / (0.203125 + 9e-4),
    # The mean of the target is .625, so pixels weigh 1 + 5 · (.375 .625 .375 .125): 2.875 4.125 2.875 1.625.
    "structure": (4.5 * LN2 + 7 * LN4_3) / 11.5 + 1 - (4.40625 + 1) / (7.59375 + 1),
    # Half of what one pixel differs from its neighbour: .375 and .125 to the right, .125 twice down.
    "gradient": (0.375 + 0.125 + 0.375 + 0.125 + 0.125 + 0.125 + 0.125 + 0.125) / 4,
}


@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_a_loss_is_what_its_formula_gives_by_hand(name):
    assert float(LOSSES[name](ALPHA.logit(), TARGET)) == pytest.approx(BY_HAND[name], abs=1e-9)


def test_an_alpha_that_is_wrong_by_the_same_everywhere_costs_in_the_last_level_alone():
    # No level but the fifth sees a constant; it weighs 2⁴.
    target = torch.full((1, 1, 9, 16), 0.5, dtype=torch.float64)
    assert float(LOSSES["laplacian"](torch.full_like(target, 0.75).logit(), target)) == pytest.approx(
        16 * 0.25
    )


def test_composition_is_the_difference_that_shows():
    # Half of the subject is missing: half of (1, .5, 0) - (0, .5, .5) shows.
    front, behind = (
        torch.tensor(c, dtype=torch.float64).view(1, 3, 1, 1) for c in ([1, 0.5, 0], [0, 0.5, 0.5])
    )
    loss = composition(plane([0.5]).logit(), plane([1]), front, behind)
    assert loss.tolist() == [pytest.approx((0.5 + 0 + 0.25) / 3)]


def test_ssim_is_scikit_images():
    alpha, target = noise(1, 1, 1, 23, 19), noise(2, 1, 1, 23, 19)
    theirs = structural_similarity(
        *(x[0, 0].numpy() for x in (alpha, target)),
        data_range=1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert float(LOSSES["ssim"](alpha.logit(), target)) == pytest.approx(1 - theirs, abs=1e-9)


def test_structure_is_f3nets_formula_in_numpy():
    a, t = noise(3, 40, 37).numpy(), (noise(4, 40, 37) > 0.7).double().numpy()
    mean = uniform_filter(t, 31, mode="constant") / uniform_filter(np.ones_like(t), 31, mode="constant")
    w = 1 + 5 * abs(mean - t)
    entropy = -(w * (t * np.log(a) + (1 - t) * np.log(1 - a))).sum() / w.sum()
    shared = (w * a * t).sum()  # of a mask the product is the smaller of the two
    overlap = (shared + 1) / ((w * (a + t)).sum() - shared + 1)
    ours = LOSSES["structure"](torch.from_numpy(a)[None, None].logit(), torch.from_numpy(t)[None, None])
    assert float(ours) == pytest.approx(entropy + 1 - overlap, abs=1e-9)


def halves(x):
    """Return the means of squares of 2×2; an odd last row and column stand alone."""
    height, width = (-(-side // 2) for side in x.shape)
    return np.array(
        [[x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean() for j in range(width)] for i in range(height)]
    )


def enlarged(x, shape):
    """Return x at a shape, by lines between the middles of its pixels."""
    for axis, side in enumerate(shape):
        places = (np.arange(side) + 0.5) * x.shape[axis] / side - 0.5
        x = np.apply_along_axis(lambda line, p=places: np.interp(p, np.arange(len(line)), line), axis, x)
    return x


def pyramid(x):
    """Return the Laplacian pyramid of five levels, with loops."""
    levels, kernel = [], np.array([1, 4, 6, 4, 1]) / 16
    for _ in range(4):
        wide = np.pad(x, 2, mode="edge")
        for axis in (0, 1):
            wide = np.apply_along_axis(np.convolve, axis, wide, kernel, "valid")
        small = halves(wide)
        levels.append(x - enlarged(small, x.shape))
        x = small
    return [*levels, x]


def test_laplacian_is_the_difference_of_two_pyramids_in_numpy():
    a, t = noise(5, 21, 34).numpy(), noise(6, 21, 34).numpy()
    pairs = zip(pyramid(a), pyramid(t), strict=True)
    expected = sum(2**level * abs(one - other).mean() for level, (one, other) in enumerate(pairs))
    ours = LOSSES["laplacian"](torch.from_numpy(a)[None, None].logit(), torch.from_numpy(t)[None, None])
    assert float(ours) == pytest.approx(expected, abs=1e-9)


@names
def test_gradients_are_the_numerical_ones(name):
    logits = (4 * noise(7, 1, 1, 11, 12) - 2).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: LOSSES[name](x, noise(8, 1, 1, 11, 12)), logits)


def test_the_gradients_of_composition_are_the_numerical_ones():
    logits = (4 * noise(9, 2, 1, 4, 5) - 2).requires_grad_()
    layers = noise(10, 2, 3, 4, 5), noise(11, 2, 3, 4, 5)
    assert torch.autograd.gradcheck(lambda x: composition(x, noise(12, 2, 1, 4, 5), *layers), logits)


@names
def test_the_true_matte_is_the_best_answer(name):
    target = 0.02 + 0.96 * noise(13, 1, 1, 16, 16)
    best = float(LOSSES[name](target.logit(), target))
    entropy = -(target * target.log() + (1 - target) * (1 - target).log())
    floor = {"bce": float(entropy.mean()), "structure": None}.get(name, 0.0)
    assert floor is None or best == pytest.approx(floor, abs=1e-9)
    for seed in range(14, 20):
        other = target.logit() + noise(seed, 1, 1, 16, 16) - 0.5
        assert float(LOSSES[name](other, target)) > best


@names
def test_the_true_mask_costs_nothing_and_its_opposite_much(name):
    mask = torch.zeros(1, 1, 24, 24)
    mask[..., 6:17, 5:20] = 1
    right, wrong = (float(LOSSES[name](sign * (mask - 0.5) * 60, mask)) for sign in (1, -1))
    assert right == pytest.approx(0, abs=1e-5)
    assert wrong > 0.1


@names
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (33, 20)])
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_an_empty_and_a_full_target_of_any_size_teach_something_finite(name, size, target):
    for start in (-200.0, 0.0, 200.0):
        logits = torch.full((1, 1, *size), start, requires_grad=True)
        loss = LOSSES[name](logits, torch.full((1, 1, *size), target))
        loss.sum().backward()
        assert loss.isfinite().all()
        assert logits.grad.isfinite().all()


@names
def test_each_sample_has_its_own_number(name):
    logits, target = 4 * noise(20, 3, 1, 13, 14) - 2, noise(21, 3, 1, 13, 14)
    together = LOSSES[name](logits, target)
    assert together.shape == (3,)
    singles = [LOSSES[name](logits[k : k + 1], target[k : k + 1])[0] for k in range(3)]
    assert torch.allclose(together, torch.stack(singles), atol=1e-12)


def batch(*shape, **layers):
    return Batch(torch.zeros(shape[0], 3, *shape[2:]), noise(22, *shape), **layers)


def test_sides_are_enlarged_and_weigh_what_they_are_given():
    # A side of one value is that value at every size.
    logits = 4 * noise(23, 2, 1, 8, 8) - 2
    sides = torch.full((2, 1, 4, 4), 0.3).double(), torch.full((2, 1, 2, 2), -0.6).double()
    given = batch(2, 1, 8, 8)
    parts = Objective({"bce": 2.0, "l1": 0.5}, sides=0.25)(Outputs((logits, *sides)), given)
    for name, weight in (("bce", 2.0), ("l1", 0.5)):
        loss = LOSSES[name]
        small = sum(loss(torch.full_like(logits, value), given.target).mean() for value in (0.3, -0.6))
        assert torch.allclose(parts[name], weight * (loss(logits, given.target).mean() + 0.25 * small))
    alone = Objective({"l1": 1.0}, sides=0.0)(Outputs((logits, *sides)), given)
    assert torch.equal(alone["l1"], LOSSES["l1"](logits, given.target).mean())


def test_only_composites_teach_composition():
    front, behind = noise(24, 2, 3, 4, 4), noise(25, 2, 3, 4, 4)
    front[1] = behind[1] = 0  # the second was not composed
    logits, given = (
        noise(26, 2, 1, 4, 4).requires_grad_(),
        batch(2, 1, 4, 4, foreground=front, background=behind),
    )
    part = Objective({"composition": 3.0})(Outputs((logits,)), given)["composition"]
    first = composition(logits[:1], given.target[:1], front[:1], behind[:1])
    assert torch.allclose(part, 3 * first[0] / 2)
    part.backward()
    assert logits.grad[0].any()
    assert not logits.grad[1].any()
    with pytest.raises(ValueError, match="layers"):
        Objective({"composition": 1.0})(Outputs((logits,)), batch(2, 1, 4, 4))


def test_predicted_gradients_learn_the_images_at_every_level():
    # Said and true are both 0, which is a probability of a half on both sides: ln 2 a level.
    levels = [(torch.zeros(1, 1, n, n, requires_grad=True), torch.zeros(1, 1, 8, 8)) for n in (2, 4)]
    outputs = Outputs((noise(27, 1, 1, 8, 8),), gradients=tuple(levels))
    part = Objective(gradients=0.5)(outputs, batch(1, 1, 8, 8))["gradients"]
    assert float(part.detach()) == pytest.approx(0.5 * 2 * LN2)
    # A strong true gradient asks for more than was said.
    strong = Outputs(outputs.logits, gradients=((levels[0][0], torch.full((1, 1, 8, 8), 5.0)),))
    Objective(gradients=1.0)(strong, batch(1, 1, 8, 8))["gradients"].backward()
    assert (levels[0][0].grad < 0).all()


def test_features_are_led_to_those_of_the_masks_encoder():
    features = torch.zeros(1, 2, 2, 2), torch.ones(1, 3, 1, 1)
    wanted = torch.full((1, 2, 2, 2), 2.0), torch.zeros(1, 3, 1, 1)
    outputs = Outputs((noise(28, 1, 1, 4, 4),), features=features)
    part = Objective(intermediate=0.5)(outputs, batch(1, 1, 4, 4), wanted)["intermediate"]
    assert float(part) == 0.5 * (2**2 + 1**2)


def test_the_sum_of_everything_reaches_the_network():
    logits = noise(29, 1, 1, 12, 12).requires_grad_()
    parts = Objective(dict.fromkeys(LOSSES, 1.0))(Outputs((logits,)), batch(1, 1, 12, 12))
    assert list(parts) == list(LOSSES)
    sum(parts.values()).backward()
    assert logits.grad.abs().min() > 0


def test_half_precision_is_judged_in_the_targets():
    logits = (4 * noise(30, 1, 1, 8, 8) - 2).bfloat16()
    parts = Objective({"bce": 1.0})(Outputs((logits,)), batch(1, 1, 8, 8))
    assert parts["bce"].dtype == torch.float64


def test_what_cannot_be_weighed_is_refused():
    with pytest.raises(OptionError, match=r"dice.*bce, composition, gradient, iou"):
        Objective({"dice": 1.0})
    for weight in (-1.0, math.nan, math.inf):
        with pytest.raises(OptionError, match="l1"):
            Objective({"l1": weight})
        with pytest.raises(OptionError, match="sides"):
            Objective(sides=weight)
    for nothing in ({}, {"l1": 0.0}):
        with pytest.raises(OptionError, match="nothing"):
            Objective(nothing)
    outputs, given = Outputs((noise(31, 1, 1, 4, 4),)), batch(1, 1, 4, 4)
    with pytest.raises(OptionError, match="isnet"):
        Objective(intermediate=1.0)(outputs, given)
    with pytest.raises(OptionError, match="birefnet"):
        Objective(gradients=1.0)(outputs, given)
