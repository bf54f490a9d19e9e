"""Any combination of what the contract allows gives a picture that is what its headers say, or one of its errors."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from alphacut.cutout import Cutout
from alphacut.options import Options
from alphacut.server.removebg_answer import answer, megapixels, option_words
from alphacut.server.removebg_fields import FORMATS, PARAMETERS, SHADOWS, SIZES, Fault, Wanted, read_wanted
from alphacut.types import Photo, Report

percent = st.integers(0, 100).map(lambda value: f"{value}%")
length = st.one_of(
    st.integers(0, 500).map(lambda value: f"{value}px"), st.integers(0, 50).map(lambda v: f"{v}%")
)


def several(one, *counts):
    return st.one_of([st.lists(one, min_size=n, max_size=n).map(" ".join) for n in counts])


VALID = {
    "size": st.sampled_from([*SIZES]),
    "format": st.sampled_from(FORMATS),
    "channels": st.sampled_from(["rgba", "alpha"]),
    "roi": several(percent, 4),
    "crop": st.sampled_from(["true", "false"]),
    "crop_margin": several(length, 1, 2, 4),
    "scale": st.one_of(st.just("original"), st.integers(10, 100).map(lambda value: f"{value}%")),
    "position": st.one_of(st.sampled_from(["original", "center"]), several(percent, 1, 2)),
    "shadow_type": st.sampled_from([*SHADOWS]),
    "shadow_opacity": st.one_of(st.just("auto"), st.integers(0, 100).map(str)),
    "bg_color": st.sampled_from(["fff", "f008", "81d4fa", "81d4fa77", "white"]),
}


def cutout(words):
    """Return a disc of radius 150 in 900×600, half transparent at its rim, cut with these options."""
    y, x = np.mgrid[:600, :900].astype(np.float32)
    alpha = np.clip(150.5 - np.hypot(x - 300, y - 250), 0, 1).astype(np.float32)
    pixels = np.full((600, 900, 3), (200, 90, 40), np.uint8)
    return Cutout(Photo(pixels), alpha, pixels, Report(), Options.from_mapping(words))


@settings(max_examples=60, deadline=None)
@given(st.fixed_dictionaries({}, optional=VALID))
def test_a_picture_is_what_is_said_of_it(fields):
    wanted = read_wanted(fields)
    try:
        reply = answer(cutout(option_words(wanted)), wanted, None)
    except Fault as fault:
        assert fault.code in ("roi_region_empty", "unknown_foreground") and "roi" in fields
        return
    if reply.format == "zip":
        with zipfile.ZipFile(io.BytesIO(reply.data)) as bundle:
            sizes = {Image.open(io.BytesIO(bundle.read(name))).size for name in bundle.namelist()}
    else:
        sizes = {Image.open(io.BytesIO(reply.data)).size}
    height, width = reply.size
    assert sizes == {(width, height)}
    assert width * height <= megapixels(wanted.size, reply.format) * 1e6
    left, top, right, bottom = reply.foreground
    assert 0 <= left < right <= width and 0 <= top < bottom <= height


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([*PARAMETERS]),
    st.one_of(st.text(), st.integers(), st.floats(), st.lists(st.none()), st.none()),
)
def test_any_value_is_read_or_refused_by_its_parameters_code(name, value):
    try:
        assert isinstance(read_wanted({name: value}), Wanted)
    except Fault as fault:
        assert fault.code == f"invalid_{name}"


def test_a_crop_keeps_the_photos_pixels_where_nothing_is_scaled():
    wanted = read_wanted({"crop": "true", "crop_margin": "10px", "size": "full", "format": "png"})
    found = np.asarray(Image.open(io.BytesIO(answer(cutout(option_words(wanted)), wanted, None).data)))
    original = cutout({})
    rows, columns = np.nonzero(original.alpha >= 0.05)
    top, left = rows.min() - 10, columns.min() - 10
    expected = np.rint(original.alpha * 255)[top : top + found.shape[0], left : left + found.shape[1]]
    assert np.array_equal(found[..., 3], expected)


@pytest.mark.parametrize(("said", "edges"), [("true", "soft"), ("false", "auto")])
def test_semitransparency_chooses_the_edges(said, edges):
    assert option_words(read_wanted({"semitransparency": said}))["edges"] == edges
    assert "edges" not in option_words(read_wanted({}))


def test_sixteen_bits_become_eight():
    wanted = read_wanted({"format": "png", "bg_color": "red"})
    deep = np.full((64, 64, 3), 40_000, np.uint16)
    alpha = np.zeros((64, 64), np.float32)
    alpha[16:48, 16:48] = 1
    made = Cutout(Photo(deep), alpha, deep, Report(), Options.from_mapping(option_words(wanted)))
    picture = Image.open(io.BytesIO(answer(made, wanted, None).data))
    assert picture.mode == "RGB" and picture.getpixel((0, 0)) == (255, 0, 0)
    assert picture.getpixel((32, 32)) == (156, 156, 156)  # 40000 · 255 / 65535 = 155.6
