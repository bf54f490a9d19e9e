"""Harmonise: towards the background's light, never so far that a colour is not believed."""

import cv2
import numpy as np
import pytest

import scenes
from alphacut.compose.harmonise import CHROMA_SHIFT, LIGHTNESS_SHIFT, harmonise
from alphacut.compose.linear import to_linear, to_oklab

WARM, COLD = scenes.mottled(200, (220, 150, 90), 0.2, 1), scenes.mottled(200, (60, 90, 150), 0.2, 2)


def lab(pixels):
    return to_oklab(to_linear(pixels))


def subject():
    return scenes.mottled(256, (130, 128, 126), 0.2, 5), np.ascontiguousarray(scenes.leaf(256), np.float32)


def test_strength_0_is_the_array_that_came():
    pixels, alpha = subject()
    assert harmonise(pixels, alpha, WARM, 0) is pixels


def test_without_a_subject_nothing_changes():
    pixels, alpha = subject()
    assert harmonise(pixels, np.zeros_like(alpha), WARM, 1) is pixels


def test_on_a_background_of_its_own_statistics_a_subject_stays():
    pixels = scenes.mottled(256, (130, 128, 126), 0.2, 5)
    found = harmonise(pixels, np.ones((256, 256), np.float32), pixels, 1)
    assert np.abs(found.astype(int) - pixels).max() <= 1


@pytest.mark.parametrize(("backdrop", "sign"), [(WARM, 1), (COLD, -1)])
def test_it_moves_towards_the_background_and_more_with_more_strength(backdrop, sign):
    pixels, alpha = subject()
    inside = alpha == 1
    moved = [
        (lab(harmonise(pixels, alpha, backdrop, s)) - lab(pixels))[inside].mean(0) for s in (0.25, 0.5, 1)
    ]
    yellow, lightness = [sign * one[2] for one in moved], [sign * one[0] for one in moved]
    assert 0 < yellow[0] < yellow[1] < yellow[2]
    assert 0 < lightness[0] < lightness[1] < lightness[2]
    assert yellow[1] == pytest.approx(yellow[2] / 2, rel=0.15)


def test_the_move_of_a_plain_grey_is_the_formula():
    """A grey of L 0.6 on a flat yellowish background: shift = limit·tanh(distance / limit), weight 4·L·(1 - L)."""
    pixels = np.full((40, 40, 3), 128, np.uint8)
    backdrop = np.full((10, 10, 3), (200, 180, 120), np.uint8)
    own, other = lab(pixels)[0, 0].astype(float), lab(backdrop)[0, 0].astype(float)
    distance = np.hypot(*(other - own)[1:])
    weight = 4 * own[0] * (1 - own[0])
    wanted = own.copy()
    wanted[0] += weight * LIGHTNESS_SHIFT * np.tanh((other - own)[0] / LIGHTNESS_SHIFT)
    wanted[1:] += weight * CHROMA_SHIFT * np.tanh(distance / CHROMA_SHIFT) * (other - own)[1:] / distance
    found = lab(harmonise(pixels, np.ones((40, 40), np.float32), backdrop, 1))[0, 0]
    assert np.abs(found - wanted).max() < 0.004  # half a level of 255 in each channel


@pytest.mark.parametrize("backdrop", [(255, 0, 0), (0, 0, 255), (0, 0, 0), (255, 255, 255), (0, 255, 0)])
def test_no_background_makes_a_face_unbelievable(backdrop, astronaut_pixels):
    alpha = np.ones(astronaut_pixels.shape[:2], np.float32)
    found = harmonise(astronaut_pixels, alpha, np.full((8, 8, 3), backdrop, np.uint8), 1)
    face = (slice(80, 150), slice(195, 255))
    change = (lab(found) - lab(astronaut_pixels))[face]
    assert np.abs(change.mean((0, 1))[0]) < LIGHTNESS_SHIFT + 0.02
    assert np.hypot(*change.mean((0, 1))[1:]) < CHROMA_SHIFT + 0.01


@pytest.mark.parametrize("backdrop", [(255, 255, 255), (0, 0, 0), (250, 120, 40)])
def test_nothing_is_clipped(backdrop):
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2)
    pixels = np.repeat(ramp, 20, 0)
    found = harmonise(pixels, np.ones((20, 256), np.float32), np.full((8, 8, 3), backdrop, np.uint8), 1)
    assert (found[:, 0] == 0).all()
    assert (found[:, 255] == 255).all()
    assert (found[:, 4:252].min(2) > 0).all()
    assert (found[:, 4:252].max(2) < 255).all()
    assert (np.diff(lab(found)[0, :, 0]) > -0.002).all()  # no tone overtakes another, but for rounding


def test_an_orange_coat_is_no_orange_light():
    pixels = np.full((100, 100, 3), (235, 100, 40), np.uint8)
    pixels[:, 60:] = 150
    white = np.full((9, 9, 3), 255, np.uint8)
    grey = lab(harmonise(pixels, np.ones((100, 100), np.float32), white, 1))[50, 80]
    assert np.hypot(*grey[1:]) < 0.005


def test_clear_pixels_never_matter():
    pixels, alpha = subject()
    pixels = pixels.copy()
    one = harmonise(pixels, alpha, WARM, 1)
    pixels[alpha == 0] = (0, 255, 0)
    other = harmonise(pixels, alpha, WARM, 1)
    assert (one[alpha > 0] == other[alpha > 0]).all()


def test_a_tiny_subject_that_no_sample_meets_is_found():
    pixels, alpha = np.full((1500, 1500, 3), 100, np.uint8), np.zeros((1500, 1500), np.float32)
    alpha[701:703, 802:804] = 1
    assert harmonise(pixels, alpha, WARM, 1)[701, 802, 0] > 100


def test_16_bits_say_the_same_as_8_and_the_input_stays():
    pixels, alpha = subject()
    before = pixels.copy()
    narrow, wide = (
        harmonise(pixels, alpha, WARM, 0.7),
        harmonise(pixels.astype(np.uint16) * 257, alpha, WARM, 0.7),
    )
    assert wide.dtype == np.uint16
    assert np.abs(wide / 257 - narrow).max() <= 0.6
    assert (pixels == before).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (700, 3)])
def test_every_size_works(shape):
    pixels = cv2.resize(WARM, shape[::-1])
    assert harmonise(pixels, np.ones(shape, np.float32), COLD, 1).shape == pixels.shape


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_strength_out_of_range_is_refused(strength):
    pixels, alpha = subject()
    with pytest.raises(ValueError, match="strength: expected"):
        harmonise(pixels, alpha, WARM, strength)
