"""Outline: the width that was asked for to a tenth of a pixel, round corners, nothing of the subject lost."""

import math

import cv2
import numpy as np
import pytest

import scenes
from alphacut.compose.outline import outline, stick

CENTRE = (130.3, 129.8)


def disc(radius, size=260, fine=6):
    """Return a disc's coverage, sampled `fine` times as finely each way."""
    y, x = np.mgrid[: size * fine, : size * fine]
    inside = np.hypot((x + 0.5) / fine - CENTRE[0], (y + 0.5) / fine - CENTRE[1]) < radius
    return cv2.resize(inside.astype(np.float32), (size, size), interpolation=cv2.INTER_AREA)


def off_by(found, radius, count=24):
    """Return how far a disc's radius is off in each of some sectors: the area too much over the arc's length."""
    y, x = np.mgrid[: found.shape[0], : found.shape[1]] + 0.5
    sector = ((np.arctan2(y - CENTRE[1], x - CENTRE[0]) / math.tau % 1) * count).astype(int)
    area = np.bincount(sector.ravel(), (found - disc(radius)).ravel(), count)
    return area / (math.tau * radius / count)


@pytest.mark.parametrize("radius", [5, 60.4])
@pytest.mark.parametrize("width", [1, 2.5, 40])
def test_the_outline_of_a_disc_is_a_disc(radius, width):
    found = outline(disc(radius), width)
    assert math.sqrt(found.sum() / math.pi) == pytest.approx(radius + width, abs=0.1)
    assert np.abs(off_by(found, radius + width)).max() < (0.1 if width > 1 else 0.22)
    if width > 1:
        assert np.abs(found - disc(radius + width)).max() < 0.2


@pytest.mark.parametrize("softness", [2, 10, 30])
def test_a_soft_outline_is_half_at_the_width_and_falls(softness):
    found = outline(disc(50), 30, softness)
    along = found[int(CENTRE[1]), int(CENTRE[0]) :]
    x = np.arange(len(along)) + 0.5 - CENTRE[0] % 1
    assert (np.diff(along) <= 1e-6).all()
    assert np.interp(-0.5, -along, x) == pytest.approx(80, abs=0.3)
    assert along[int(80 - softness / 2 - 2)] == 1
    assert along[int(80 + softness / 2 + 2)] == 0


def test_every_profile_of_edge_gives_the_same_outline():
    """A ramp six pixels wide crosses ½ where the hard edge is."""
    x = np.arange(120) + 0.5
    for wide in (1, 3, 6):
        edge = np.tile(np.clip((50.25 - x) / wide + 0.5, 0, 1).astype(np.float32), (40, 1))
        assert outline(edge, 20)[20].sum() == pytest.approx(70.25, abs=0.05)


def test_outer_corners_are_round():
    alpha = np.zeros((200, 200), np.float32)
    alpha[60:140, 60:140] = 1
    found = outline(alpha, 30)
    assert found.sum() == pytest.approx(
        80 * 80 + 4 * 80 * 30 + math.pi * 30**2, abs=0.1 * (320 + 60 * math.pi)
    )


def test_rounding_fills_inner_corners_and_moves_nothing_else():
    alpha = np.zeros((240, 240), np.float32)
    alpha[40:200, 40:110] = alpha[130:200, 40:200] = 1  # an L
    plain, rounded = outline(alpha, 10), outline(alpha, 10, rounding=20)
    gained = rounded - plain
    assert gained.min() > -0.12  # the edge's own anti-aliasing, made once more
    assert gained.sum() == pytest.approx((1 - math.pi / 4) * 20**2, abs=0.02 * 640)
    far = np.hypot(*np.mgrid[-120:120, -120:120])
    assert np.abs(gained[far > 60]).max() < 0.12


def test_rounding_adds_nothing_at_the_frame():
    alpha = np.zeros((150, 150), np.float32)
    alpha[60:, 70:80] = 1  # a stalk that the frame cuts
    found = outline(alpha, 10, rounding=15)
    assert np.abs(found[80:].sum(1) - 30).max() < 0.3


@pytest.mark.parametrize("shape", [scenes.hair, scenes.glass, scenes.rings, scenes.letters, scenes.veil])
@pytest.mark.parametrize("rounding", [0, 6])
def test_nothing_of_the_subject_is_lost(shape, rounding):
    alpha = np.ascontiguousarray(shape(256), np.float32)
    found = outline(alpha, 5, 3, rounding)
    assert (found >= alpha).all()
    assert found.max() <= 1
    near = cv2.dilate((alpha >= 0.5).view(np.uint8), np.ones((27 + 2 * rounding,) * 2, np.uint8))
    assert (found[near == 0] == alpha[near == 0]).all()


def test_tiles_leave_no_seam():
    """Moved by a number of pixels that is no multiple of a tile, a subject gets the same outline, moved."""
    alpha = np.ascontiguousarray(scenes.leaf(300), np.float32)
    wide = np.pad(alpha, ((100, 100), (100, 100)))
    moved = np.pad(alpha, ((37, 163), (171, 29)))
    one, other = outline(wide, 30), outline(moved, 30)
    assert np.abs(one[40:460, 40:460] - np.roll(other, (63, -71), (0, 1))[40:460, 40:460]).max() < 1e-3


def test_width_0_is_the_array_that_came():
    alpha = disc(30)
    assert outline(alpha, 0) is alpha


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_a_constant_alpha_stays(value):
    alpha = np.full((70, 300), value, np.float32)
    assert (outline(alpha, 20, 4, 5) == alpha).all()


@pytest.mark.parametrize("numbers", [(-1,), (401,), (float("nan"),), (5, -1), (5, 201), (5, 0, -1)])
def test_numbers_out_of_range_are_refused(numbers):
    with pytest.raises(ValueError, match="expected a number between 0 and"):
        outline(disc(30), *numbers)


def test_sticking_and_laying_on_a_ground_is_laying_in_turn():
    """Subject over outline over ground is the subject over (outline over ground)."""
    alpha, ground = np.float32(scenes.hair(256)), np.array((30, 120, 200))
    ring, fore = outline(alpha, 6, 4), scenes.mottled(256, (180, 90, 60), 0.2, 1)
    pixels, both = stick(fore, alpha, ring, (250, 240, 30, 128))
    under = ring[..., None] * 128 / 255
    wanted = np.array((250, 240, 30)) * under + ground * (1 - under)
    wanted = fore * alpha[..., None] + wanted * (1 - alpha[..., None])
    found = pixels * both[..., None] + ground * (1 - both[..., None])
    assert np.abs(found - wanted).max() <= 0.51
    assert (pixels[alpha == 1] == fore[alpha == 1]).all()
    assert both.max() <= 1


def test_a_clear_outline_changes_nothing_that_shows_and_16_bits_stay():
    alpha, fore = disc(60), np.full((260, 260, 3), 40000, np.uint16)
    pixels, both = stick(fore, alpha, outline(alpha, 9), (255, 255, 255, 0))
    assert (both == alpha).all()
    assert (pixels[alpha > 0] == 40000).all()
    white, _ = stick(fore, alpha, outline(alpha, 9), (255, 255, 255, 255))
    assert white[130, 130 + 65].tolist() == [65535] * 3
