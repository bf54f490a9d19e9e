"""Alphas while a clip is shown: near the truth, as late as promised, the same each time, and never a queue."""

import itertools
import threading
import time

import cv2
import numpy as np
import pytest

import moving
from alphacut.video.read.live import Drops, newest
from alphacut.video.realtime import Pace, realtime
from alphacut.video.small import Box, around, joined

COUNT = 16


def rule(pixels):
    """Return what is orange rather than blue: a network that knows the subject by its colour."""
    red, blue = pixels[..., 0].astype(np.float32), pixels[..., 2].astype(np.float32)
    return np.clip((red - blue) / 80 + 0.5, 0, 1).astype(np.float32)


def draw(alphas, seed=1, colour=(40, 80, 150)):
    """Return frames of an orange subject on blue, both with a pattern of their own that moves with them."""
    noise = moving.texture(seed, (0, 0, 0), strength=25)[..., :1]
    frames = []
    for i, alpha in enumerate(alphas):
        rows, columns = np.nonzero(alpha)
        goes = moving.shifted(noise[::-1].copy(), float(columns.mean()), float(rows.mean()))[..., None]
        ground, subject = noise + np.array(colour), goes + np.array([180, 120, 50])
        mixed = ground + alpha[..., None] * (subject - ground)
        frames.append(moving.Shown(i, np.clip(np.rint(mixed), 0, 255).astype(np.uint8)))
    return frames


def square(x, y=60, half=18, shape=moving.SHAPE):
    return moving.exact(lambda a, b: np.maximum(np.abs(a - x), np.abs(b - y)) <= half, shape)


def crossing(step=4, count=COUNT):
    alphas = [square(40 + step * i) for i in range(count)]
    return draw(alphas), alphas


def overlap(alpha, truth):
    """Return the intersection over the union."""
    ours, true = alpha > 0.5, truth > 0.5
    return np.count_nonzero(ours & true) / np.count_nonzero(ours | true)


@pytest.mark.parametrize("every", [1, 2, 4])
def test_a_square_is_followed_though_few_frames_are_asked_for(every):
    frames, truths = crossing()
    steps = list(realtime(frames, rule, Pace(every=every)))
    assert [step.frame for step in steps] == frames
    assert [step.asked for step in steps] == [i % every == 0 for i in range(COUNT)]
    for step, truth in zip(steps, truths, strict=True):
        assert step.alpha.dtype == np.float32 and step.alpha.shape == truth.shape
        assert step.alpha.min() >= 0 and step.alpha.max() <= 1
        assert overlap(step.alpha, truth) > 0.85


def test_the_answers_are_carried_by_motion():
    frames, truths = crossing(step=3)
    steps = list(realtime(frames, rule, Pace(every=4, latency=1)))
    carried = [overlap(step.alpha, truth) for step, truth in zip(steps, truths, strict=True)]
    kept = [overlap(truths[i - i % 4], truths[i]) for i in range(COUNT)]
    assert min(kept) < 0.65
    assert min(carried) > 0.8


@pytest.mark.parametrize("latency", [1, 2, 3])
def test_a_frame_is_given_as_late_as_promised(latency):
    frames, _ = crossing()
    taken = []
    counted = (taken.append(frame) or frame for frame in frames)
    for i, step in enumerate(realtime(counted, rule, Pace(latency=latency))):
        assert step.frame is frames[i]
        assert len(taken) == min(i + latency + 1, COUNT)


@pytest.mark.parametrize("think", [1, 2, 3])
def test_an_answer_is_not_waited_for_before_it_is_needed(think):
    """A network that answers only once so many frames were taken after it was asked holds nobody up."""
    frames, truths = crossing(step=2)
    # The first frame is looked at twice: the whole of it, and then closer.
    taken, asked = [], itertools.chain([0], itertools.count(0, 3))
    change = threading.Condition()

    def counted():
        for frame in frames:
            with change:
                taken.append(frame)
                change.notify_all()
            yield frame

    def late(pixels):
        until = min(next(asked) + think, COUNT - 1)
        with change:
            assert change.wait_for(lambda: len(taken) > until, 10)
        return rule(pixels)

    steps = list(realtime(counted(), late, Pace(think=think, whole=100)))
    assert len(steps) == COUNT
    assert min(overlap(step.alpha, truth) for step, truth in zip(steps, truths, strict=True)) > 0.8


def test_how_long_the_network_takes_changes_nothing():
    frames, _ = crossing()
    delays = itertools.cycle([0.02, 0, 0.005])

    def hesitant(pixels):
        time.sleep(next(delays))
        return rule(pixels)

    quick, slow = (list(realtime(frames, ask)) for ask in (rule, hesitant))
    for a, b in zip(quick, slow, strict=True):
        assert np.array_equal(a.alpha, b.alpha)


def test_a_cut_shows_no_ghost_of_the_shot_before():
    first, second = [square(50 + 2 * i) for i in range(5)], [square(150, 40, 15)] * 6
    shown = draw(first) + draw(second, seed=9, colour=(20, 170, 90))
    together = list(realtime(shown, rule))
    alone = list(realtime(shown[5:], rule))
    assert together[5].asked
    for step, same, truth in zip(together[5:], alone, second, strict=True):
        assert np.array_equal(step.alpha, same.alpha)
        assert overlap(step.alpha, truth) > 0.85


