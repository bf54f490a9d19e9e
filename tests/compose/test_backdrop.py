"""What stands behind the subject: painted pixels against values worked out by hand or by another way."""

import cv2
import numpy as np
import pytest

import pictures
from alphacut.backdrops import STUDIOS
from alphacut.compose.backdrop import Scene, paint, parse_backdrop
from alphacut.compose.background import composite, over
from alphacut.compose.dither import dither
from alphacut.compose.studio import LOOKS


def painted(text, size=(40, 60), dtype=np.uint8, icc=None):
    pixels = np.zeros((*size, 3), dtype)
    return paint(parse_backdrop(text), size, Scene(pixels, np.zeros(size, np.float32), icc=icc))


# --- colours


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("colour", ["white", "#12345678", "transparent"])
def test_a_colour_painted_and_composited_is_over(colour, dtype):
    foreground, alpha = (
        pictures.noise((30, 20, 3), dtype),
        np.random.default_rng(1).random((30, 20), np.float32),
    )
    backdrop = parse_backdrop(colour)
    behind = paint(backdrop, (30, 20), Scene(foreground, alpha))
    assert np.array_equal(composite(foreground, alpha, behind), over(foreground, alpha, backdrop.kind))


def test_none_is_nothing():
    assert not painted("none").any()
    assert painted("none").shape == (40, 60, 4)


# --- gradients


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_ends_of_a_gradient_are_its_colours(dtype):
    step = np.iinfo(dtype).max // 255
    down = painted("linear(#fff, #123456)", dtype=dtype) // step
    assert down.dtype == dtype
    assert (down[0] == 255).all()
    assert (down[-1] == (0x12, 0x34, 0x56)).all()
    across = painted("linear(red, blue, 90)")
    assert (across[:, 0] == (255, 0, 0)).all()
    assert (across[:, -1] == (0, 0, 255)).all()
    corner = painted("linear(red, blue, to bottom right)")
    assert corner[0, 0].tolist() == [255, 0, 0]
    assert corner[-1, -1].tolist() == [0, 0, 255]
    ring = painted("radial(red, blue)", (41, 61))
    assert ring[20, 30].tolist() == [255, 0, 0]
    assert (ring[[0, 0, -1, -1], [0, -1, 0, -1]] == (0, 0, 255)).all()
    aside = painted("radial(red, blue, at right bottom)")
    assert aside[-1, -1].tolist() == [255, 0, 0]
    assert aside[0, 0].tolist() == [0, 0, 255]


def test_the_middle_is_even_in_oklab():
    # White to black: L = 0.5, light 0.5**3 = 0.125, encoded 1.055 * 0.125**(1/2.4) - 0.055 = 0.38857.
    deep = painted("linear(white, black)", (41, 8), np.uint16)
    assert np.abs(deep[20].astype(int) - round(0.38857 * 65535)).max() <= 3
    # CSS Color 4 in oklab, as browsers give it: red and blue meet at oklab(0.54 0.0962 -0.0929).
    middle = painted("linear(red, blue)", (41, 8))[20, 0]
    assert np.abs(middle.astype(int) - (140, 83, 162)).max() <= 1


def test_stops_stand_where_they_are_put():
    hard = painted("linear(#000 25%, #fff 25%, #fff 75%, #00f)", (81, 4))
    assert (hard[:20] == 0).all()
    assert (hard[21:60] == 255).all()
    assert hard[-1, 0].tolist() == [0, 0, 255]


def test_a_transparent_stop_lends_no_colour():
    faded = painted("linear(red, transparent)", (41, 5))
    assert faded.shape[2] == 4
    assert (faded[:40, :, :3] == (255, 0, 0)).all()
    assert np.abs(faded[20, :, 3].astype(int) - 128).max() <= 1


