"""BiRefNet against the authors' code: names and shapes, and the logits that the same weights give."""

import dataclasses
import lzma

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (extra train)")

import rule_weights  # noqa: E402
from alphacut.networks import BiRefNet, BiRefNetConfig, build  # noqa: E402
from alphacut.networks.swin import SwinSize, apart, relative_positions  # noqa: E402

SMALL = BiRefNetConfig(backbone=SwinSize(32, (2, 2, 2, 2), 4))


@pytest.mark.parametrize("name", ["birefnet", "birefnet-lite"])
def test_names_and_shapes_are_the_authors(name):
    with lzma.open(rule_weights.GOLDEN / f"{name}.keys.txt.xz", "rt") as lines:
        wanted = [line.rstrip("\n") for line in lines]
    with torch.device("meta"):
        state = build(name).state_dict()
    assert sorted(f"{key} {list(tensor.shape)}" for key, tensor in state.items()) == sorted(wanted)


def test_logits_are_the_authors():
    # Of Swin-T; bench/networks_equal.py does the same for Swin-L, which needs a minute and 3 GB.
    network = rule_weights.fill(build("birefnet-lite"))
    with torch.inference_mode():
        logits = network(torch.from_numpy(rule_weights.image(256, 256)))[0, 0]
    assert rule_weights.distance("birefnet-lite", logits.numpy()) < 1e-3


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"scales": "add"},
        {"scales": "one"},
        {"context": False},
        {"attention": "dilated"},
        {"attention": "none"},
        {"residual": True},
        {"inward": False},
        {"outward": False},
    ],
    ids=lambda changes: "-".join(map(str, *changes.items())) if changes else "released",
)
def test_every_configuration_runs_and_learns(changes):
    torch.manual_seed(0)
    network = BiRefNet(dataclasses.replace(SMALL, **changes))
    image = torch.randn(2, 3, 64, 96)
    outputs = network.train()(image)
    assert [side.shape[2:] for side in outputs.logits] == [(64, 96), (8, 12), (4, 6), (2, 3)]
    assert len(outputs.gradients) == (3 if network.config.outward else 0)
    loss = sum(side.square().mean() for side in outputs.logits)
    loss = loss + sum(seen.square().mean() for seen, _ in outputs.gradients)
    loss.backward()
    assert [name for name, value in network.named_parameters() if value.grad is None] == []
    with torch.inference_mode():
        assert network.eval()(image).shape == (2, 1, 64, 96)


def test_the_answer_is_that_of_the_authors_order():
    # They enlarge the finest map, join the image's features and mix them; ours mixes first.
    torch.manual_seed(0)
    decoder = BiRefNet(SMALL).eval().decoder
    image, fine = torch.randn(1, 3, 64, 32), torch.randn(1, 32, 16, 8)
    with torch.inference_mode():
        enlarged = torch.nn.functional.interpolate(fine, size=(64, 32), mode="bilinear", align_corners=True)
        theirs = decoder.conv_out1(torch.cat((enlarged, decoder.ipt_blk1(image)), 1))
        assert torch.allclose(decoder.answer(image, fine), theirs, atol=1e-5)


def test_images_of_a_batch_do_not_see_each_other():
    torch.manual_seed(0)
    network = BiRefNet(SMALL).eval()
    images = torch.randn(2, 3, 64, 96)
    with torch.inference_mode():
        assert torch.allclose(network(images)[1:], network(images[1:]), atol=1e-5)


def test_a_size_that_32_does_not_divide_is_refused():
    with pytest.raises(ValueError, match="32 divides, got 64×80"):
        BiRefNet(SMALL)(torch.zeros(1, 3, 64, 80))


def test_relative_positions_of_a_window_of_two_by_hand():
    # Rows and columns differ by -1, 0 or 1: three by three entries, the middle one for a place and itself.
    assert relative_positions(2).tolist() == [[4, 3, 1, 0], [5, 4, 2, 1], [7, 6, 4, 3], [8, 7, 5, 4]]


def test_places_that_the_roll_brought_together_do_not_attend():
    # Of two windows of 2 side by side, shifted by 1: the first lies whole; the second has a column from each end.
    mask = apart(1, 2, 2, 1)
    rows = np.array([0, 0, 1, 1])
    columns = np.array([0, 1, 0, 1])
    for window in (0, 1):
        # One row of windows is also the last one: its second row came from the top.
        same = rows[:, None] == rows[None]
        if window == 1:
            same &= columns[:, None] == columns[None]
        assert ((mask[window].numpy() == 0) == same).all()
