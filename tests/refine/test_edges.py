"""Shift, feather and contrast: against shapes whose area is known, and what must never change."""

import cv2
import numpy as np
import pytest

import scenes
from alphacut.refine import bands
from alphacut.refine.edges import contrast, feather, shift

SUPER = 16


def disc(radius, size=100, centre=(50.3, 49.8)):
    """Return the exact coverage of a disc, to 1/256 of a pixel."""
    y, x = (np.mgrid[: size * SUPER, : size * SUPER] + 0.5) / SUPER
    inside = np.hypot(x - centre[0], y - centre[1]) <= radius
    return inside.reshape(size, SUPER, size, SUPER).mean((1, 3)).astype(np.float32)


def step(width=64, at=32.0, softness=0.0):
    """Return an edge that runs down the middle, opaque on the left."""
    x = np.arange(width) + 0.5
    profile = 0.5 - (x - at) / softness if softness else at - x + 0.5
    return np.tile(np.clip(profile, 0, 1).astype(np.float32), (40, 1))


def noise(shape=(90, 117)):
    return np.random.default_rng(0).random(shape, dtype=np.float32)


EACH = [
    (shift, 0, (-3.0, -0.5, 0.5, 3.0)),
    (feather, 0, (0.5, 3.0, 30.0)),
    (contrast, 1, (0.5, 2.0)),
]


@pytest.mark.parametrize("amount", [-4, -2, -1, -0.5, -0.25, 0.25, 0.5, 1, 2, 4])
def test_a_shift_changes_a_discs_radius_by_so_many_pixels(amount):
    found = np.sqrt(shift(disc(30), amount).sum(dtype=float) / np.pi)
    assert found - 30 == pytest.approx(amount, abs=0.04)


@pytest.mark.parametrize("amount", [-0.5, 0.3, 2])
def test_a_shift_keeps_a_soft_edges_profile(amount):
    moved = shift(step(softness=12), amount)
    assert np.abs(moved - step(at=32 + amount, softness=12))[3:-3].max() < 0.02


@pytest.mark.parametrize("drawn", [scenes.hair, scenes.fine_hair, scenes.feather])
def test_choking_by_a_pixel_thins_hair_and_does_not_remove_it(drawn):
    alpha = np.float32(drawn(256))
    body = cv2.dilate(cv2.erode(np.uint8(alpha > 0.95), np.ones((9, 9))), np.ones((15, 15))) > 0
    strands = alpha[~body].sum()
    eroded = cv2.erode(alpha, np.ones((3, 3)))[~body].sum()
    choked = shift(alpha, -1)[~body].sum()
    assert eroded < 0.2 * strands
    assert 0.5 * strands < choked < 0.95 * strands


def test_expanding_leaves_no_hollow_strands():
    strand = np.zeros((60, 61), np.float32)
    strand[:, 30] = 1
    profile = shift(strand, 3)[30]
    assert (profile[27:34] > 0.9).all()
    assert profile[:25].max() < 0.01
    gap = shift(1 - strand, -3)[30]
    assert (gap[27:34] < 0.1).all()


def test_a_choke_adds_nowhere_and_an_expansion_takes_nowhere():
    alpha = np.float32(scenes.feather(256))
    for amount in (-3, -0.5, 0.5, 3):
        assert ((shift(alpha, amount) - alpha) * amount).min() >= 0


def test_expanding_undoes_choking():
    for alpha, allowed in ((disc(30), 0.15), (np.float32(scenes.defocus(256)), 0.004)):
        back = shift(shift(alpha, -0.5), 0.5)
        soft = (alpha > 0.004) & (alpha < 0.996)
        assert np.abs(back - alpha)[soft].mean() < allowed
        assert back.sum() == pytest.approx(alpha.sum(), rel=2e-3)


