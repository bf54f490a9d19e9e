"""J, F, dtSSD, warp error and flicker, worked out by hand and by slow programs; motion that is known."""

import math

import numpy as np
import pytest
import skimage.data
import skimage.draw

from alphacut.evaluate.davis import contour_f, decay, recall
from alphacut.evaluate.motion import Motion, motion_between
from alphacut.evaluate.segmentation import iou
from alphacut.evaluate.temporal import dtssd, flicker, warp_error


def still(high, wide, shift=0.0, trusted=None):
    """Return the motion of a picture that moved to the right by `shift` pixels."""
    x, y = np.meshgrid(np.arange(wide), np.arange(high))
    places = np.stack([x - shift, y], 2).astype(np.float32)
    return Motion(places, np.ones((high, wide), bool) if trusted is None else trusted)


def slow_contour_f(alpha, truth):
    """Step from pixel to pixel; a pixel matches when one of the other outline is near enough."""

    def outline(mask):
        high, wide = mask.shape
        near = ((0, 1), (1, 0), (1, 1))
        return [
            (y, x)
            for y in range(high)
            for x in range(wide)
            if any(
                mask[y, x] != mask[y + down, x + right]
                for down, right in near
                if y + down < high and x + right < wide
            )
        ]

    reach = math.ceil(0.008 * math.sqrt(alpha.shape[0] ** 2 + alpha.shape[1] ** 2))
    ours, true = outline(alpha > 0.5), outline(truth > 0.5)

    def matched(these, those):
        return sum(min(math.dist(a, b) for b in those) <= reach for a in these) / len(these)

    precision, share = matched(ours, true), matched(true, ours)
    return 2 * precision * share / (precision + share)


def shapes(high, wide):
    alpha, truth = np.zeros((high, wide), np.float32), np.zeros((high, wide), np.float32)
    alpha[skimage.draw.disk((high * 0.5, wide * 0.5), high * 0.31, shape=alpha.shape)] = 1
    truth[skimage.draw.ellipse(high * 0.48, wide * 0.46, high * 0.33, high * 0.25, rotation=0.4)] = 1
    return alpha, truth


@pytest.mark.parametrize("size", [(60, 60), (90, 120), (120, 220)], ids=str)
def test_contour_f_agrees_with_distances(size):
    alpha, truth = shapes(*size)
    expected = slow_contour_f(alpha, truth)
    assert 0.1 < expected < 0.95
    assert contour_f(alpha, truth) == pytest.approx(expected)


def test_contour_f_by_hand():
    truth = np.zeros((4, 5), np.float32)
    truth[:, :2] = 1  # its outline is column 1
    moved = np.roll(truth, 1, 1)
    moved[:, 0] = 1  # column 2: within 0.008 × 6.4 pixels, rounded up to 1
    assert contour_f(moved, truth) == 1
    far = np.ones((4, 5), np.float32)
    far[:, 4] = 0  # column 3
    assert contour_f(far, truth) == 0
    corner = np.zeros((4, 5), np.float32)
    corner[:2, :2] = 1  # column 1 above, and row 1: (0,1) (1,1) (1,0)
    # All three are within 1 of column 1 but (1,0), which is at 1 too; of column 1, (3,1) is at 2.
    assert contour_f(corner, truth) == pytest.approx(2 * 1 * 0.75 / 1.75)


def test_a_perfect_matte_and_an_empty_one():
    alpha, nothing = shapes(60, 60)[0], np.zeros((60, 60), np.float32)
    assert contour_f(alpha, alpha) == iou(alpha, alpha) == 1
    assert contour_f(nothing, nothing) == iou(nothing, nothing) == 1
    assert contour_f(nothing, alpha) == contour_f(alpha, nothing) == iou(nothing, alpha) == 0


def test_recall_and_decay_by_hand():
    assert recall([0.4, 0.5, 0.6, 0.9]) == 0.5
    # Eight values: the quarters begin at 0, 2, 4 and 5, and end with the first value of the next.
    assert decay([1.0, 0.9, 0.8, 9.0, 9.0, 0.3, 0.2, 0.1]) == pytest.approx(0.9 - 0.2)
    assert decay([0.2, 0.9]) == pytest.approx(-0.7)
    assert decay([0.7]) == 0


