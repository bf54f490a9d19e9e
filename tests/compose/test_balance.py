"""White balance: a cast of known strength goes, and what is no cast stays."""

import numpy as np
import pytest

import scenes
from alphacut.compose.balance import balance
from alphacut.compose.exposure import develop
from alphacut.compose.linear import NEUTRAL, to_linear, to_pixels

LEAF = np.ascontiguousarray(scenes.leaf(256), np.float32)
CASTS = [(1, 0.9, 0.7), (0.8, 0.95, 1), (1, 0.95, 0.9), (0.85, 1, 0.95), (1, 0.8, 0.5)]


def shot(grey=215, colours=None):
    """Return a product on a grey sweep in neutral light."""
    product = scenes.photograph(256, "coffee") if colours is None else colours
    return scenes.mix(LEAF, product, scenes.plain(256, (grey,) * 3))


def lit(pixels, light):
    return to_pixels(to_linear(pixels) * np.float32(light), pixels.dtype)


@pytest.mark.parametrize("light", CASTS)
@pytest.mark.parametrize("grey", [170, 200, 235])
def test_a_known_cast_is_removed(light, grey):
    true = shot(grey)
    found = balance(lit(true, light), LEAF)
    assert found.basis == "background"
    mended = develop(lit(true, light), found.gains)
    ground = np.median(mended[LEAF == 0], axis=0)
    assert np.ptp(ground) <= 1
    # The product's colours come back too, up to the one factor of brightness that a photo does not tell.
    ratio = to_linear(mended)[LEAF == 1] / np.maximum(to_linear(true)[LEAF == 1], 1e-3)
    middle = np.median(ratio[(true[LEAF == 1] > 60).all(1) & (mended[LEAF == 1] < 225).all(1)], axis=0)
    assert np.ptp(middle) < 0.02 * middle.mean()


def test_the_gains_are_the_casts_inverse_at_the_same_luminance():
    light = np.array(CASTS[0])
    gains = np.array(balance(lit(shot(), light), LEAF).gains)
    assert np.ptp(gains * light) < 0.01
    assert gains @ (light * [0.2126, 0.7152, 0.0722]) == pytest.approx(
        light @ [0.2126, 0.7152, 0.0722], rel=0.01
    )


@pytest.mark.parametrize("grey", [170, 215, 245])
def test_a_neutral_photo_stays(grey):
    pixels = shot(grey)
    noisy = np.clip(pixels + np.random.default_rng(0).normal(0, 2, pixels.shape), 0, 255).astype(np.uint8)
    for one in (pixels, noisy):
        found = balance(one, LEAF)
        assert np.abs(develop(one, found.gains).astype(int) - one).max() <= 1
        assert "neutral" in found.note


@pytest.mark.parametrize("ground", [(240, 190, 200), (40, 190, 70), (60, 60, 70)])
def test_a_painted_or_dark_background_is_not_taken_for_light(ground):
    leaf = scenes.mottled(256, (190, 90, 30), 0.2, 14)
    found = balance(scenes.mix(LEAF, leaf, scenes.plain(256, ground)), LEAF)
    assert found.gains == NEUTRAL
    assert found.basis == "none"
    assert "left as it is" in found.note


def patches():
    """Return a subject of many colours that are grey in the mean, as a colour chart is."""
    rng = np.random.default_rng(4)
    colours = rng.integers(30, 200, (8, 16, 3))
    colours = np.concatenate([colours, 230 - colours])
    return np.kron(colours, np.ones((16, 16, 1))).astype(np.uint8)


def test_without_a_telling_background_a_colourful_subject_tells_the_cast():
    light = (1, 0.85, 0.65)
    true = scenes.mix(LEAF, patches(), scenes.photograph(256, "rocket"))
    before, found = balance(true, LEAF), balance(lit(true, light), LEAF)
    assert found.basis == "subject"
    gains = np.array(found.gains) / np.array(before.gains)
    assert np.ptp(gains * light) < 0.05


def test_a_subject_of_one_colour_does_not():
    wood = scenes.mottled(256, (170, 125, 85), 0.2, 3)
    found = balance(scenes.mix(LEAF, wood, scenes.photograph(256, "rocket")), LEAF)
    assert found.gains == NEUTRAL


def test_16_bits_say_the_same_as_8():
    pixels = lit(shot(), CASTS[0])
    assert np.allclose(
        balance(pixels, LEAF).gains, balance(pixels.astype(np.uint16) * 257, LEAF).gains, atol=0.005
    )


@pytest.mark.parametrize("value", [0, 255])
@pytest.mark.parametrize("alpha", [0, 1])
@pytest.mark.parametrize("side", [1, 50])
def test_black_white_and_tiny_photos_stay(value, alpha, side):
    pixels = np.full((side, side, 3), value, np.uint8)
    assert balance(pixels, np.full((side, side), alpha, np.float32)).gains == NEUTRAL
