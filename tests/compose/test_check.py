"""Marketplaces: what a preset makes keeps its own rules, and each broken rule is found."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

import pictures
import scenes
from alphacut.compose.background import over
from alphacut.compose.check import MEASURES, check_file, passes
from alphacut.compose.frame import place
from alphacut.compose.presets import Rule, find_preset, preset_names, preset_table
from alphacut.errors import NotAnImage, OptionError
from alphacut.fit_bytes import encode_within
from alphacut.foreground import estimate_foreground
from alphacut.types import Picture

WHITE = (255, 255, 255, 255)
DOCS = Path(__file__).parents[2] / "docs"


def made_by(preset, photo, alpha):
    """A preset's own picture of a photo, as bytes."""
    foreground = estimate_foreground(photo, alpha)
    colours, weights = place(alpha, preset.frame).apply(foreground, alpha)
    picture = Picture(over(colours, weights, WHITE))
    return encode_within(picture, preset.format, preset.max_bytes or 10**9, quality=preset.quality)[0]


@pytest.fixture(scope="module")
def photos():
    """Twenty: eighteen drawn subjects, two round pieces of photos."""
    found = [(scene.photo, scene.alpha) for scene in scenes.scenes(256)[::2]]
    for name in ("astronaut", "coffee"):
        photo = getattr(skimage.data, name)()
        y, x = np.mgrid[: photo.shape[0], : photo.shape[1]]
        alpha = np.clip(170 - np.hypot(y - 200, (x - 240) / 1.2), 0, 1).astype(np.float32)
        found.append((photo, alpha))
    return found


@pytest.mark.parametrize("name", preset_names())
def test_what_a_preset_makes_passes_its_own_check(name, photos):
    preset = find_preset(name)
    for number, (photo, alpha) in enumerate(photos[preset_names().index(name) % 7 :: 7]):
        findings = check_file(made_by(preset, photo, alpha), preset)
        broken = [(f.rule, f.found, f.wanted) for f in findings if f.level == "fail"]
        assert broken == [], number
        assert len(findings) == len(preset.rules)


@pytest.mark.parametrize("name", preset_names())
def test_a_large_subject_raises_no_warning_either(name):
    preset = find_preset(name)
    y, x = np.mgrid[:1300, :1000]
    alpha = np.clip(450 - np.hypot(x - 500, (y - 650) / 1.4), 0, 1).astype(np.float32)
    colours, weights = place(alpha, preset.frame).apply(
        np.full((1300, 1000, 3), (30, 90, 160), np.uint8), alpha
    )
    data = encode_within(Picture(over(colours, weights, WHITE)), preset.format, 10**7, quality=92)[0]
    assert {f.level for f in check_file(data, preset)} == {"pass"}


def product(width=1700, height=1700, share=0.9, ground=255, value=60, **settings):
    """A grey box on a ground, as a file."""
    pixels = np.full((height, width, 3), ground, np.uint8)
    y, x = round(height * (1 - share) / 2), round(width * (1 - share) / 2)
    pixels[y : height - y, x : width - x] = value
    return pictures.saved(pixels, settings.pop("format", "JPEG"), **({"quality": 90} | settings))


def levels(data, name, rule):
    return [f.level for f in check_file(data, find_preset(name)) if f.rule == rule]


@pytest.mark.parametrize(
    "data, name, rule, level",
    [
        (product(400, 400), "amazon", "longest_side", ["fail", "warn", "warn"]),
        (product(900, 700), "amazon", "longest_side", ["pass", "warn", "warn"]),
        (product(1200, 700), "amazon", "longest_side", ["pass", "pass", "warn"]),
        (product(10001, 40), "amazon", "longest_side", ["fail", "pass", "pass"]),
        (product(format="WEBP"), "amazon", "format", ["fail"]),
        (product(format="TIFF"), "amazon", "format", ["pass"]),
        (product(ground=254), "amazon", "border", ["fail"]),
        (product(share=1), "amazon", "border", ["fail"]),
        (product(share=0.8), "amazon", "subject", ["fail"]),
        (product(share=0.87), "amazon", "subject", ["pass"]),
        (product(value=250), "amazon", "subject", ["warn"]),  # white on white: no telling
        (product(share=0.95), "google", "subject", ["warn"]),
        (product(share=0.7), "google", "subject", ["warn"]),
        (product(200, 200), "google", "shortest_side", ["pass", "warn", "warn", "warn"]),
        (product(99, 400), "google", "shortest_side", ["fail", "warn", "warn", "warn"]),
        (product(1600, 1601), "walmart", "aspect", ["fail"]),
        (product(5001, 100), "shopify", "longest_side", ["fail"]),
        (product(1921, 1200), "mercadolibre", "longest_side", ["fail"]),
        (product(share=0.93), "mercadolibre", "subject", ["fail"]),
        (product(761, 1099), "zalando", "width", ["fail", "warn"]),
        (product(761, 1099), "zalando", "height", ["fail", "warn"]),
        (product(1000, 1500), "zalando", "aspect", ["fail"]),
        (product(762, 1100), "zalando", "aspect", ["pass"]),
        (product(1999, 1500), "etsy", "longest_side", ["warn"]),
        (product(400, 300), "ebay", "longest_side", ["fail"]),
        (product() + bytes(12_000_000), "ebay", "bytes", ["fail"]),
    ],
)
def test_each_broken_rule_is_found(data, name, rule, level):
    assert levels(data, name, rule) == level
    broken = [f for f in check_file(data, find_preset(name)) if f.level != "pass"]
    assert all(finding.remedy and finding.found and finding.wanted for finding in broken)
    assert passes(broken) == ("fail" not in {finding.level for finding in broken})


