"""Alpha brought from two key frames: weighted by nearness, by trust, and compared."""

import itertools

import numpy as np
import pytest

import moving
from alphacut.video.steady.flow import Path, grey, measure, still
from alphacut.video.steady.propagate import Link, Side, apart, backward, forward, join

SHAPE = 40, 60


def side(value, trust=1.0, move=0.0):
    field = np.zeros((*SHAPE, 2), np.float32)
    field[..., 0] = move
    alpha = value if isinstance(value, np.ndarray) else np.full(SHAPE, value, np.float32)
    return Side(alpha, Path(field, np.full(SHAPE, trust, np.float32)))


@pytest.mark.parametrize("share", [0.125, 0.5, 0.75])
def test_two_sides_trusted_alike_are_mixed_by_nearness(share):
    assert np.allclose(join(side(0.2), side(0.8), share), 0.2 + 0.6 * share)


def test_the_side_that_is_trusted_is_taken():
    assert np.allclose(join(side(1.0, trust=0.9), side(0.0, trust=0), 0.75), 1, atol=1e-3)
    assert np.allclose(join(side(1.0, trust=0), side(0.0, trust=0.9), 0.25), 0, atol=1e-3)


def test_where_neither_is_trusted_the_nearer_counts():
    assert np.allclose(join(side(1.0, trust=0), side(0.0, trust=0), 0.25), 0.75)


def test_equal_alphas_stay_what_they_are():
    alpha = moving.disc(30, 20, 12, SHAPE)
    assert np.allclose(join(side(alpha), side(alpha), 0.5), alpha, atol=1e-6)


def test_outlines_are_as_far_apart_as_they_were_moved():
    # A bar of 20 pixels, its two edges 3 apart: an area of 6 a row over a length of 2.
    bar = np.zeros(SHAPE, np.float32)
    bar[:, 20:40] = 1
    assert apart(side(bar), side(bar, move=3)) == pytest.approx(3, rel=0.05)
    assert apart(side(bar), side(bar)) == 0


def test_a_network_that_wavers_a_little_is_not_far_apart():
    disc = moving.disc(30, 20, 14, SHAPE)
    assert apart(side(disc), side(disc * np.float32(0.9))) < 0.1


def test_nothing_is_not_apart_from_nothing():
    assert apart(side(0.0), side(0.0)) == 0


def test_chains_lead_to_the_frame_before_the_first_and_to_the_last():
    places = [(0, 0), (2, 1), (5, 1), (6, 3), (9, 2)]
    picture = moving.texture(4, (120, 120, 120))
    greys = [grey(np.rint(moving.shifted(picture, *place)).astype(np.uint8)) for place in places]
    links = [Link(*measure(now, before)) for before, now in itertools.pairwise(greys)]
    inner = np.s_[20:-20, 20:-20]
    for i, path in enumerate(backward(links)):
        assert np.abs(path.field[inner] - np.subtract(places[0], places[i + 1])).mean() < 0.3
    for i, path in enumerate(forward(links)):
        assert np.abs(path.field[inner] - np.subtract(places[-1], places[i + 1])).mean() < 0.3


def test_the_last_frame_is_at_itself():
    links = [Link(still(SHAPE), still(SHAPE))]
    (path,) = forward(links)
    assert not path.field.any()
    assert path.trust.all()
