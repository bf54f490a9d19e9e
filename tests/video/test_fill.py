"""Alpha told from a frame's colours where no way leads: known places stay, unknown ones follow what is around."""

import numpy as np
import pytest

from alphacut.video.steady.fill import filled

SHAPE = 60, 90
RED, BLUE = (180, 40, 40), (40, 60, 170)


def scene(depth=np.uint8):
    """Return a red disc on blue, with noise, and its alpha."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    alpha = (np.hypot(rows - 30, columns - 45) < 18).astype(np.float32)
    colours = np.where(alpha[..., None] > 0, RED, BLUE) + np.random.default_rng(4).normal(0, 3, (*SHAPE, 3))
    scale = np.iinfo(depth).max / 255
    return np.clip(np.rint(colours * scale), 0, 255 * scale).astype(depth), alpha


def unknown():
    known = np.ones(SHAPE, np.float32)
    known[20:40, 55:75] = 0
    return known


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("wrong", [0.0, 1.0], ids=["missing", "too-much"])
def test_what_is_not_known_is_told_from_the_colours(depth, wrong):
    pixels, truth = scene(depth)
    brought = np.where(unknown() > 0, truth, np.float32(wrong))
    found = filled(brought, pixels, unknown())
    assert np.mean((found > 0.5) != (truth > 0.5)) < 0.3 * np.mean(brought != truth)


def test_where_all_is_known_nothing_changes():
    pixels, truth = scene()
    wrong = np.where(unknown() > 0, truth, np.float32(0.3))
    np.testing.assert_array_equal(filled(wrong, pixels, np.ones(SHAPE, np.float32)), wrong)


def test_colours_that_both_have_change_little():
    _, truth = scene()
    pixels = np.random.default_rng(5).integers(90, 110, (*SHAPE, 3), np.uint8)
    turned = (filled(truth, pixels, unknown()) > 0.5) != (truth > 0.5)
    assert np.count_nonzero(turned) < 0.1 * np.count_nonzero(unknown() == 0)


def test_no_more_is_told_than_was_brought():
    pixels, truth = scene()
    found = filled(truth * np.float32(0.5), pixels, unknown())
    assert found.min() >= 0
    assert found.max() <= 0.5


def test_far_from_everything_known_nothing_is_told():
    pixels, truth = scene()
    np.testing.assert_allclose(filled(truth, pixels, np.zeros(SHAPE, np.float32)), truth, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (7, 3)])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_frames_of_every_size_are_taken(shape, value):
    alpha = np.full(shape, value, np.float32)
    found = filled(alpha, np.full((*shape, 3), 90, np.uint8), np.full(shape, 0.5, np.float32))
    np.testing.assert_allclose(found, alpha, atol=1e-6)