def test_decay_of_a_clip_longer_than_a_byte_counts():
    assert decay([1.0] * 300 + [0.0] * 300) == 1


def test_dtssd_by_hand():
    before, now = np.zeros((2, 2), np.float32), np.zeros((2, 2), np.float32)
    now[0, 0] = 0.5
    assert dtssd(before, now) == pytest.approx(100 * math.sqrt(0.25 / 4))
    assert dtssd(now, now) == 0


def test_dtssd_is_the_difference_of_the_changes():
    before, now, true_before, true_now = np.random.default_rng(3).random((4, 7, 9), np.float32)
    squares = [
        ((now[y, x] - before[y, x]) - (true_now[y, x] - true_before[y, x])) ** 2
        for y in range(7)
        for x in range(9)
    ]
    expected = 100 * math.sqrt(sum(squares) / 63)
    assert dtssd(before - true_before, now - true_now) == pytest.approx(expected, rel=1e-5)
    constant = np.float32(0.25)
    assert dtssd(constant + 0 * now, constant + 0 * now) == 0


def test_warp_error_follows_the_motion():
    before = np.zeros((4, 8), np.float32)
    before[:, 2:4] = 1
    moved = np.roll(before, 2, 1)
    assert warp_error(before, moved, still(4, 8, 2)) == 0
    assert warp_error(before, before, still(4, 8)) == 0
    # What stays where it was while the picture moved differs in four columns of eight.
    assert warp_error(before, before, still(4, 8, 2)) == pytest.approx(500)
    # Half a pixel: at either edge of the subject half of it is missing or too much.
    assert warp_error(before, before, still(4, 8, 0.5)) == pytest.approx(1000 * 2 * 0.25 / 8)


def test_only_trusted_motion_counts():
    before, now = np.zeros((2, 4), np.float32), np.zeros((2, 4), np.float32)
    now[:, 3], now[0, 0] = 1, 0.5
    trusted = np.ones((2, 4), bool)
    trusted[:, 3] = False
    assert warp_error(before, now, still(2, 4, trusted=trusted)) == pytest.approx(1000 * 0.25 / 6)
    assert flicker(before, now, still(2, 4, trusted=trusted)) == pytest.approx(1000 * 0.5 / 6)
    assert math.isnan(warp_error(before, now, still(2, 4, trusted=~trusted & False)))


def test_flicker_is_the_change_of_the_error():
    error = np.zeros((4, 8), np.float32)
    error[:, 2] = 0.5
    assert flicker(error, error, still(4, 8)) == 0
    assert flicker(error, np.roll(error, 3, 1), still(4, 8, 3)) == 0  # wrong, and moving with the subject
    assert flicker(error, -error, still(4, 8)) == pytest.approx(1000 / 8)  # squares would see nothing here
    assert flicker(error, 0 * error, still(4, 8)) == pytest.approx(1000 * 0.5 / 8)


def texture():
    return np.ascontiguousarray(skimage.data.astronaut()[100:196, 150:278])


def test_motion_is_found_and_what_was_hidden_is_not_trusted():
    before = texture()
    now = np.roll(before, 5, 1)
    now[:, :5] = before[::-1, :5]  # what comes in from the left was not seen before
    motion = motion_between(before, now)
    x, y = np.meshgrid(np.arange(128), np.arange(96))
    inner = np.s_[16:-16, 24:-16]
    assert np.median(np.abs(motion.places[inner] - np.stack([x - 5, y], 2)[inner])) < 0.25
    assert motion.trusted[inner].mean() > 0.9
    assert motion.trusted[:, :4].mean() < 0.3
    carried = motion.carried(before[..., 0].astype(np.float32))
    assert np.abs(carried - now[..., 0])[motion.trusted].mean() < 4


def test_a_still_frame_has_no_motion():
    motion = motion_between(texture(), texture())
    x, y = np.meshgrid(np.arange(128), np.arange(96))
    assert motion.trusted.all() and np.abs(motion.places - np.stack([x, y], 2)).max() < 0.1


def test_frames_too_small_for_motion():
    small = texture()[:15]
    assert motion_between(small, small) is None
