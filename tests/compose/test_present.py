"""Frame, background, look and shadow together, from one set of options through the whole way."""

import io

import numpy as np
import pytest
from PIL import Image

from alphacut import Cutter, Options, cut
from alphacut.compose.check import check_file, passes
from alphacut.compose.present import with_preset
from alphacut.compose.presets import find_preset, preset_names
from alphacut.errors import InputError, OptionError

TINY = {"model": "tiny", "edges": "hard"}
BLACK, WHITE = 0, 255


def listing(subject=(40, 60, 30, 80), shape=(100, 120), value=230):
    """A photo of a light rectangle on black: the one-layer network's alpha is the grey it sees."""
    pixels = np.full((*shape, 3), BLACK, np.uint8)
    top, bottom, left, right = subject
    pixels[top:bottom, left:right] = value
    return pixels


def made(**options):
    return cut(listing(), Options(**TINY, **options))


def box(matte):
    rows, columns = np.flatnonzero(matte.max(axis=1) > 100), np.flatnonzero(matte.max(axis=0) > 100)
    return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1


def test_without_any_of_it_the_photo_stays_where_it_is(home):
    cutout = made()
    assert cutout.picture().pixels.shape == (100, 120, 4)
    assert np.array_equal(cutout.picture().pixels[..., :3], cutout.foreground)


def test_the_matte_and_the_picture_share_one_canvas(home):
    cutout = made(canvas="200x200", scale=0.5, enlarge=4)
    assert cutout.picture().pixels.shape == (200, 200, 4)
    matte = cutout.matte.pixels[..., 0]
    top, bottom, left, right = box(matte)
    assert right - left == pytest.approx(100, abs=3)
    assert (top + bottom) / 2 == pytest.approx(100, abs=2)


def test_layers_at_hand_serve_picture_matte_and_zip(home):
    cutout = made(canvas="200x200", scale=0.5, enlarge=4, shadow="cast")
    layers = cutout.layers()
    assert np.array_equal(cutout.picture(layers).pixels, cutout.picture().pixels)
    assert np.array_equal(cutout.matte_of(layers).pixels, cutout.matte.pixels)
    assert cutout.encode("zip", layers=layers) == cutout.encode("zip")
    assert cutout.encode("png", layers=layers) == cutout.encode("png")


def test_a_shadow_is_in_the_picture_and_not_in_the_matte(home):
    plain, shaded = made(), made(shadow="drop", shadow_length=0.5)
    assert np.array_equal(plain.matte.pixels, shaded.matte.pixels)
    before, after = plain.picture().pixels[..., 3], shaded.picture().pixels[..., 3]
    assert (after.astype(int) - before).max() > 30


def test_on_white_the_shadow_only_darkens_the_backdrop(home):
    plain, shaded = (made(background="white", shadow=kind).picture().pixels for kind in ("none", "cast"))
    inside = made().matte.pixels[..., 0] == 255
    assert np.array_equal(plain[inside], shaded[inside])
    assert (shaded <= plain).all() and (shaded < plain).any()


def test_an_outline_is_drawn_around_the_subject_in_its_colour(home):
    picture = made(outline=6, outline_colour="red", background="blue").picture().pixels
    assert picture[50, 26].tolist() == [255, 0, 0]
    assert picture[5, 5].tolist() == [0, 0, 255]


def test_inverse_keeps_the_background(home):
    alpha = made(inverse=True).matte.pixels[..., 0]
    assert alpha[5, 5] == 255 and alpha[50, 55] < 40


def test_a_kept_shadow_that_is_not_there_is_said(home):
    noise = np.random.default_rng(0).integers(0, 90, (100, 120, 3), dtype=np.uint8)
    noise[40:60, 30:80] = 255
    notes = cut(noise, Options(**TINY, shadow="keep")).picture().notes
    assert any("no shadow kept" in note for note in notes)


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_passes_its_own_check(home, name):
    cutout = cut(listing((60, 340, 50, 450), (400, 500)), Options(**TINY, preset=name))
    findings = check_file(cutout.encode(), find_preset(name), "photo")
    assert passes(findings), [f for f in findings if f.outcome == "fail"]


@pytest.mark.parametrize("name", ("amazon", "walmart"))
@pytest.mark.parametrize("shadow", ("drop", "contact", "cast", "reflection"))
def test_a_shadow_ends_before_a_border_that_must_be_white(home, name, shadow):
    plain, shadowed = (
        cut(listing((60, 340, 50, 450), (400, 500)), Options(**TINY, preset=name, shadow=kind))
        for kind in ("none", shadow)
    )
    assert passes(check_file(shadowed.encode(), find_preset(name), "photo"))
    change = np.abs(shadowed.picture().pixels.astype(int) - plain.picture().pixels)
    assert change.max() > 20


def test_a_preset_is_under_the_options_that_are_named(home):
    options = with_preset(Options(preset="amazon", background="black", format="png"))
    assert (options.background, options.format) == ("black", "png")
    assert with_preset(options) == options


def test_a_limit_of_bytes_is_kept(home):
    noise = np.random.default_rng(0).integers(128, 255, (200, 200, 3), dtype=np.uint8)
    cutout = cut(noise, Options(**TINY, background="white", format="jpeg", max_bytes=12_000))
    assert len(cutout.encode()) <= 12_000
    assert Image.open(io.BytesIO(cutout.encode())).size == (200, 200)


def test_what_cannot_be_is_said_before_any_photo_is_cut(home, tmp_path):
    for options in ({"margin": "60% 0"}, {"canvas": "0x5"}, {"background": str(tmp_path / "none.jpg")}):
        with pytest.raises(OptionError):
            cut(listing(), Options(**TINY, **options))
    with pytest.raises(OptionError, match="Did you mean 'amazon'"):
        cut(listing(), Options(**TINY, preset="amazn"))


def test_a_frame_around_nothing_names_the_photo(home):
    with pytest.raises(InputError, match="no subject"):
        cut(np.zeros((50, 50, 3), np.uint8), Options(**TINY, crop=True)).picture()


def test_the_style_of_a_listing_is_taken_over_and_named_options_win(home, tmp_path):
    # The network sees grey as alpha: a dark blue ground is background enough, and the subject is white.
    pixels = np.full((300, 300, 3), (10, 10, 60), np.uint8)
    pixels[60:240, 100:200] = WHITE
    reference = tmp_path / "listing.png"
    Image.fromarray(pixels).save(reference)
    with Cutter(Options(**TINY, match=str(reference))) as cutter:
        options = cutter.cut(listing()).options
    assert options.canvas == "300x300"
    assert options.scale == pytest.approx(0.6, abs=0.02)
    with Cutter(Options(**TINY, match=str(reference), background="green")) as cutter:
        assert cutter.cut(listing()).options.background == "green"