def test_too_many_pixels():
    rules = (Rule("megapixels", at_most=0.5), Rule("megapixels", at_most=0.36))
    (fine, over_) = check_file(product(600, 601), replace(find_preset("google"), rules=rules))
    assert (fine.level, over_.level, over_.found) == ("pass", "fail", "0.3606")


def test_transparency_where_white_is_asked():
    pixels = np.zeros((1600, 1600, 4), np.uint8)
    pixels[100:1500, 100:1500] = 255
    data = pictures.saved(pixels, "PNG")
    assert levels(data, "amazon", "transparent") == ["fail"]
    assert levels(data, "amazon", "border") == ["warn"]  # see-through: there is no colour to judge
    assert levels(data, "amazon", "subject") == ["pass"]  # 1400 of 1600, by its alpha
    assert levels(data, "shopify", "transparent") == []


@pytest.mark.parametrize(
    "image, found",
    [
        (Image.new("CMYK", (600, 600)), "CMYK"),
        (Image.new("L", (600, 600), 255), "grey"),
        (Image.new("RGB", (600, 600)), "RGB"),
    ],
)
def test_the_colours_of_the_file_itself(image, found):
    (mode,) = [f for f in check_file(pictures.saved(image, "JPEG"), find_preset("ebay")) if f.rule == "mode"]
    assert mode.found == found
    assert mode.level == ("pass" if found == "RGB" else "warn")


def test_profiles_are_judged_by_what_they_show():
    assert levels(product(icc_profile=pictures.SRGB), "amazon", "profile") == ["pass"]
    assert levels(product(), "amazon", "profile") == ["pass"]
    # sRGB's own profile with the primaries of red and blue exchanged: it shows red as blue
    swapped = pictures.SRGB.replace(b"rXYZ", b"tmp ").replace(b"bXYZ", b"rXYZ").replace(b"tmp ", b"bXYZ")
    assert levels(product(icc_profile=swapped), "amazon", "profile") == ["warn"]


@pytest.mark.parametrize("turn", [3, 6])
def test_a_picture_that_lies_on_its_side(turn):
    exif = Image.Exif()
    exif[274] = turn
    assert levels(product(exif=exif), "amazon", "orientation") == ["warn"]
    assert levels(product(exif=Image.Exif()), "amazon", "orientation") == ["pass"]


def test_a_photo_with_its_own_background_has_no_measurable_share():
    data = pictures.saved(skimage.data.coffee(), "PNG")
    findings = {f.rule: f for f in check_file(data, find_preset("amazon"))}
    assert findings["subject"].found == "cannot be measured"
    assert findings["border"].level == "fail"


def test_sixteen_bits_are_measured_alike():
    pixels = np.full((1600, 1600, 3), 65535, np.uint16)
    pixels[80:1520, 80:1520] = 9000
    data = pictures.png(pixels, 2)
    assert {f.rule for f in check_file(data, find_preset("amazon")) if f.level == "fail"} == set()
    pixels[0, 0] = 65534
    assert levels(pictures.png(pixels, 2), "amazon", "border") == ["fail"]


def test_no_picture():
    with pytest.raises(NotAnImage, match="list"):
        check_file(b"PK\x03\x04", find_preset("etsy"), "list")


def test_presets_are_whole():
    assert set(preset_names()) >= {
        "amazon",
        "ebay",
        "walmart",
        "google",
        "shopify",
        "mercadolibre",
        "zalando",
        "etsy",
    }
    for preset in map(find_preset, preset_names()):
        assert preset.title and preset.source and preset.checked and preset.frame.crop
        for rule in preset.rules:
            assert rule.of in MEASURES
            assert rule.one_of or rule.at_least is not None or rule.at_most is not None
    assert find_preset("walmart").max_bytes == 5_000_000
    assert find_preset("amazon").max_bytes is None


def test_a_wrong_name_is_offered_the_nearest():
    with pytest.raises(OptionError, match="'amazon'"):
        find_preset("amazone")


def test_the_docs_show_the_presets_as_they_are():
    assert preset_table() in (DOCS / "frames.md").read_text(encoding="utf-8")