def test_the_network_looks_closer_and_from_time_to_time_at_everything():
    """What comes in far from the subject is beyond the part that is looked at, until the whole is."""
    late = 7
    truths = [square(30, 60, 12) + (square(170, 60, 12) if i >= late else 0) for i in range(COUNT)]
    frames = draw(truths)
    sides = []

    def ask(pixels):
        sides.append(pixels.shape[0])
        return rule(pixels)

    steps = list(realtime(frames, ask, Pace(every=2, whole=5)))
    right = [float(step.alpha[:, 100:].max()) for step in steps]
    assert sides[0] > max(sides[1:])
    assert max(right[:9]) < 0.1
    assert min(right[10:]) > 0.5 and min(right[12:]) > 0.8
    assert min(float(step.alpha[60, 30]) for step in steps) > 0.9


def test_sixteen_bits_are_seen_as_eight():
    frames, _ = crossing(count=5)
    deep = [moving.Shown(f.index, f.pixels.astype(np.uint16) * 257) for f in frames]
    wide = realtime(deep, lambda pixels: rule(pixels // 257))
    for a, b in zip(realtime(frames, rule), wide, strict=True):
        assert np.abs(a.alpha - b.alpha).mean() < 0.01


def test_frames_without_a_subject_and_of_one_colour_are_empty():
    frames = [moving.Shown(i, np.full((60, 90, 3), (40, 80, 150), np.uint8)) for i in range(6)]
    for step in realtime(frames, rule):
        assert not step.alpha.any()


def test_what_the_network_raises_comes_out_and_its_thread_ends():
    frames, _ = crossing()
    threads, calls = threading.active_count(), itertools.count()

    def failing(pixels):
        if next(calls) == 4:
            raise OSError("gone")
        return rule(pixels)

    given = []
    with pytest.raises(OSError, match="gone"):
        given.extend(realtime(frames, failing))
    assert [step.frame.index for step in given] == list(range(len(given))) and 0 < len(given) < COUNT
    assert threading.active_count() == threads


def test_an_answer_of_another_size_and_a_frame_of_another_size_are_refused():
    frames, _ = crossing(count=4)
    with pytest.raises(ValueError, match="network's alpha"):
        list(realtime(frames, lambda pixels: rule(pixels)[1:]))
    smaller = moving.Shown(4, frames[0].pixels[:-2])
    with pytest.raises(ValueError, match="as before"):
        list(realtime([*frames, smaller], rule))
    with pytest.raises(ValueError, match="at least 1"):
        Pace(latency=0)


def camera(frames, pause):
    """Give frames at their own rate, whether anybody takes them or not."""
    for frame in frames:
        time.sleep(pause)
        yield frame


def test_a_slow_network_drops_frames_of_a_live_source_and_none_of_a_file():
    frames, _ = crossing(step=1, count=24)

    def slow(pixels):
        time.sleep(0.06)
        return rule(pixels)

    drops = Drops()
    live = [step.frame.index for step in realtime(newest(camera(frames, 0.005), drops), slow)]
    assert live == sorted(live) and live[-1] == 23
    assert drops.count > 0 and len(live) + drops.count == 24
    assert len(list(realtime(frames[:8], slow))) == 8


def test_whoever_keeps_up_with_a_source_misses_nothing():
    taken, drops = threading.Event(), Drops()

    def patient():
        for i in range(9):
            yield moving.Shown(i, None)
            assert taken.wait(10)
            taken.clear()

    seen = []
    for frame in newest(patient(), drops):
        seen.append(frame.index)
        taken.set()
    assert seen == list(range(9)) and drops.count == 0


def test_a_source_that_breaks_is_heard_of_after_its_last_frame():
    threads = threading.active_count()

    def broken():
        yield moving.Shown(0, None)
        raise OSError("unplugged")

    seen = []
    with pytest.raises(OSError, match="unplugged"):
        seen.extend(newest(broken(), Drops()))
    endless = newest(camera((moving.Shown(i, None) for i in itertools.count()), 0.001), Drops())
    next(endless)
    endless.close()
    assert threading.active_count() == threads


def test_boxes_hold_the_subject_with_room_around_it():
    box = around(cv2.resize(square(100, 60, 15), (400, 240)))
    assert box is not None
    rows, columns = box.of((120, 200))
    assert rows.start < 45 and rows.stop > 75 and columns.start < 85 and columns.stop > 115
    assert (box.right - box.left) * (box.bottom - box.top) < 0.5
    assert around(np.zeros((20, 30), np.float32)) is None
    assert around(np.ones((20, 30), np.float32)) == Box(0, 0, 1, 1)
    assert joined(box, None) == box
    assert joined(Box(0.1, 0.5, 0.2, 0.6), Box(0.3, 0.4, 0.4, 0.5)) == Box(0.1, 0.4, 0.4, 0.6)
    assert Box(0.99, 1.0, 1.0, 1.0).of((3, 5)) == (slice(2, 3), slice(4, 5))
