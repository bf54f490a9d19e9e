"""Despill: the backdrop's hue leaves the edges, and nothing else changes."""

import cv2
import numpy as np
import pytest

import scenes
from alphacut.compose.despill import despill

GREEN, BLUE = (0, 255, 0, 255), (0, 71, 187, 255)


def edge(shape=(60, 90), at=45):
    """Return an edge 6 pixels wide."""
    x = np.arange(shape[1]) + 0.5
    return np.tile(np.clip((at - x) / 6 + 0.5, 0, 1).astype(np.float32), (shape[0], 1))


def one(colour, dtype=np.uint8):
    """Return the colour that a soft pixel of `colour` becomes next to green."""
    pixels = np.full((60, 90, 3), colour, dtype)
    return despill(pixels, edge(), GREEN)[30, 45].tolist()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((100, 190, 40), (130, 130, 70)),  # g falls to max(r, b), the mean stays 110
        ((90, 150, 90), (110, 110, 110)),
        ((200, 200, 50), (200, 200, 50)),  # yellow, 60° away
        ((50, 200, 200), (50, 200, 200)),
        ((220, 170, 140), (220, 170, 140)),  # skin
        ((128, 128, 128), (128, 128, 128)),
    ],
)
def test_green_falls_to_the_larger_of_red_and_blue_at_the_same_mean(before, after):
    assert np.abs(np.array(one(before)) - after).max() <= 1
    wide = one(np.array(before) * 257, np.uint16)
    assert np.abs(np.array(wide) / 257 - after).max() < 0.01


def test_a_screens_light_leaves_hair():
    alpha = np.float32(scenes.hair(256))
    true = scenes.mottled(256, (150, 110, 80), 0.15, 1)
    spilled = np.clip(true + 0.25 * np.array(GREEN[:3]), 0, 255).astype(np.uint8)
    found = despill(spilled, alpha, GREEN)
    soft = (alpha > 0.01) & (alpha < 0.99)

    def cast(pixels):
        r, g, b = np.moveaxis(pixels[soft].astype(float), -1, 0)
        return np.maximum(g - np.maximum(r, b), 0).mean()

    assert cast(spilled) > 20
    assert cast(found) < 1
    assert np.abs(found[soft].mean(1) - spilled[soft].mean(1)).max() <= 1


def test_the_hue_may_be_any():
    pixels = np.full((60, 90, 3), (90, 110, 190), np.uint8)
    found = despill(pixels, edge(), BLUE)[30, 45].astype(int)
    spill = np.array(BLUE[:3]) - np.mean(BLUE[:3])
    assert (found - found.mean()) @ spill < 0.6 * (np.array((90, 110, 190)) - 130) @ spill
    assert (despill(pixels, edge(), GREEN) == pixels).all()


def test_inside_the_subject_nothing_changes():
    leaf = np.full((60, 90, 3), (60, 160, 50), np.uint8)
    found = despill(leaf, edge(), GREEN)
    depth = cv2.distanceTransform(np.uint8(edge() >= 1 - 1 / 510), cv2.DIST_L2, 5)
    assert (found[depth > 9] == leaf[depth > 9]).all()
    assert (found[depth < 1] != leaf[depth < 1]).any(1).all()
    assert (np.diff(found[30, :48, 1].astype(int)) <= 0).all()  # it fades, and has no step of its own


@pytest.mark.parametrize("value", [0, 1])
def test_without_an_edge_the_same_array_comes_back(value):
    pixels = np.full((40, 300, 3), (0, 255, 0), np.uint8)
    assert despill(pixels, np.full((40, 300), value, np.float32), GREEN) is pixels


@pytest.mark.parametrize("shape", [(1, 2), (3, 400), (257, 300)])
def test_every_size_works_and_the_input_stays(shape):
    rng = np.random.default_rng(0)
    pixels, alpha = rng.integers(0, 256, (*shape, 3), np.uint8), rng.random(shape, dtype=np.float32)
    before = pixels.copy()
    found = despill(pixels, alpha, GREEN)
    assert found.shape == pixels.shape
    assert (pixels == before).all()
    assert np.abs(found.mean(2) - pixels.mean(2)).max() <= 1
    r, g, b = np.moveaxis(found[alpha < 0.99].astype(int), -1, 0)
    assert (g - np.maximum(r, b)).max() <= 1


@pytest.mark.parametrize("colour", [(0, 0, 0, 255), (255, 255, 255, 255), (128, 128, 130, 255)])
def test_a_grey_has_no_hue(colour):
    with pytest.raises(ValueError, match="colour: expected one with a hue"):
        despill(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.float32), colour)