@pytest.mark.parametrize("radius", [1, 4, 10])
def test_a_feather_is_a_gaussian_of_half_its_radius(radius):
    hard = step(width=128, at=64)
    profile = feather(hard, radius)[20]
    weights = -np.diff(profile.astype(float))
    x = np.arange(1, 128)
    centre = (weights * x).sum()
    spread = np.sqrt((weights * (x - centre) ** 2).sum())
    assert centre == pytest.approx(64, abs=0.01)
    assert spread == pytest.approx(radius / 2, rel=0.03, abs=0.1)
    assert profile[64 - radius - 1] > 0.97
    assert profile[64 + radius] < 0.03


def test_contrast_keeps_the_ends_and_the_middle_and_has_the_slope_it_names():
    alpha = np.array([[0, 0.25, 0.5, 0.75, 1]], np.float32)
    expected = [0, 0.1, 0.5, 0.9, 1]  # 0.0625 / (0.0625 + 0.5625)
    assert contrast(alpha, 2)[0].tolist() == pytest.approx(expected)
    assert contrast(alpha, 2)[0, [0, 4]].tolist() == [0, 1]
    near = np.array([[0.499, 0.501]], np.float32)
    assert np.diff(contrast(near, 3))[0, 0] / 0.002 == pytest.approx(3, rel=1e-3)
    soft = np.clip(noise(), 0.02, 0.98)  # nearer to 1, float32 has no room for the steeper value
    assert np.abs(contrast(contrast(soft, 2.5), 1 / 2.5) - soft).max() < 2e-4


@pytest.mark.parametrize(("act", "neutral", "amounts"), EACH)
def test_the_neutral_amount_gives_back_the_same_array(act, neutral, amounts):
    alpha = noise()
    assert act(alpha, neutral) is alpha


@pytest.mark.parametrize(("act", "neutral", "amounts"), EACH)
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (3, 5), (90, 117), (257, 300)])
def test_every_size_keeps_its_range_and_its_input(act, neutral, amounts, shape):
    alpha = noise(shape)
    before = alpha.copy()
    for amount in amounts:
        found = act(alpha, amount)
        assert found.dtype == np.float32
        assert found.shape == shape
        assert found.min() >= 0
        assert found.max() <= 1
        assert (alpha == before).all()


@pytest.mark.parametrize("value", [0, 0.5, 1])
@pytest.mark.parametrize(("act", "neutral", "amounts"), EACH[:2])
def test_a_constant_alpha_stays(act, neutral, amounts, value):
    alpha = np.full((70, 300), value, np.float32)
    assert all((act(alpha, amount) == alpha).all() for amount in amounts)


@pytest.mark.parametrize("act", [lambda a: shift(a, -3), lambda a: feather(a, 6)])
def test_the_photos_border_is_no_edge(act):
    alpha = step()
    assert np.abs(act(alpha) - act(alpha)[20]).max() < 1e-4  # rows: a subject cut above and below
    assert (act(alpha)[:, 0] > 1 - 1e-6).all()


@pytest.mark.parametrize("act", [lambda a: shift(a, -0.5), lambda a: shift(a, 6), lambda a: feather(a, 40)])
def test_tiles_leave_no_trace(act, monkeypatch):
    alpha = np.float32(scenes.hair(600))
    tiled = act(alpha)
    monkeypatch.setattr(bands, "SIDE", 1024)
    assert np.abs(tiled - act(alpha)).max() < 1 / 255


@pytest.mark.parametrize(
    ("act", "amount"),
    [
        (shift, 21),
        (shift, float("nan")),
        (feather, -1),
        (feather, 101),
        (contrast, 0),
        (contrast, float("inf")),
    ],
)
def test_an_amount_out_of_range_is_named(act, amount):
    with pytest.raises(ValueError, match="expected a number between"):
        act(noise(), amount)


@pytest.mark.parametrize("act", [shift, feather, contrast])
def test_what_is_no_alpha_is_refused(act):
    with pytest.raises(ValueError, match="float32"):
        act(np.zeros((4, 4), np.uint8), 1)
