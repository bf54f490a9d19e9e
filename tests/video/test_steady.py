"""The pass over clips whose alpha is known: steadier than the network, no ghosts, no lag, the same after a break."""

import itertools

import cv2
import numpy as np
import pytest

import moving
from alphacut.video.steady.keys import Spacing
from alphacut.video.steady.steady import Way, steady

COUNT = 13


def follow(frames, answers, **way):
    """Return the alphas, and which frames the network was asked for, in order."""
    ask, asked = moving.network(frames, answers)
    done = list(steady(frames, Way(ask, **way)))
    assert [one.frame for one in done] == frames
    assert [frames.index(one.frame) for one in done if one.asked] == sorted(asked)
    return [one.alpha for one in done], sorted(asked)


def error(alphas, truths):
    """Return the mean error of each frame, as a share of the subject."""
    return [
        float(np.abs(alpha - truth).sum() / truth.sum()) for alpha, truth in zip(alphas, truths, strict=True)
    ]


def unrest(alphas, truths):
    """Return dtSSD: how far an alpha's changes are from the truth's."""
    wrong = [alpha - truth for alpha, truth in zip(alphas, truths, strict=True)]
    return np.mean([np.sqrt(np.mean((b - a) ** 2)) for a, b in itertools.pairwise(wrong)])


