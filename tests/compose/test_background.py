"""A subject over a colour: the identities of Porter and Duff."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alphacut.colours import parse_colour
from alphacut.compose.background import composite, over
from alphacut.errors import OptionError


@given(st.integers(0, 255), st.floats(0, 1, width=32))
def test_a_colour_on_itself_stays_itself_at_every_alpha(value, weight):
    foreground = np.full((1, 1, 3), value, np.uint8)
    assert over(foreground, np.full((1, 1), weight, np.float32), (value, value, value, 255)).tolist() == [
        [[value] * 3]
    ]


def test_over_by_hand():
    foreground = np.array([[[100, 200, 0], [100, 200, 0], [100, 200, 0]]], np.uint8)
    alpha = np.array([[0, 0.5, 1]], np.float32)
    assert over(foreground, alpha, (200, 100, 50, 255)).tolist() == [
        [[200, 100, 50], [150, 150, 25], [100, 200, 0]]
    ]


def test_a_translucent_colour_gives_straight_alpha():
    foreground = np.array([[[255, 0, 0]]], np.uint8)
    # alpha 0.5 over blue at 127/255: 0.5 + 0.5·0.498 = 0.749; colour (0.5 red + 0.249 blue) / 0.749
    result = over(foreground, np.array([[0.5]], np.float32), (0, 0, 255, 127))
    assert result.tolist() == [[[170, 0, 85, 191]]]


def test_sixteen_bits_stay_sixteen():
    foreground = np.full((2, 2, 3), 40000, np.uint16)
    result = over(foreground, np.full((2, 2), 0.25, np.float32), (255, 255, 255, 255))
    assert result.dtype == np.uint16
    assert result[0, 0, 0] == round(40000 * 0.25 + 65535 * 0.75)


def test_nothing_on_nothing_is_empty_and_no_nan():
    result = over(np.full((2, 2, 3), 9, np.uint8), np.zeros((2, 2), np.float32), parse_colour("transparent"))
    assert result.tolist() == [[[0, 0, 0, 0]] * 2] * 2


def test_bands_have_no_seams():
    foreground = np.random.default_rng(0).integers(0, 256, (1200, 3, 3), np.uint8)
    alpha = np.random.default_rng(1).random((1200, 3), np.float32)
    whole = np.rint(foreground * alpha[..., None] + 255 * (1 - alpha[..., None]))
    assert np.array_equal(over(foreground, alpha, (255, 255, 255, 255)), whole)


@pytest.mark.parametrize(
    "text, colour",
    [
        ("white", (255, 255, 255, 255)),
        (" ReBeccaPurple ", (102, 51, 153, 255)),
        ("#f00", (255, 0, 0, 255)),
        ("#f008", (255, 0, 0, 136)),
        ("#10203040", (16, 32, 48, 64)),
        ("transparent", (0, 0, 0, 0)),
    ],
)
def test_colours(text, colour):
    assert parse_colour(text) == colour


@pytest.mark.parametrize("text", ["whitee", "#12", "", "12,3"])
def test_what_is_no_colour_is_refused(text):
    with pytest.raises(OptionError, match="not a colour"):
        parse_colour(text)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [3, 4])
def test_a_composite_is_porter_and_duffs_to_one_step(dtype, channels):
    limit = np.iinfo(dtype).max
    rng = np.random.default_rng(5)
    foreground = rng.integers(0, limit, (300, 40, 3), dtype, endpoint=True)
    behind = rng.integers(0, limit, (300, 40, channels), dtype, endpoint=True)
    alpha = rng.random((300, 40), np.float32)
    f, b, a = foreground / limit, behind[..., :3] / limit, alpha[..., None].astype(float)
    rest = (1 - a) * (behind[..., 3:] / limit if channels == 4 else 1)
    expected = (f * a + b * rest) / (a + rest)
    result = composite(foreground, alpha, behind)
    assert result.dtype == dtype
    assert np.abs(result[..., :3] / limit - expected).max() <= 0.52 / limit
    if channels == 4:
        assert np.abs(result[..., 3:] / limit - (a + rest)).max() <= 0.52 / limit


@given(st.integers(0, 65535), st.floats(0, 1, width=32), st.booleans())
def test_a_picture_on_itself_stays_itself_in_light_too(value, weight, deep):
    pixels = np.full((1, 1, 3), value if deep else value // 257, np.uint16 if deep else np.uint8)
    assert np.array_equal(composite(pixels, np.full((1, 1), weight, np.float32), pixels, linear=True), pixels)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_half_of_white_and_black_light_is_188(dtype):
    white, black = np.full((1, 3, 3), np.iinfo(dtype).max, dtype), np.zeros((1, 3, 3), dtype)
    alpha = np.array([[0, 0.5, 1]], np.float32)
    # 1.055 * 0.5**(1/2.4) - 0.055 = 0.735357
    middle = round(0.735357 * np.iinfo(dtype).max)
    result = composite(white, alpha, black, linear=True)[0, :, 0]
    assert np.abs(result.astype(int) - (0, middle, np.iinfo(dtype).max)).max() <= (
        0 if dtype == np.uint8 else 1
    )
    clear = np.concatenate([black, np.full_like(black[..., :1], 0)], axis=2)
    assert (composite(white, alpha, clear, linear=True)[0, 1:, :3] == np.iinfo(dtype).max).all()


def test_what_does_not_fit_behind_is_refused():
    foreground, alpha = np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.float32)
    for behind in (
        np.zeros((4, 5, 3), np.uint8),
        np.zeros((4, 4, 3), np.uint16),
        np.zeros((4, 4, 1), np.uint8),
    ):
        with pytest.raises(ValueError, match="behind"):
            composite(foreground, alpha, behind)
