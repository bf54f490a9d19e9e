"""Edges made to agree with those of the frames beside them: steadier, in place, and the same after a break."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

import moving
from alphacut.video.edges import Drawn, beside, evened
from alphacut.video.frame import Frame
from alphacut.video.steady.flow import Path, grey, measure, still
from alphacut.video.steady.propagate import Link, Side
from alphacut.video.steady.steady import Steady

COUNT = 8


def row(frames, alphas, cuts=()):
    """Return frames with drawn edges, as the pass ties them to each other; a shot begins at each of `cuts`."""
    greys = [grey(frame.pixels) for frame in frames]
    drawn = []
    for i, alpha in enumerate(alphas):
        link = None if i == 0 or i in cuts else Link(*measure(greys[i], greys[i - 1]))
        frame = Frame(i, Fraction(i, 25), frames[i].pixels, None)
        drawn.append(Drawn(Steady(frame, alpha, False, None, link), {}, alpha))
    return drawn


def even(drawn, before=None):
    return [evened(one.alpha, sides) for one, sides in beside(drawn, before)]


def unrest(alphas, truths):
    """Return dtSSD: how far an alpha's changes are from the truth's."""
    wrong = [alpha - truth for alpha, truth in zip(alphas, truths, strict=True)]
    return np.mean([np.sqrt(np.mean((b - a) ** 2)) for a, b in itertools.pairwise(wrong)])


def error(alphas, truths):
    """Return the root of the mean squared error."""
    return np.sqrt(np.mean(np.square(np.subtract(alphas, truths))))


def test_where_the_way_is_sure_it_is_the_mean_and_where_it_is_not_the_frames_own():
    own, other = np.full((6, 8), 0.25, np.float32), np.full((6, 8), 0.75, np.float32)
    way = still((6, 8))
    half = Path(way.field, np.where(np.arange(8) < 4, 1, 0) * way.trust)
    np.testing.assert_allclose(evened(own, [Side(other, way)]), 0.5)
    np.testing.assert_allclose(evened(own, [Side(other, way), Side(other, way)]), 1.75 / 3, atol=1e-6)
    part = evened(own, [Side(other, half)])
    np.testing.assert_allclose(part[:, :3], 0.5)
    np.testing.assert_array_equal(part[:, 5:], own[:, 5:])
    np.testing.assert_array_equal(own, 0.25)


def test_alphas_that_agree_stay_bit_for_bit():
    alpha = moving.disc(100, 60, 35)
    same = evened(alpha, [Side(alpha, still(alpha.shape))] * 2)
    np.testing.assert_array_equal(same, alpha)
    empty = np.zeros((6, 8), np.float32)
    np.testing.assert_array_equal(evened(empty, [Side(empty, still((6, 8)))]), empty)


@pytest.mark.parametrize("step", [0, 3, 12])
def test_edges_waver_less_and_are_no_further_off(step):
    truths = [moving.disc(50 + step * i, 60, 30) for i in range(COUNT)]
    frames = moving.draw(truths, [(step * i, 0) for i in range(COUNT)])
    alphas = moving.jittered(truths)
    calm = even(row(frames, alphas))
    assert unrest(calm, truths) < 0.8 * unrest(alphas, truths)
    assert error(calm, truths) < error(alphas, truths)


def test_thin_strands_that_sway_keep_their_alpha():
    truths = [moving.strands(12 * np.sin(0.4 * i)) for i in range(COUNT)]
    calm = even(row(moving.draw(truths), truths))
    wrong = [np.abs(one - true).sum() / true.sum() for one, true in zip(calm, truths, strict=True)]
    frozen = [np.abs(one - true).sum() / true.sum() for one, true in itertools.pairwise(truths)]
    assert np.mean(wrong) < 0.4 * np.mean(frozen)


def test_nothing_is_carried_over_a_cut():
    truths = [moving.disc(60, 60, 30)] * 4
    other = [moving.disc(120, 50, 25)] * 4
    frames = moving.draw(truths) + moving.draw(other, seed=7)
    alphas = moving.jittered(truths + other)
    together = even(row(frames, alphas, cuts=(4,)))
    alone = even(row(frames[:4], alphas[:4])) + even(row(frames[4:], alphas[4:]))
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_array_equal(one, other)


def test_with_the_alpha_of_the_frame_before_a_row_goes_on_as_if_there_was_no_break():
    truths = [moving.disc(50 + 3 * i, 60, 30) for i in range(COUNT)]
    drawn = row(moving.draw(truths, [(3 * i, 0) for i in range(COUNT)]), moving.jittered(truths))
    whole, rest = even(drawn), even(drawn[5:], drawn[4].alpha)
    for one, other in zip(whole[5:], rest, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(even(drawn[5:])[0], whole[5])
