"""Deformable convolution against loops in numpy, against a case by hand, and its gradients."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (extra train)")

from alphacut.networks.deform import DeformableConv2d, deform_conv  # noqa: E402


def tensors(seed, kernel, size=(5, 4), batch=2, channels=3, outputs=2):
    """Return x, offset, mask, weight and padding; the output is as large as the input."""
    draw = np.random.default_rng(seed)
    taps = kernel * kernel
    shapes = (
        (batch, channels, *size),
        (batch, 2 * taps, *size),
        (batch, taps, *size),
        (outputs, channels, kernel, kernel),
    )
    x, offset, mask, weight = (draw.standard_normal(shape) for shape in shapes)
    return x, 2 * offset, mask, weight, kernel // 2


def pixel(plane, row, column):
    inside = 0 <= row < plane.shape[0] and 0 <= column < plane.shape[1]
    return plane[row, column] if inside else 0.0


def bilinear(plane, down, right):
    row, column = int(np.floor(down)), int(np.floor(right))
    below, beside = down - row, right - column
    return (
        (1 - below) * (1 - beside) * pixel(plane, row, column)
        + (1 - below) * beside * pixel(plane, row, column + 1)
        + below * (1 - beside) * pixel(plane, row + 1, column)
        + below * beside * pixel(plane, row + 1, column + 1)
    )


def by_loops(x, offset, mask, weight, padding):
    """Equation 1 of the paper, one product at a time."""
    outputs, channels, height, width = weight.shape
    answer = np.zeros((x.shape[0], outputs, *mask.shape[2:]))
    for batch, output, row, column in np.ndindex(answer.shape):
        for tap in range(height * width):
            down = row - padding + tap // width + offset[batch, 2 * tap, row, column]
            right = column - padding + tap % width + offset[batch, 2 * tap + 1, row, column]
            for channel in range(channels):
                seen = bilinear(x[batch, channel], down, right) * mask[batch, tap, row, column]
                answer[batch, output, row, column] += (
                    weight[output, channel, tap // width, tap % width] * seen
                )
    return answer


@pytest.mark.parametrize("kernel", [1, 3])
def test_it_is_the_papers_sum(kernel):
    given = tensors(kernel, kernel)
    ours = deform_conv(*map(torch.from_numpy, given[:4]), given[4])
    assert np.allclose(ours.numpy(), by_loops(*given), atol=1e-12)


def test_half_a_pixel_to_the_right_by_hand():
    x = torch.tensor([[[[1.0, 2.0, 4.0]]]])
    offset = torch.tensor([0.0, 0.5]).view(1, 2, 1, 1).expand(1, 2, 1, 3)
    mask = torch.tensor([[[[1.0, 1.0, 2.0]]]])
    # (1+2)/2, (2+4)/2, and twice (4+0)/2, for what is outside is nothing; all three times.
    answer = deform_conv(x, offset, mask, torch.full((1, 1, 1, 1), 3.0), 0)
    assert answer.flatten().tolist() == pytest.approx([4.5, 9.0, 12.0])


def test_without_offsets_it_is_a_convolution():
    x, offset, mask, weight, padding = tensors(0, 3)
    ours = deform_conv(
        torch.from_numpy(x),
        torch.zeros(offset.shape, dtype=torch.float64),
        torch.ones(mask.shape, dtype=torch.float64),
        torch.from_numpy(weight),
        padding,
    )
    usual = torch.nn.functional.conv2d(torch.from_numpy(x), torch.from_numpy(weight), padding=padding)
    assert torch.allclose(ours, usual, atol=1e-12)


def test_the_gradients_are_those_of_small_differences():
    x, offset, mask, weight, padding = tensors(3, 3, size=(4, 3), batch=1, channels=2, outputs=2)
    # Bilinear interpolation has a kink at every pixel; a step of 1e-6 must not cross one.
    offset = np.where(np.abs(offset - np.round(offset)) < 0.05, offset + 0.1, offset)
    given = [torch.tensor(array, requires_grad=True) for array in (x, offset, mask, weight)]
    assert torch.autograd.gradcheck(lambda *tensors: deform_conv(*tensors, padding), given)


def test_places_keep_their_precision_in_bfloat16():
    # A map of 1024 pixels, each its own place modulo 2: bfloat16 could not tell neighbours apart.
    x = (torch.arange(1024) % 2).to(torch.bfloat16).view(1, 1, 1, 1024)
    still = torch.zeros(1, 2, 1, 1024, dtype=torch.bfloat16)
    ones = torch.ones(1, 1, 1, 1024, dtype=torch.bfloat16)
    same = deform_conv(x, still, ones, torch.ones(1, 1, 1, 1, dtype=torch.bfloat16), 0)
    assert same.dtype == torch.bfloat16
    assert torch.allclose(same.float(), x.float(), atol=1e-2)


def test_a_fresh_layer_is_an_ordinary_convolution():
    layer = DeformableConv2d(2, 3, 3)
    x = torch.randn(1, 2, 6, 5, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(layer(x), layer.regular_conv(x), atol=1e-5)
