"""A photo goes into the network's input and comes back to the same place."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alphacut.infer.geometry import Fit, reflect, resize

SIDES = st.integers(1, 3000)
TARGET = (128, 192)


def fits(source):
    return [
        Fit.squash(source, TARGET),
        Fit.letterbox(source, TARGET),
        Fit.aspect(source, TARGET, 32),
        replace(Fit.squash(source, TARGET), pad=(3, 0, 7, 11)),
        replace(Fit.letterbox(source, TARGET), pad=(5, 5, 0, 2)),
    ]


@given(SIDES, SIDES)
def test_corners_and_centres_come_back(height, width):
    points = np.array([[0, 0], [width, 0], [0, height], [width, height], [0.5, 0.5], [width / 3, height / 7]])
    for fit in fits((height, width)):
        assert np.allclose(fit.inverse_points(fit.forward_points(points)), points, atol=1e-6)


@pytest.mark.parametrize("source", [(1, 1), (1, 500), (500, 1), (33, 47), (300, 200), (129, 191)])
def test_size_and_type_come_back(source):
    for fit in fits(source):
        for image in (np.zeros(source, np.float32), np.zeros((*source, 3), np.uint8)):
            inside = fit.forward(image)
            assert inside.shape[:2] == fit.target
            assert inside.dtype == image.dtype
            assert fit.inverse(inside).shape == image.shape


def test_content_lies_where_the_points_say():
    # A box is drawn in the photo; its edges must be found in the input where forward_boxes puts them.
    source = (300, 200)
    photo = np.zeros(source, np.float32)
    photo[60:240, 50:150] = 1
    for fit in fits(source):
        left, top, right, bottom = fit.forward_boxes(np.array([[50, 60, 150, 240]]))[0]
        inside = fit.forward(photo)
        window = inside[
            int(top) - 4 : int(bottom) + 5, int(left) - 4 : int(right) + 5
        ]  # the bars mirror the box
        assert window.sum() == pytest.approx((right - left) * (bottom - top), rel=0.02)
        row, column = int((top + bottom) / 2), int((left + right) / 2)
        assert inside[row, int(left) + 2] > 0.9 > 0.1 > inside[row, int(left) - 2]
        assert inside[int(bottom) - 2, column] > 0.9 > 0.1 > inside[int(bottom) + 2, column]


def test_letterbox_and_aspect_keep_a_square_square():
    for fit in (Fit.letterbox((300, 200), TARGET), Fit.aspect((1000, 667), (1024, 1024), 64)):
        left, top, right, bottom = fit.forward_boxes(np.array([[0, 0, 100, 100]]))[0]
        assert (right - left) == pytest.approx(bottom - top, rel=0.05)


def test_aspect_stays_within_the_trained_size_and_its_multiple():
    for source in ((1000, 667), (4000, 4000), (1, 10000), (10000, 1), (1023, 1024), (50, 3000)):
        height, width = Fit.aspect(source, (1024, 1024), 64).target
        assert max(height, width) == 1024
        assert height % 64 == width % 64 == 0
        assert min(height, width) >= 64


@pytest.mark.parametrize("before, after", [(400, 100), (400, 300), (100, 400), (100, 173), (77, 77)])
def test_resizing_a_ramp_shifts_nothing(before, after):
    # A ramp's value at a pixel's centre is its coordinate: a half-pixel error would show as 0.5 of a step.
    ramp = (np.arange(before, dtype=np.float32) + 0.5) / before
    image = np.tile(ramp, (9, 1))
    expected = (np.arange(after) + 0.5) / after
    inner = slice(3, -3)
    for result in (
        resize(image, (9, after))[4],
        resize(image.T, (after, 9))[:, 4],
        resize(image, (13, after))[6],
    ):
        assert np.abs(result - expected)[inner].max() < 0.12 / before


def test_a_constant_stays_constant_and_alpha_in_range():
    edge = np.zeros((40, 40), np.float32)
    edge[:, 20:] = 1
    for size in ((97, 113), (13, 113), (11, 9)):
        assert np.all(resize(np.full((40, 40), 0.37, np.float32), size) == pytest.approx(0.37, abs=1e-6))
        assert 0 <= resize(edge, size).min() <= resize(edge, size).max() <= 1


def test_small_area_average_by_hand():
    image = np.array([[0, 2, 4, 6], [0, 2, 4, 6]], np.float32)
    assert resize(image, (1, 2)).tolist() == [[1, 5]]


def test_reflection_by_hand():
    image = np.array([[1, 2, 3]], np.uint8)
    assert reflect(image, (1, 0, 2, 1)).tolist() == [[2, 1, 1, 2, 3, 3]] * 2


def test_the_wrong_size_is_named():
    with pytest.raises(ValueError, match=r"expected 10×20 pixels, got 20×10"):
        Fit.squash((10, 20), (32, 32)).forward(np.zeros((20, 10), np.float32))
