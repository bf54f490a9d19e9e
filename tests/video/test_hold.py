"""The subject held: who crosses it leaves the matte, it is found again, and alone it is left as it is."""

import functools
import io
import itertools
from dataclasses import replace

import cv2
import numpy as np
import pytest

from alphacut.video.hold.carry import claim
from alphacut.video.hold.hold import Held, hold
from alphacut.video.hold.room import room
from alphacut.video.steady.flow import grey, measure, still
from alphacut.video.steady.keys import Spacing
from alphacut.video.steady.steady import Way, steady
from crossing import RUST, Crossing, Figure, draw

SIZE = (120, 214)
CLIP = Crossing(count=28, size=SIZE)
ALIKE = Figure(RUST, seed=5)
WIDE = Figure(CLIP.other.colours, height=0.8, stout=1.7, seed=2)


@functools.cache
def moments_of(clip):
    return tuple(draw(clip))


def way(now, before):
    """Return the path from a frame to the one before it, or None without one."""
    return None if before is None else measure(grey(now), grey(before))[0]


def follow(moments, held=None, before=None, choice=None):
    """Return each moment with what is held of it."""
    found = []
    for moment in moments:
        held, alpha = hold(held, moment.pixels, moment.network, way(moment.pixels, before), choice)
        before = moment.pixels
        found.append((moment, alpha))
    return found, held


def overlap(alpha, truth):
    ours, true = alpha > 0.5, truth > 0.5
    return np.count_nonzero(ours & true) / np.count_nonzero(ours | true)


def apart(moment):
    """Whether nobody hides the subject or touches it."""
    grown = cv2.dilate((moment.subject > 0.5).astype(np.uint8), None, iterations=3)
    return not (grown.astype(bool) & (moment.other > 0.5)).any()


def shown(moment, alpha):
    """Whether a twentieth of the other is in a matte."""
    other = moment.other > 0.5
    return np.count_nonzero(other & (alpha > 0.5)) > 0.05 * max(np.count_nonzero(other), 100)


@pytest.mark.parametrize(
    ("clip", "step"),
    [
        (CLIP, 1),
        (CLIP, 4),
        (replace(CLIP, front=False), 1),
        (replace(CLIP, start=1.2, stop=-0.2), 1),
        (replace(CLIP, other=ALIKE), 1),
        (replace(CLIP, other=WIDE, pause=10, count=40), 1),
        (replace(CLIP, returns=True, count=48), 1),
    ],
    ids=["front", "every-fourth", "behind", "from-the-right", "alike", "hidden-for-ten-frames", "comes-back"],
)
def test_who_crosses_is_not_in_the_matte_and_the_subject_is_found_again(clip, step):
    found, _ = follow(moments_of(clip)[::step])
    assert sum(shown(*one) for one in found) <= 3
    touched = [index for index, (moment, _) in enumerate(found) if not apart(moment)]
    after = [overlap(alpha, moment.subject) for moment, alpha in found[max(touched, default=0) + 1 :]]
    assert len(after) > 0
    assert min(after) >= 0.9


def through(clip):
    """Return each moment with the alpha of the whole pass, and the numbers of the frames that were asked for."""
    moments = moments_of(clip)
    answers = {id(moment.pixels): moment.network for moment in moments}
    steps = list(steady(moments, Way(lambda pixels: answers[id(pixels)], hold, room, Spacing(most=8))))
    return [(step.frame, step.alpha) for step in steps], [i for i, step in enumerate(steps) if step.asked]


@pytest.mark.parametrize(
    "clip",
    [
        CLIP,
        replace(CLIP, front=False),
        replace(CLIP, count=16),
        replace(CLIP, front=False, start=1.2, stop=-0.2),
        replace(CLIP, other=WIDE, front=False, pause=10, count=40),
        replace(CLIP, returns=True, count=48),
    ],
    ids=["front", "behind", "fast", "behind-from-the-right", "stout-behind", "comes-back"],
)
def test_between_key_frames_too_the_subject_alone_is_in_the_matte(clip):
    found, asked = through(clip)
    assert sum(shown(*one) for one in found) <= 3
    touched = [index for index, (moment, _) in enumerate(found) if not apart(moment)]
    after = [overlap(alpha, moment.subject) for moment, alpha in found[max(touched) + 1 :]]
    assert min(after) >= 0.9
    assert len(asked) < 0.75 * clip.count


def test_more_key_frames_are_asked_for_only_where_somebody_is_beside_the_subject():
    crossing, alone = CLIP, replace(CLIP, start=-3, stop=-3)
    (found, asked), (_, few) = through(crossing), through(alone)
    touched = [index for index, (moment, _) in enumerate(found) if not apart(moment)]
    more = [i for i in asked if touched[0] - 4 <= i <= touched[-1] + 4]
    assert len(asked) - len(more) <= len(few)
    assert len(more) > len(few)


def test_what_came_into_view_has_no_right_to_what_another_place_is_led_to():
    flow = np.zeros((20, 40, 2), np.float32)
    trust = np.full((20, 40), 0.3, np.float32)
    # Ten columns that were hidden are led to the ten beside them.
    flow[:, 20:30, 0], trust[:, 20:30] = -10, 0
    right = claim(flow, trust)
    assert right[:, 22:28].max() < 0.3
    assert right[:, 12:18].min() > 0.9
    assert right[:, 34:].min() > 0.9


