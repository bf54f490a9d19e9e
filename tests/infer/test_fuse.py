"""Two answers joined: the decided one is believed, over the photo and around each place."""

import numpy as np
import pytest

from alphacut.infer.fuse import fuse


def disc(x, y, radius, shape=(200, 300), soft=2.0):
    row, column = np.indices(shape)
    return np.clip(0.5 + (radius - np.hypot(column - x, row - y)) / soft, 0, 1).astype(np.float32)


def test_equal_sure_answers_stay_as_they_are():
    hard = (disc(100, 100, 50) > 0.5).astype(np.float32)
    for alpha in (hard, np.zeros_like(hard), np.ones_like(hard)):
        assert np.array_equal(fuse(alpha, alpha), alpha)


def test_a_sure_answer_beats_a_grey_one():
    sure, grey = disc(150, 100, 60), np.full((200, 300), 0.4, np.float32)
    for joined in (fuse(sure, grey), fuse(grey, sure)):
        assert np.abs(joined - sure).mean() < 0.02


def test_a_thing_that_only_one_is_sure_of_is_decided_by_it():
    # The first is undecided about a second disc; the second answer is sure that it is background.
    subject, other = disc(80, 100, 50), disc(230, 100, 40)
    joined = fuse(np.maximum(subject, 0.6 * other), subject)
    assert joined[100, 230] < 0.05 and joined[100, 80] > 0.95


def test_the_order_does_not_matter():
    first, second = disc(140, 100, 60), disc(150, 105, 55, soft=9)
    assert np.allclose(fuse(first, second), fuse(second, first), atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (37, 3)])
def test_any_shape_and_no_nan(shape):
    rng = np.random.default_rng(0)
    joined = fuse(rng.random(shape, np.float32), rng.random(shape, np.float32))
    assert joined.shape == shape and joined.dtype == np.float32
    assert joined.min() >= 0 and joined.max() <= 1


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="second: expected shape"):
        fuse(np.zeros((2, 2), np.float32), np.zeros((2, 3), np.float32))