def test_a_gradient_has_no_bands_and_greys_stay_grey():
    shallow = painted("linear(#f0f0f0, #e8e8e8)", (1024, 64)).astype(float)
    assert (shallow[..., 0] == shallow[..., 2]).all()
    ideal = np.interp(np.linspace(0, 1, 1024), [0, 1], [240, 232])  # so short a way in Oklab is straight
    # Without dither the mean of 16 rows would be up to half a step off.
    means = shallow[..., 0].reshape(64, 16 * 64).mean(1)
    assert np.abs(means - ideal.reshape(64, 16).mean(1)).max() < 0.08


@pytest.mark.parametrize("value", [0.0, 3.0, 100.25, 200.73, 254.99, 255.0])
def test_dither_keeps_the_mean_and_whole_values(value):
    done = dither(np.full((64, 128, 3), value, np.float32), 0, np.dtype(np.uint8))
    assert abs(done.mean() - value) < 0.005
    assert set(np.unique(done)) <= {int(value), min(int(value) + 1, 255)}
    if value == int(value):
        assert (done == value).all()


def test_sixteen_bits_do_not_overflow():
    top = np.array([0, 39999, 65534, 65535])
    values = np.broadcast_to(top.astype(np.float32)[None, :, None], (64, 4, 3)).copy()
    assert (dither(values, 0, np.dtype(np.uint16)) == top[:, None]).all()


def test_strips_have_no_seams_and_the_pattern_is_fixed():
    whole = painted("linear(#777, #888)", (700, 30))
    assert np.array_equal(whole, painted("linear(#777, #888)", (700, 30)))
    rows = whole.reshape(700, -1).mean(1)
    assert np.abs(np.diff(rows)).max() < 0.3


def test_one_pixel_can_be_painted():
    for text in ("linear(red, blue)", "radial(red, blue)", "studio-grey", "blur"):
        assert painted(text, (1, 1)).shape == (1, 1, 3)
    assert painted("linear(red, blue)", (1, 5)).shape == (1, 5, 3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_is_drawn_is_in_the_photos_profile(dtype):
    step = np.iinfo(dtype).max // 255
    for text in ("linear(#f80, #08f)", "linear(#f808, #08f8)", "studio-warm", "#f80", "#f808"):
        plain = painted(text, dtype=dtype) / step
        swapped = painted(text, dtype=dtype, icc=pictures.SWAPPED) / step
        assert np.abs(swapped[..., :3] - plain[..., 2::-1]).max() <= 2, text
        assert np.array_equal(swapped[..., 3:], plain[..., 3:])


def test_a_photo_that_says_srgb_keeps_sixteen_bits():
    plain = painted("linear(#777, #888)", dtype=np.uint16)
    assert np.array_equal(painted("linear(#777, #888)", dtype=np.uint16, icc=pictures.SRGB), plain)
    assert (plain % 257 != 0).mean() > 0.9


# --- studios


def test_every_studio_that_is_named_is_drawn():
    assert tuple(LOOKS) == STUDIOS


@pytest.mark.parametrize("name", STUDIOS)
def test_a_studio_is_brightest_in_the_middle_and_has_no_edge(name):
    pixels = painted(name, (300, 400), np.uint16).astype(float).mean(2)
    blurred = cv2.blur(pixels, (9, 9))
    assert blurred[100:, 195:205].max() == pytest.approx(blurred.max(), rel=0.02)
    assert blurred[[5, 5, -5, -5], [5, -5, 5, -5]].max() < blurred.max()
    assert np.abs(pixels - pixels[:, ::-1]).max() < 3  # the dither is all that differs
    for axis in (0, 1):
        assert np.abs(np.diff(blurred, axis=axis)).max() < 257 * 2  # two steps of 255 a pixel


def test_a_studio_is_the_same_at_every_size():
    large = painted("studio-warm", (1300, 1000))
    small = painted("studio-warm", (650, 500))
    halved = cv2.resize(large, (500, 650), interpolation=cv2.INTER_AREA)
    assert np.abs(halved.astype(int) - small).max() <= 2
