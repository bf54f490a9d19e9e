"""Exposure: the asked percentile reaches its target, highlights are rolled off, greys stay grey."""

import numpy as np
import pytest

import scenes
from alphacut.compose.exposure import brightness, develop, expose
from alphacut.compose.linear import NEUTRAL, to_linear, to_pixels

LEAF = np.ascontiguousarray(scenes.leaf(256), np.float32)


@pytest.fixture
def subject():
    return scenes.photograph(256, "coffee")


@pytest.mark.parametrize("factor", [0.4, 0.6, 1.0])
@pytest.mark.parametrize("target", [0.7, 0.85, 0.93])
def test_the_percentile_reaches_the_target(subject, factor, target):
    dark = to_pixels(to_linear(subject) * np.float32(factor), np.uint8)
    found = expose(dark, LEAF, target)
    assert brightness(develop(dark, NEUTRAL, found.gain), LEAF) == pytest.approx(target, abs=0.015)


def test_a_known_underexposure_is_undone():
    """A flat grey of 180 at a quarter of a stop steps: below the knee the gain is exactly the inverse."""
    grey = np.full((64, 64, 3), 180, np.uint8)
    dark = to_pixels(to_linear(grey) * np.float32(0.5), np.uint8)
    found = expose(dark, np.ones((64, 64), np.float32), 180 / 255)
    assert found.gain == pytest.approx(2, rel=0.01)
    assert np.abs(develop(dark, NEUTRAL, found.gain).astype(int) - 180).max() <= 1


def test_the_gain_is_bounded_and_says_so():
    black = np.full((64, 64, 3), 20, np.uint8)
    found = expose(black, np.ones((64, 64), np.float32), 0.9)
    assert found.gain == pytest.approx(2**1.5)
    assert "short of 0.90" in found.note


@pytest.mark.parametrize("alpha", [0.0, 0.5])
def test_without_an_opaque_pixel_nothing_is_done(subject, alpha):
    assert expose(subject, np.full((256, 256), alpha, np.float32), 0.8).gain == 1


def test_clear_pixels_never_matter(subject):
    changed = subject.copy()
    changed[LEAF == 0] = 255
    assert expose(changed, LEAF, 0.8) == expose(subject, LEAF, 0.8)


@pytest.mark.parametrize("gain", [0.5, 1.1, 2, 2**1.5])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_nothing_is_clipped_and_no_tone_overtakes_another(gain, dtype):
    most = np.iinfo(dtype).max
    ramp = np.repeat(np.arange(most + 1, dtype=dtype)[None, :, None], 3, 2)
    found = develop(ramp, NEUTRAL, gain)
    steps = np.diff(found[0, :, 0].astype(int))
    assert found.dtype == dtype
    assert (steps >= 0).all()
    assert (found[0, : int(most * 0.9)] < most).all()
    assert (np.ptp(found[0].astype(int), axis=1) == 0).all()
    assert found[0, -1, 0] == (
        most if gain > 1 else to_pixels(np.full((1, 1, 1), gain, np.float32), dtype)[0, 0, 0]
    )


def test_below_the_knee_light_is_multiplied():
    pixels = np.full((2, 2, 3), (60, 90, 120), np.uint8)
    wanted = to_pixels(to_linear(pixels) * np.float32([1.2, 1.0, 1.4]) * np.float32(1.5), np.uint8)
    assert np.abs(develop(pixels, (1.2, 1.0, 1.4), 1.5).astype(int) - wanted).max() <= 1


def test_clipped_light_stays_white_under_a_balance():
    pixels = np.array([[[255, 255, 255], [0, 0, 0]]], np.uint8)
    assert develop(pixels, (0.9, 1.0, 1.3))[0].tolist() == [[255] * 3, [0] * 3]


def test_factors_of_1_give_back_the_array(subject):
    assert develop(subject, NEUTRAL, 1.0) is subject


@pytest.mark.parametrize("gain", [0, -1, float("nan"), float("inf")])
def test_a_factor_that_is_not_positive_is_refused(subject, gain):
    with pytest.raises(ValueError, match="expected positive numbers"):
        develop(subject, NEUTRAL, gain)


@pytest.mark.parametrize("target", [0, 1, float("nan")])
def test_a_target_that_cannot_be_reached_is_refused(subject, target):
    with pytest.raises(ValueError, match="target: expected"):
        expose(subject, LEAF, target)
