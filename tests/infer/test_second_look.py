"""A second look is taken where two networks disagree, and believed only where they then agree."""

import numpy as np
import pytest

import tiny
from alphacut.infer.engines import open_session
from alphacut.infer.second_look import look_again, overlap
from alphacut.types import Photo

SIDE = 400
NOTHING = np.zeros((SIDE, SIDE), np.float32)


@pytest.fixture
def session(tmp_path):
    return open_session(tiny.CARD, tiny.write(tmp_path / "tiny.onnx"), "cpu", "openvino", "f32")


def square(left, right, value=1.0):
    alpha = NOTHING.copy()
    alpha[100:200, left:right] = value
    return alpha


def photo(alpha):
    """A photo that the networks here, which answer with the grey they see, see as that alpha."""
    return Photo(np.repeat(np.rint(alpha * 255).astype(np.uint8)[..., None], 3, axis=2))


def both(session, other=tiny.CARD):
    return [(tiny.CARD, session), (other, session)]


def test_what_both_then_agree_on_replaces_what_they_disagreed_on(session):
    subject = square(100, 200)
    first = [square(100, 200), square(100, 300)]
    again = look_again(photo(subject), both(session), square(100, 200), first)
    assert again is not None
    for answer in again:
        assert answer.shape == subject.shape
        assert np.abs(answer - subject).mean() < 0.01
        assert not answer[:, 250:].any()  # nothing is left outside the box that was looked at


def test_networks_that_agree_are_not_asked_again(session):
    alpha = square(100, 200)
    assert look_again(photo(NOTHING), both(session), alpha, [alpha, square(100, 205)]) is None


def test_networks_that_still_differ_change_nothing(session):
    # To the second network everything is darker by half, so that its answer never meets the first's.
    dark = tiny.card(std=(2.0, 2.0, 2.0))
    first = [square(100, 200), square(100, 300)]
    assert look_again(photo(square(100, 200)), both(session, dark), square(100, 200), first) is None


@pytest.mark.parametrize("alpha", [NOTHING, np.ones_like(NOTHING)])
def test_without_a_smaller_box_there_is_nothing_to_look_at(session, alpha):
    first = [square(100, 200), square(200, 300)]
    assert look_again(photo(alpha), both(session), alpha, first) is None


def test_overlap_by_hand():
    assert overlap(square(0, 100), square(0, 100)) == 1
    assert overlap(square(0, 100), square(50, 150)) == pytest.approx(1 / 3)
    assert overlap(square(0, 100, 0.5), square(0, 100)) == pytest.approx(0.5)
    assert overlap(NOTHING, NOTHING) == 1
