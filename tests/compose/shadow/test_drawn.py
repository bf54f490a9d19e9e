"""Shadows that are drawn: where they fall, how soft they are, how much room they need."""

import math

import numpy as np
import pytest
from skimage.filters import gaussian

import floors
from alphacut.compose.shadow import ShadowLook, make_shadow, room
from alphacut.compose.shadow.look import box_of
from alphacut.compose.shadow.soften import graded, soften
from alphacut.errors import OptionError

DRAWN = ("drop", "contact", "cast", "stand", "reflection")


def box(height=200, width=200, top=80, bottom=120, left=90, right=110):
    alpha = np.zeros((height, width), np.float32)
    alpha[top:bottom, left:right] = 1
    return alpha


def colours(alpha):
    return np.random.default_rng(0).integers(0, 256, (*alpha.shape, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("direction", "down", "right"),
    [(0, 10, 0), (90, 0, -10), (180, -10, 0), (270, 0, 10), (-90, 0, 10), (315, 7, 7)],
)
def test_drop_is_the_matte_moved_away_from_the_light(direction, down, right):
    alpha = box()
    look = ShadowLook(direction=direction, length=0.25, softness=0, opacity=0.5)
    expected = 0.5 * np.roll(alpha, (down, right), (0, 1))
    assert np.array_equal(make_shadow("drop", alpha, look).opacity, expected)


def test_drop_softness_is_a_standard_deviation():
    alpha = box(400, 400, 100, 300, 100, 300)
    shadow = make_shadow("drop", alpha, ShadowLook(length=0, softness=0.05, opacity=1))
    expected = gaussian(alpha, 10, mode="constant", truncate=6)
    assert np.abs(shadow.opacity - expected).max() < 0.01


@pytest.mark.parametrize("sigma", [0.5, 2.9, 6.3, 25, 60])
def test_soften_is_a_gaussian_at_every_width(sigma):
    plane = np.zeros((301, 277), np.float32)
    plane[90:210, 80:200] = 1
    assert np.abs(soften(plane, sigma) - gaussian(plane, sigma, mode="constant", truncate=6)).max() < 0.02


def test_graded_blurs_each_row_by_its_own_width():
    plane = np.zeros((300, 200), np.float32)
    plane[:, 100:] = 1
    sigmas = np.repeat(np.float32([0, 4, 8]), 100)
    result = graded(plane, sigmas)
    assert np.array_equal(result[20], plane[20])
    for row, sigma in ((150, 4), (230, 8)):
        edge = [0.5 * (1 + math.erf((x + 0.5 - 100) / (sigma * math.sqrt(2)))) for x in range(60, 140)]
        assert np.abs(result[row, 60:140] - edge).max() < 0.02


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("direction", [0, 60, 90, 135, 225, 300])
@pytest.mark.parametrize("subject", ["bottle", "stool"])
def test_room_is_enough_and_the_subject_alone_decides(kind, direction, subject):
    alpha = floors.SUBJECTS[subject](160).astype(np.float32)
    look = ShadowLook(direction=direction)
    large = np.pad(alpha, 160)
    top, left, bottom, right = box_of(large)
    above, beside, below, before = room(kind, (top, left, bottom, right), look)
    inside = np.zeros(large.shape, bool)
    inside[top - above : bottom + below, left - before : right + beside] = True
    shadow = make_shadow(kind, large, look, colours(large))
    assert shadow.opacity.any()
    assert shadow.opacity[~inside].max() <= 1 / 255
    part = slice(top - above, bottom + below), slice(left - before, right + beside)
    tight = make_shadow(kind, np.ascontiguousarray(large[part]), look, colours(large[part]))
    assert np.abs(tight.opacity - shadow.opacity[part]).max() <= 0.02


def test_contact_is_dark_at_the_sole_and_gone_a_little_away():
    alpha = box()
    opacity = make_shadow("contact", alpha, ShadowLook()).opacity
    below = opacity[120:, 100]
    assert below[0] > 0.4
    assert (np.diff(below) <= 1e-6).all()
    assert below[12] < 0.02
    assert not opacity[:100].any()


def test_contact_is_only_where_the_subject_stands():
    alpha = box()
    alpha[80:90, 40:90] = 1  # an arm in the air
    opacity = make_shadow("contact", alpha, ShadowLook()).opacity
    assert opacity[:, :60].max() < 0.01
    assert opacity[119, 100] > 0.4


def test_cast_begins_at_the_foot_and_ends_where_length_says():
    alpha = box()  # 40 high, foot line 120
    look = ShadowLook(direction=270, length=1.5, softness=0, opacity=1)
    opacity = make_shadow("cast", alpha, look).opacity
    rows, columns = np.nonzero(opacity > 0.05)
    assert abs(columns.max() + 1 - (110 + 60)) <= 3
    assert rows.max() + 1 == 120
    assert opacity[119, 95:108].min() > 0.8


@pytest.mark.parametrize(
    ("direction", "sideways", "back"), [(225, 1, True), (135, -1, True), (315, 1, False)]
)
def test_cast_falls_away_from_the_light(direction, sideways, back):
    alpha = box()
    opacity = make_shadow("cast", alpha, ShadowLook(direction=direction)).opacity
    rows, columns = np.indices(alpha.shape)
    assert np.sign(np.average(columns, weights=opacity) - 99.5) == sideways
    assert (np.average(rows, weights=opacity) < 120) == back


def test_cast_softens_and_fades_with_distance():
    alpha = box(400, 400, 100, 300, 180, 220)
    opacity = make_shadow("cast", alpha, ShadowLook(direction=180, softness=0.05, length=1)).opacity
    near, far = opacity[295], opacity[225]

    def width(row):
        return ((row > 0.1 * row.max()) & (row < 0.9 * row.max())).sum()

    assert near.max() > 1.3 * far.max()
    assert width(far) > 3 * width(near)


def test_reflection_is_the_subject_upside_down_with_a_known_fade():
    alpha = box()
    alpha[:, 90] *= 0.5
    foreground = colours(alpha)
    shadow = make_shadow("reflection", alpha, ShadowLook(length=0.5, opacity=0.6), foreground)
    for depth in range(20):
        fade = 0.6 * (1 - (depth + 0.5) / 20) ** 2
        assert np.allclose(shadow.opacity[120 + depth], alpha[119 - depth] * fade, atol=1e-6)
        assert np.array_equal(shadow.layer[120 + depth], foreground[119 - depth])
    assert not shadow.opacity[:120].any()
    assert not shadow.opacity[140:].any()


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_soft_reflection_keeps_a_plain_colour(depth):
    alpha = box()
    foreground = np.full((*alpha.shape, 3), (200, 40, 10), depth)
    foreground[alpha == 0] = 0
    shadow = make_shadow("reflection", alpha, ShadowLook(softness=0.05), foreground)
    seen = shadow.opacity > 1e-3
    assert shadow.layer.dtype == depth
    assert np.abs(shadow.layer[seen].astype(int) - (200, 40, 10)).max() <= 1
    assert 0 < shadow.opacity[125, 87] < shadow.opacity[125, 92]


def test_no_room_and_no_subject_are_said():
    look = ShadowLook()
    whole = np.ones((20, 20), np.float32)
    assert "no room" in make_shadow("reflection", whole, look, colours(whole)).notes[0]
    for kind in DRAWN:
        shadow = make_shadow(kind, np.zeros((20, 20), np.float32), look, colours(whole))
        assert shadow.is_empty
        assert "no subject" in shadow.notes[0]


@pytest.mark.parametrize("kind", DRAWN)
def test_extremes_stay_in_range(kind):
    alpha = floors.SUBJECTS["shoe"](64).astype(np.float32)
    for look in (ShadowLook(0, 0, 0, 1), ShadowLook(90, 2, 0.5, 1), ShadowLook(-360, 2, 0, 0)):
        opacity = make_shadow(kind, alpha, look, colours(alpha)).opacity
        assert opacity.dtype == np.float32
        assert opacity.min() >= 0
        assert opacity.max() <= 1


@pytest.mark.parametrize(
    "wrong",
    [{"length": 2.1}, {"softness": -0.1}, {"opacity": math.nan}, {"direction": 361}, {"colour": (0, 0, 256)}],
)
def test_a_look_out_of_range_names_what_is_wrong(wrong):
    with pytest.raises(OptionError, match=f"shadow {next(iter(wrong))}"):
        ShadowLook(**wrong)


def test_an_unknown_kind_is_an_error_everywhere():
    alpha = box()
    with pytest.raises(OptionError, match="'glow'"):
        make_shadow("glow", alpha, ShadowLook())
    with pytest.raises(OptionError, match="'glow'"):
        room("glow", (0, 0, 1, 1), ShadowLook())
