"""Specks, islands and the largest subject: what goes, what stays, and what hair must not lose."""

import cv2
import numpy as np
import pytest

import scenes
from alphacut.refine.regions import keep_largest, remove_specks


def discs(*specs, size=200, blur=1.5):
    """Return soft discs, each as x, y, radius and opacity."""
    alpha = np.zeros((size, size), np.float32)
    for x, y, radius, opacity in specs:
        one = np.zeros_like(alpha)
        cv2.circle(one, (x, y), radius, opacity, -1)
        alpha = np.maximum(alpha, cv2.GaussianBlur(one, (0, 0), blur))
    return np.clip(alpha, 0, 1)


BIG, MIDDLE, SMALL = (60, 60, 40, 1.0), (150, 150, 20, 1.0), (160, 30, 5, 1.0)
ACTS = [lambda a: remove_specks(a, 0.05), keep_largest]


def test_specks_below_the_share_go_with_their_soft_edges_and_the_rest_stays():
    found = remove_specks(discs(BIG, MIDDLE, SMALL), 0.1)  # 25 and 400 of 1600
    assert np.abs(found - discs(BIG, MIDDLE)).max() < 1 / 510
    assert not found[:70, 120:].any()


def test_the_share_is_of_the_largest_region():
    alpha = discs(BIG, MIDDLE)  # 0.25, a little more with the soft rims
    assert remove_specks(alpha, 0.2) is alpha
    assert not remove_specks(alpha, 0.35)[120:, 120:].any()


def test_only_the_largest_is_kept_as_it_is():
    alpha = discs(BIG, MIDDLE, SMALL)
    found = keep_largest(alpha)
    assert np.abs(found - discs(BIG)).max() < 1 / 510
    assert (found[alpha > 0.1][found[alpha > 0.1] > 0] == discs(BIG)[discs(BIG) > 0.1]).all()


def test_a_lock_that_only_soft_hair_ties_to_the_head_stays():
    lock = (150, 60, 8, 1.0)
    alpha = discs(BIG, lock, MIDDLE)
    alpha[59:62, 90:150] = np.maximum(alpha[59:62, 90:150], 0.2)
    wanted = alpha * (np.indices(alpha.shape).sum(0) < 240)
    assert ((alpha > 0.5)[59:62, 103:140]).sum() == 0  # in alpha > 0.5 alone, the lock is an island
    assert np.abs(keep_largest(alpha) - wanted).max() < 1 / 255
    assert np.abs(remove_specks(alpha, 0.1)[:100] - alpha[:100]).max() == 0


@pytest.mark.parametrize("drawn", [scenes.hair, scenes.fur, scenes.glass, scenes.leaf])
def test_the_soft_edges_of_a_single_subject_stay(drawn):
    alpha = np.float32(drawn(256))
    assert np.abs(keep_largest(alpha) - alpha).sum() < 0.002 * alpha.sum()


def test_haze_goes_with_the_nearest_region():
    alpha = discs(BIG, MIDDLE)
    haze = np.maximum(alpha, 0.05).astype(np.float32)
    found = keep_largest(haze)
    assert (found[:80, :80] == haze[:80, :80]).all()
    assert not found[130:, 130:].any()


def test_haze_is_not_the_subject_however_wide():
    alpha = discs(BIG, (140, 140, 55, 0.4))
    assert np.abs(keep_largest(alpha) - discs(BIG)).max() < 1 / 510
    assert remove_specks(alpha, 0.5) is alpha


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (3, 5), (90, 117), (257, 301)])
def test_every_size_keeps_its_range_and_its_input(act, shape):
    alpha = np.random.default_rng(0).random(shape, dtype=np.float32) ** 3
    before = alpha.copy()
    found = act(alpha)
    assert found.dtype == np.float32
    assert found.shape == shape
    assert found.min() >= 0
    assert found.max() <= 1
    assert (alpha == before).all()


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("value", [0, 0.05, 0.3, 1])
def test_a_constant_alpha_is_given_back(act, value):
    alpha = np.full((40, 50), value, np.float32)
    assert act(alpha) is alpha


def test_no_share_does_nothing_and_a_wrong_one_is_named():
    alpha = discs(BIG, SMALL)
    assert remove_specks(alpha, 0) is alpha
    for wrong in (-0.1, 1.5, float("nan")):
        with pytest.raises(ValueError, match="share: expected"):
            remove_specks(alpha, wrong)
