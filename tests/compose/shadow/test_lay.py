"""Shadows under a subject: the identities of compositing, to 1/255."""

import numpy as np
import pytest

from alphacut.compose.shadow import Shadow, ShadowLook, lay, make_shadow, under

SHAPE = (700, 60)  # more than one band of rows


@pytest.fixture
def parts():
    rng = np.random.default_rng(5)
    alpha = np.clip(rng.uniform(-0.5, 1.5, SHAPE), 0, 1).astype(np.float32)
    opacity = np.clip(rng.uniform(-0.5, 1.5, SHAPE), 0, 1).astype(np.float32)
    foreground, backdrop = rng.integers(0, 256, (2, *SHAPE, 3)).astype(np.uint8)
    return alpha, opacity, foreground, backdrop


def over(top, alpha, bottom):
    a = alpha[..., None].astype(np.float64)
    return top * a + bottom * (1 - a)


@pytest.mark.parametrize("colour", [(0, 0, 0), (90, 20, 200)])
def test_transparent_and_opaque_results_look_the_same(parts, colour):
    alpha, opacity, foreground, backdrop = parts
    shadow = Shadow(opacity, colour)
    laid = over(foreground, alpha, lay(shadow, backdrop))
    colours, total = under(foreground, alpha, shadow)
    assert np.abs(over(colours, total, backdrop) - laid).max() <= 1
    exact = over(foreground, alpha, over(np.array(colour), opacity, backdrop))
    assert np.abs(laid - exact).max() <= 0.5001
    assert np.abs(over(colours, total, backdrop) - exact).max() <= 0.5001


def test_layer_has_its_own_colours(parts):
    alpha, opacity, foreground, backdrop = parts
    layer = foreground[::-1].copy()
    shadow = Shadow(opacity, layer=layer)
    exact = over(foreground, alpha, over(layer, opacity, backdrop))
    colours, total = under(foreground, alpha, shadow)
    assert np.abs(over(foreground, alpha, lay(shadow, backdrop)) - exact).max() <= 0.5001
    assert np.abs(over(colours, total, backdrop) - exact).max() <= 0.5001


def test_the_subject_is_untouched(parts):
    alpha, opacity, foreground, _ = parts
    colours, total = under(foreground, alpha, Shadow(opacity))
    for same in (alpha == 1, opacity == 0):
        assert np.array_equal(colours[same], foreground[same])
        assert np.array_equal(total[same], alpha[same])


def test_nothing_given_is_changed(parts):
    alpha, opacity, foreground, backdrop = parts
    copies = [part.copy() for part in parts]
    under(foreground, alpha, Shadow(opacity))
    lay(Shadow(opacity), backdrop)
    assert all(np.array_equal(part, copy) for part, copy in zip(parts, copies, strict=True))


def test_black_multiplies_what_is_behind(parts):
    _, opacity, _, backdrop = parts
    assert np.array_equal(lay(Shadow(opacity), backdrop), np.rint(backdrop * (1 - opacity[..., None])))


def test_sixteen_bits_stay_and_the_colour_is_scaled():
    opacity = np.full((4, 4), 0.25, np.float32)
    backdrop = np.full((4, 4, 3), 40000, np.uint16)
    laid = lay(Shadow(opacity, (255, 0, 51)), backdrop)
    assert laid.dtype == np.uint16
    assert laid[0, 0].tolist() == [46384, 30000, 33277]  # 30000 + a quarter of 65535, 0 and 13107


def test_white_on_white_stays_white_without_a_shadow():
    white, alpha = np.full((9, 9, 3), 255, np.uint8), np.linspace(0, 1, 81, dtype=np.float32).reshape(9, 9)
    none = make_shadow("none", alpha, ShadowLook())
    colours, total = under(white, alpha, none)
    assert (colours == 255).all()
    assert np.array_equal(total, alpha)
    assert (lay(none, white) == 255).all()


def test_what_does_not_fit_is_refused(parts):
    alpha, opacity, foreground, backdrop = parts
    with pytest.raises(ValueError, match=r"shadow\.opacity"):
        lay(Shadow(opacity[1:]), backdrop)
    with pytest.raises(ValueError, match=r"shadow\.layer"):
        under(foreground, alpha, Shadow(opacity, layer=foreground.astype(np.uint16)))