def ghost(alpha, truth, reach=4):
    """Return what is seen farther than `reach` pixels from the subject, as a share of it."""
    near = cv2.dilate(truth, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0
    return float(alpha[~near].sum() / truth.sum())


def ball(step, count=COUNT, start=20, radius=14):
    alphas = [moving.disc(start + step * i, 60, radius) for i in range(count)]
    return alphas, moving.draw(alphas, [(step * i, 0) for i in range(count)])


def test_a_still_subject_is_far_steadier_than_the_networks_answers():
    truths = [moving.disc(100, 60, 35)] * COUNT
    frames, answers = moving.draw(truths), moving.jittered(truths)
    alphas, asked = follow(frames, answers)
    assert unrest(alphas, truths) < 0.2 * unrest(answers, truths)
    assert asked == [0, 4, 8, 12]


def test_a_still_subject_whose_answers_are_right_stays_as_they_are():
    truths = [moving.disc(100, 60, 35)] * 9
    alphas, _ = follow(moving.draw(truths), truths)
    assert max(error(alphas, truths)) < 0.005


@pytest.mark.parametrize("step", [2, 9, 15])
def test_a_ball_has_no_ghost_and_does_not_lag(step):
    truths, frames = ball(step, count=min(COUNT, 150 // step))
    alphas, _ = follow(frames, truths)
    assert max(error(alphas, truths)) < 0.12
    assert max(map(ghost, alphas, truths)) < 0.03


def test_one_vague_answer_leaves_nothing_where_no_motion_can_be_told():
    truths = [moving.disc(50, 60, 30)] * 9
    frames, rng = moving.draw(truths), np.random.default_rng(7)
    answers = [truth.copy() for truth in truths]
    for frame in frames:
        # Leaves in the wind: another picture in every frame.
        frame.pixels[:, 110:] = rng.integers(0, 255, (moving.SHAPE[0], 90, 3))
    answers[4][:, 110:] = 0.7
    alphas, _ = follow(frames, answers, spacing=Spacing(fresh=1, apart=1e9))
    assert answers[4][:, 110:].sum() > truths[4].sum()
    assert max(alpha[:, 115:].mean() for alpha in alphas) < 0.15


def test_a_slow_ball_is_steadier_than_the_networks_answers_and_no_further_off():
    truths, frames = ball(2, start=60, radius=30)
    answers = moving.jittered(truths)
    alphas, asked = follow(frames, answers)
    assert unrest(alphas, truths) < 0.8 * unrest(answers, truths)
    assert np.mean(error(alphas, truths)) < np.mean(error(answers, truths)) + 0.03
    assert len(asked) < COUNT / 2


@pytest.mark.parametrize(
    ("truths", "most"),
    [
        ([moving.spokes(0.05 * i) for i in range(COUNT)], 0.25),
        ([moving.strands(12 * np.sin(0.4 * i)) for i in range(COUNT)], 0.25),
    ],
    ids=["spokes", "hair"],
)
def test_thin_things_that_turn_and_sway_are_followed(truths, most):
    frames = moving.draw(truths)
    alphas, asked = follow(frames, truths)
    frozen = [truths[max(a for a in asked if a <= i)] for i in range(COUNT)]
    assert max(error(alphas, truths)) < most
    assert np.mean(error(alphas, truths)) < 0.7 * np.mean(error(frozen, truths))
    assert max(map(ghost, alphas, truths)) < 0.03


def two_shots():
    first = [moving.disc(60 + 2 * i, 60, 30) for i in range(6)]
    second = [moving.disc(140 - 2 * i, 50, 25) for i in range(7)]
    frames = moving.draw(first, seed=1), moving.draw(second, seed=7)
    grounds = [
        [cv2.convertScaleAbs(f.pixels, alpha=g) for f in fs] for fs, g in zip(frames, (1, 0.5), strict=True)
    ]
    pixels = grounds[0] + [picture[..., ::-1].copy() for picture in grounds[1]]
    return [moving.Shown(i, p) for i, p in enumerate(pixels)], [*first, *second]


def test_a_cut_never_mixes_two_shots():
    frames, answers = two_shots()
    together, asked = follow(frames, answers)
    first, _ = follow(frames[:6], answers[:6])
    second, _ = follow(frames[6:], answers[6:])
    assert {0, 5, 6, 12} <= set(asked)
    for alpha, alone in zip(together, first + second, strict=True):
        assert np.array_equal(alpha, alone)


def test_a_run_goes_on_after_a_break_as_if_there_was_none():
    frames, truths = two_shots()
    answers = moving.jittered(truths)
    ask, _ = moving.network(frames, answers)
    way = Way(ask, spacing=Spacing(most=4))
    whole = list(steady(frames, way))
    breaks = [one for one in whole if one.state is not None]
    assert len(breaks) >= 4
    for one in breaks:
        rest = steady(frames[one.frame.index + 1 :], way, one.state)
        for again, before in itertools.zip_longest(rest, whole[one.frame.index + 1 :]):
            assert again.frame.index == before.frame.index
            assert np.array_equal(again.alpha, before.alpha)


def test_no_more_frames_are_held_than_key_frames_are_apart():
    truth, taken = moving.disc(100, 60, 30), []

    def endless():
        for i in itertools.count():
            taken.append(i)
            yield from moving.draw([truth], seed=i // 5)

    for given, _ in enumerate(itertools.islice(steady(endless(), Way(lambda pixels: truth)), 40)):
        assert len(taken) - given <= 8


def test_one_more_key_frame_is_put_where_two_disagree():
    # Here the answers change their mind between the frames 4 and 5: flow knows nothing of it.
    truths = [moving.disc(60, 60, 30)] * 9
    answers = [*truths[:5], *[moving.disc(130, 60, 30)] * 4]
    _, asked = follow(moving.draw(truths), answers, spacing=Spacing(most=8))
    assert {0, 8} < set(asked)
    _, asked = follow(moving.draw(truths), answers, spacing=Spacing(most=8, apart=1e9))
    assert asked == [0, 8]


def test_every_frame_may_be_asked_for():
    truths, frames = ball(2, count=4)
    _, asked = follow(frames, truths, spacing=Spacing(most=1))
    assert asked == [0, 1, 2, 3]


def test_the_subject_is_held_in_the_order_of_the_frames():
    frames, answers = two_shots()
    index = {frame.pixels.tobytes(): frame.index for frame in frames}

    def hold(known, pixels, answer, path):
        seen = (*(known or ()), (index[pixels.tobytes()], path is None))
        return seen, answer * np.float32(0.5)

    ask, asked = moving.network(frames, answers)
    done = list(steady(frames, Way(ask, hold)))
    assert done[-1].state.known == tuple((i, i in {0, 6}) for i in sorted(asked))
    assert max(float(one.alpha.max()) for one in done) <= 0.5


def test_who_was_taken_away_by_mistake_is_back_at_once():
    truths, frames = ball(0, radius=30, count=6)

    def hold(known, pixels, answer, path):
        count = (known or 0) + 1
        return count, answer if count > 5 else np.zeros_like(answer)

    alphas, asked = follow(frames, truths, hold=hold, spacing=Spacing(most=1))
    assert asked == list(range(6))
    assert max(float(alpha.max()) for alpha in alphas[:5]) == 0
    assert error(alphas[5:], truths[5:])[0] < 0.05


def test_key_frames_are_as_close_as_what_is_known_asks_for():
    truths, frames = ball(0, radius=30, count=9)
    ask, asked = moving.network(frames, truths)
    way = Way(
        ask,
        lambda known, pixels, answer, path: ((known or 0) + 1, answer),
        lambda before, after: 3,
        Spacing(most=8),
    )
    list(steady(frames, way))
    assert max(np.diff(sorted(asked))) <= 3
    assert len(asked) < 9


def test_the_path_leads_from_a_key_frame_to_the_one_before_it():
    truths, frames = ball(2, start=60, radius=30, count=5)
    paths = []

    def hold(known, pixels, answer, path):
        paths.append(path)
        return known, answer

    follow(frames, truths, hold=hold, spacing=Spacing(most=4, apart=1e9))
    inside = truths[4] > 0.9
    assert np.abs(paths[-1].field[inside] - (-8, 0)).mean() < 0.5


def test_a_frame_of_another_size_is_named():
    frames = [moving.Shown(i, np.zeros((20, 20 + i, 3), np.uint8)) for i in range(2)]
    with pytest.raises(ValueError, match="expected height and width"):
        list(steady(frames, Way(lambda pixels: np.zeros(pixels.shape[:2], np.float32))))


def test_an_answer_that_is_no_alpha_is_named():
    frames = [moving.Shown(0, np.zeros((20, 20, 3), np.uint8))]
    with pytest.raises(ValueError, match="the network's alpha"):
        list(steady(frames, Way(lambda pixels: np.full((20, 20), 2, np.float32))))


def test_no_frames_give_none():
    assert list(steady([], Way(lambda pixels: np.zeros((1, 1), np.float32)))) == []
