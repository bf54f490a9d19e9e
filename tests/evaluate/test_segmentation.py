"""MAE, IoU, boundary F, smear and edge colour, worked out by hand; the field's measures without a stretch."""

import math
import sys

import numpy as np
import pytest
import skimage.draw

import scenes
from alphacut.errors import OptionError
from alphacut.evaluate.colour import edge_colour
from alphacut.evaluate.saliency import saliency
from alphacut.evaluate.segmentation import boundary_f, iou, mae, smear


def square(left, size=40):
    alpha = np.zeros((60, 60), np.float32)
    alpha[10 : 10 + size, left : left + size] = 1
    return alpha


def slow_boundary_f(alpha, truth, reach):
    """For every outline pixel, the distance to the nearest outline pixel of the other."""

    def outline(mask):
        high, wide = mask.shape
        return [
            (y, x)
            for y, x in zip(*np.nonzero(mask), strict=True)
            if not mask[max(0, y - 1) : min(high, y + 2), max(0, x - 1) : min(wide, x + 2)].all()
        ]

    ours, true = outline(alpha > 0.5), outline(truth > 0.5)

    def matched(these, those):
        return np.mean([min(math.dist(a, b) for b in those) <= reach for a in these])

    precision, recall = matched(ours, true), matched(true, ours)
    return 2 * precision * recall / (precision + recall)


def test_mae_and_iou_by_hand():
    assert mae(square(10), square(20)) == pytest.approx(2 * 40 * 10 / 3600)
    assert iou(square(10), square(20)) == pytest.approx(30 / 50)
    assert iou(square(10) * 0.5, square(10)) == 0
    nothing = np.zeros((60, 60), np.float32)
    assert iou(nothing, nothing) == 1 and iou(nothing, square(10)) == 0


def test_boundary_f_matches_within_two_pixels():
    assert boundary_f(square(10), square(10)) == 1
    assert boundary_f(square(10), square(12)) == 1
    assert boundary_f(square(10), square(13)) < 1
    nothing = np.zeros((60, 60), np.float32)
    assert boundary_f(nothing, nothing) == 1 and boundary_f(nothing, square(10)) == 0
    assert boundary_f(square(10, 4), square(40, 4)) == 0


def test_boundary_f_of_a_subject_that_the_frame_cuts():
    cut = np.zeros((60, 60), np.float32)
    cut[:, :30] = 1
    moved = np.roll(cut, 3, 1)
    moved[:, :3] = 1
    assert boundary_f(cut, cut) == 1
    assert boundary_f(moved, cut) == 0  # the frame itself is no outline that would match


@pytest.mark.parametrize("reach", [1, 2, 3])
def test_boundary_f_agrees_with_distances(reach):
    alpha, truth = np.zeros((60, 60), np.float32), np.zeros((60, 60), np.float32)
    alpha[skimage.draw.disk((30, 31), 18.5)] = 1
    truth[skimage.draw.ellipse(29, 28, 20, 15, rotation=0.4)] = 1
    expected = slow_boundary_f(alpha, truth, reach)
    assert 0.1 < expected < 0.95
    assert boundary_f(alpha, truth, reach) == pytest.approx(expected)


def test_smear_counts_true_background_only():
    truth = square(10)
    alpha = truth.copy()
    alpha[0, :10], alpha[1, :10], alpha[20, 20] = 0.06, 0.05, 0.5
    assert smear(alpha, truth) == pytest.approx(10 / (3600 - 1600))
    assert math.isnan(smear(alpha, np.ones_like(truth)))


def test_edge_colour_by_hand():
    truth = np.array([[0, 0.5, 1]], np.float32)
    red = np.full((1, 3, 3), (200, 0, 0), np.uint8)
    stained = np.full((1, 3, 3), (200, 60, 0), np.uint8)
    assert edge_colour(truth, red, truth, red) == 0
    assert edge_colour(truth, red.astype(np.uint16) * 257, truth, red) == pytest.approx(0)
    # Half of 60 in one of three channels, on either ground.
    assert edge_colour(truth, stained, truth, red) == pytest.approx(10)
    # Alpha 0 shows the ground: on black 100 of red is lost, on white (28, 128, 128) differ.
    gone = np.array([[0, 0, 1]], np.float32)
    assert edge_colour(gone, red, truth, red) == pytest.approx((100 / 3 + (27.5 + 127.5 + 127.5) / 3) / 2)
    assert math.isnan(edge_colour(square(10), red, square(10), red))


def test_the_saliency_measures_do_not_stretch():
    pytest.importorskip("py_sod_metrics", reason="extra eval")
    truth = np.ascontiguousarray(scenes.leaf(96), np.float32)
    binary = (truth > 0.5).astype(np.float32)
    perfect, half = saliency(binary, truth), saliency(binary * 0.5, truth)
    assert all(value == pytest.approx(1, abs=0.02) for value in perfect.values())
    # A stretch would make half of the answer, and the answer on a grey veil, perfect.
    assert all(half[name] < perfect[name] - 0.1 for name in perfect)
    veiled = saliency(binary * 0.6 + 0.4, truth)
    assert all(veiled[name] < perfect[name] - 0.1 for name in perfect)


def test_f_by_hand():
    pytest.importorskip("py_sod_metrics", reason="extra eval")
    truth, alpha = square(10), square(20)
    # Precision and recall 0.75 at 255 thresholds; at 0 everything is subject: 1600 of 3600, recall 1.
    everything = 1.3 * (16 / 36) / (0.3 * (16 / 36) + 1)
    assert saliency(alpha, truth)["f"] == pytest.approx((255 * 0.75 + everything) / 256)


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "py_sod_metrics", None)
    with pytest.raises(OptionError, match=r"alphacut\[eval\]"):
        saliency(square(10), square(10))