def test_one_subject_alone_is_left_as_the_network_has_it():
    found, _ = follow(itertools.islice(draw(replace(CLIP, start=-3, stroll=0.5, count=60)), 6))
    assert all(alpha is moment.network for moment, alpha in found)


def test_two_who_are_there_from_the_start_both_stay():
    found, _ = follow(itertools.islice(draw(replace(CLIP, start=0.12, count=60)), 6))
    assert all(alpha is moment.network for moment, alpha in found)


@pytest.mark.parametrize("choice", [(0.5, 0.6), (0.36, 0.1, 0.64, 1.0)], ids=["point", "box"])
def test_a_chosen_one_of_two_is_held(choice):
    found, _ = follow(list(draw(replace(CLIP, start=0.12, count=20)))[::2], choice=choice)
    assert overlap(found[0][1], found[0][0].subject) > 0.95
    assert overlap(found[-1][1], found[-1][0].subject) >= 0.9
    assert sum(shown(*one) for one in found) <= 3


def test_a_point_beside_everybody_means_the_nearest():
    moment = next(draw(replace(CLIP, start=0.12, count=2)))
    _, alpha = hold(None, moment.pixels, moment.network, None, (0.95, 0.6))
    assert overlap(alpha, moment.subject) > 0.95


def test_who_is_kept_keeps_its_alpha_exactly():
    found, _ = follow(list(moments_of(CLIP))[:8])
    moment, alpha = found[-1]
    near = cv2.dilate((moment.subject > 0.02).astype(np.uint8), None, iterations=2).astype(bool)
    assert not np.array_equal(alpha, moment.network)
    assert np.array_equal(alpha[near], moment.network[near])


def test_what_is_known_can_be_saved_and_gives_the_same_after():
    moments = list(moments_of(CLIP))[::3]
    first, held = follow(moments[:4])
    file = io.BytesIO()
    np.savez(file, **{name: getattr(held, name) for name in Held.__slots__})
    file.seek(0)
    loaded = np.load(file)
    again = Held(
        tuple(int(side) for side in loaded["shape"]),
        *(loaded[name] for name in ("picture", "subject", "others", "colours")),
        *(float(loaded[name]) for name in ("size", "visible")),
    )
    ends = [follow(moments[4:], state, moments[3].pixels)[0] for state in (held, again)]
    assert first
    assert all(np.array_equal(one[1], other[1]) for one, other in zip(*ends, strict=True))


def test_what_is_given_is_not_changed():
    moments = list(moments_of(CLIP))[4:8:3]
    _, held = follow(moments[:1])
    copies = [np.copy(getattr(held, name)) for name in Held.__slots__]
    alpha, path = moments[1].network.copy(), way(moments[1].pixels, moments[0].pixels)
    given = path.field.copy(), path.trust.copy()
    first = hold(held, moments[1].pixels, alpha, path)[1]
    assert np.array_equal(alpha, moments[1].network)
    assert np.array_equal(path.field, given[0]) and np.array_equal(path.trust, given[1])
    assert all(np.array_equal(a, getattr(held, n)) for a, n in zip(copies, Held.__slots__, strict=True))
    assert np.array_equal(first, hold(held, moments[1].pixels, alpha, path)[1])


def test_an_empty_start_waits_for_the_subject():
    moment = next(draw(CLIP))
    empty = np.zeros_like(moment.network)
    held, alpha = hold(None, moment.pixels, empty, None)
    assert not alpha.any()
    assert hold(held, moment.pixels, moment.network, still(SIZE))[1] is moment.network


def test_frames_of_sixteen_bits_give_what_those_of_eight_do():
    moments = list(moments_of(CLIP))[::4]
    held = fine = before = None
    for moment in moments:
        path = way(moment.pixels, before)
        held, alpha = hold(held, moment.pixels, moment.network, path)
        # Less than half a step of 8 bits more, so that rounding leads back to the same picture.
        deep = np.minimum(moment.pixels.astype(np.uint32) * 257 + 100, 65535).astype(np.uint16)
        fine, same = hold(fine, deep, moment.network, path)
        before = moment.pixels
        assert np.array_equal(alpha, same)
    assert np.array_equal(held.colours, fine.colours)
    assert held.others.any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (7, 3)])
def test_frames_of_every_size_are_taken(shape):
    pixels, alpha = np.full((*shape, 3), 90, np.uint8), np.ones(shape, np.float32)
    held, first = hold(None, pixels, alpha, None)
    _, second = hold(held, pixels, alpha, still(shape))
    assert first is alpha
    assert second is alpha


@pytest.mark.parametrize("choice", [(0.5,), (1.2, 0.5), (0.6, 0.1, 0.5, 0.9), (float("nan"), 0.5)])
def test_a_choice_outside_the_frame_is_refused(choice):
    moment = next(draw(replace(CLIP, count=2)))
    with pytest.raises(ValueError, match="choice: expected"):
        hold(None, moment.pixels, moment.network, None, choice)


def test_frames_of_another_size_are_refused():
    moment = next(draw(replace(CLIP, count=2)))
    held, _ = hold(None, moment.pixels, moment.network, None)
    with pytest.raises(ValueError, match="pixels: expected"):
        hold(held, moment.pixels[:-2], moment.network[:-2], still(SIZE))
