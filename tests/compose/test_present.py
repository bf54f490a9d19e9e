"""Frame, background, look and shadow together, from one set of options through the whole way."""

import io

import numpy as np
import pytest
from PIL import Image

import pictures
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
    assert passes(findings), [f for f in findings if f.level == "fail"]


@pytest.mark.parametrize("name", ("amazon", "walmart"))
@pytest.mark.parametrize("shadow", ("drop", "contact", "cast", "reflection"))
def test_a_shadow_ends_before_a_border_that_must_be_white(home, name, shadow):
    cutout = cut(listing((60, 340, 50, 450), (400, 500)), Options(**TINY, preset=name, shadow=shadow))
    assert passes(check_file(cutout.encode(), find_preset(name), "photo"))
    outside = cutout.matte.pixels[..., 0] == 0
    assert np.count_nonzero(cutout.picture().pixels[outside].min(axis=1) < 252) > 5_000


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


P3_TO_SRGB = np.array(
    [[1.2249402, -0.2249402, 0], [-0.0420570, 1.0420570, 0], [-0.0196376, -0.0786360, 1.0982735]]
)
"""Of linear light, after Lindbloom's formula from the two standards' chromaticities."""


def p3_to_srgb(colour):
    light = np.where((x := np.array(colour) / 255) <= 0.04045, x / 12.92, np.power((x + 0.055) / 1.055, 2.4))
    light = np.clip(P3_TO_SRGB @ light, 0, 1)
    return 255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)


def p3_photo(colour):
    """A file in Display P3 that brings its alpha along: one colour in the middle."""
    pixels = np.zeros((600, 600, 4), np.uint8)
    pixels[50:550, 50:550] = (*colour, 255)
    return pictures.saved(pixels, "PNG", icc_profile=pictures.DISPLAY_P3)


def test_a_presets_picture_is_in_srgb(home):
    colour = (190, 110, 60)
    data = cut(p3_photo(colour), Options(**TINY, source_alpha="keep", preset="amazon")).encode()
    image = Image.open(io.BytesIO(data))
    pixels, half = np.asarray(image), image.width // 2
    middle, corner = pixels[half - 50 : half + 50, half - 50 : half + 50].mean((0, 1)), pixels[:20, :20]
    assert np.abs(middle - p3_to_srgb(colour)).max() < 1.5
    assert np.abs(p3_to_srgb(colour) - colour).max() > 8
    assert "icc_profile" not in image.info and (corner == 255).all()
    findings = check_file(data, find_preset("amazon"))
    assert passes(findings) and [f.level for f in findings if f.rule == "profile"] == ["pass"]


def test_a_photo_keeps_its_profile_unless_srgb_is_asked_for(home):
    kept = cut(p3_photo((190, 110, 60)), Options(**TINY, source_alpha="keep")).picture()
    assert kept.icc == pictures.DISPLAY_P3 and kept.pixels[300, 300, :3].tolist() == [190, 110, 60]
    converted = cut(p3_photo((190, 110, 60)), Options(**TINY, source_alpha="keep", srgb=True)).picture()
    assert converted.icc is None
    assert np.abs(converted.pixels[300, 300, :3] - p3_to_srgb((190, 110, 60))).max() <= 1


def test_a_background_is_the_srgb_colour_that_was_named(home):
    options = Options(**TINY, source_alpha="keep", background="#c0651f", srgb=True)
    assert cut(p3_photo((9, 9, 9)), options).picture().pixels[5, 5].tolist() == [0xC0, 0x65, 0x1F]


def test_what_16_bits_lose_on_the_way_to_srgb_is_said(home):
    pixels = np.zeros((64, 64, 3), np.uint16)
    pixels[16:48, 16:48] = (50000, 30000, 20000)
    settings = {"extratags": [(34675, "B", len(pictures.DISPLAY_P3), pictures.DISPLAY_P3, True)]}
    deep = cut(pictures.tiff(pixels, photometric="rgb", **settings), Options(**TINY, srgb=True)).picture()
    assert deep.pixels.dtype == np.uint16 and any("8 of their 16 bits" in note for note in deep.notes)
    same = cut(pixels, Options(**TINY, srgb=True)).picture()
    assert not any("bits" in note for note in same.notes)


def test_an_outline_is_inside_the_frame(home):
    matte = made(crop=True, outline=9, outline_softness=4).matte.pixels[..., 0]
    assert matte[[0, -1]].max() < 40 and matte[:, [0, -1]].max() < 40
    top, bottom, left, right = box(matte)
    assert max(top, left, len(matte) - bottom, matte.shape[1] - right) <= 6


@pytest.mark.parametrize(
    "name, shadow",
    [("amazon", "drop"), ("mercadolibre", "contact"), ("walmart", "cast"), ("amazon", "reflection")],
)
def test_a_listing_with_a_shadow_keeps_its_marketplaces_rules(home, name, shadow):
    photo = listing((60, 340, 50, 450), (400, 500), 255)
    data = cut(photo, Options(**TINY, preset=name, shadow=shadow, exposure=0.5)).encode()
    findings = check_file(data, find_preset(name), name)
    assert passes(findings), [finding for finding in findings if finding.level == "fail"]


def shaded_photo(**options):
    """A light floor with a shadow to the right of a subject whose alpha comes with the file."""
    y, x = np.mgrid[:400, :600].astype(np.float32)
    inside = (np.abs(x - 230) < 70) & (np.abs(y - 200) < 100)
    blob = np.clip(1.6 - np.hypot((x - 330) / 70, (y - 290) / 22), 0, 1)
    light = 0.8 * (1 - 0.6 * blob)
    pixels = np.repeat(np.rint(255 * light ** (1 / 2.2))[..., None], 3, axis=2).astype(np.uint8)
    pixels[inside] = (40, 60, 150)
    alpha = np.where(inside, 255, 0).astype(np.uint8)[..., None]
    cutout = cut(np.concatenate([pixels, alpha], 2), Options(**TINY, source_alpha="keep", **options))
    return cutout.picture()


def test_a_kept_shadow_is_not_cut_by_a_frame(home):
    whole = shaded_photo(background="white", shadow="keep").pixels
    framed = shaded_photo(background="white", shadow="keep", margin="30").pixels
    darkness = [int((255 - picture.astype(int)).sum()) for picture in (whole, framed)]
    assert darkness[1] == pytest.approx(darkness[0], rel=0.01)
    assert (framed[:, -5:] > 245).all() and framed.shape[1] > 140 + 60 + 60


def test_a_blurred_background_goes_on_as_far_as_the_photo_does(home):
    x = np.mgrid[:300, :400][1]
    pixels = np.zeros((300, 400, 4), np.uint8)
    pixels[..., 0] = np.where(x < 100, 255, 0)  # red, well away from the subject
    pixels[..., 1] = np.where(x < 100, 0, 200)
    pixels[120:180, 200:260, 3] = 255
    options = Options(**TINY, source_alpha="keep", background="blur(1%)", margin="110 10 10 140")
    picture = cut(pixels, options).picture().pixels
    # The subject begins at 140, so the photo's column 60 is where the canvas begins, and 100 at 40.
    assert picture[40, 10].tolist() == pytest.approx([255, 0, 0], abs=3)
    assert picture[40, 80].tolist() == pytest.approx([0, 200, 0], abs=3)
