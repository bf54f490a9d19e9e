"""Each number against a value known by hand, by construction or from another group's program."""

import io
import math

import cv2
import numpy as np
import pytest
import skimage.data
import skimage.measure
from PIL import Image

from alphacut.inspect import signals
from alphacut.inspect.signals import measure
from alphacut.types import Photo
from discs import disc, painted


def ones(*shape, value=1.0):
    return np.full(shape, value, np.float32)


@pytest.mark.parametrize("sigma", [0, 1, 3])
@pytest.mark.parametrize("name", ["astronaut", "coffee"])
def test_blur_is_what_scikit_image_measures(name, sigma):
    grey = getattr(skimage.data, name)().astype(np.float32).mean(axis=2) / 255
    if sigma:
        grey = cv2.GaussianBlur(grey, (0, 0), sigma)
    assert signals.blur_effect(grey) == pytest.approx(skimage.measure.blur_effect(grey), abs=0.005)


def test_blockiness_sees_compression_and_not_straight_lines():
    def compressed(quality):
        stream = io.BytesIO()
        Image.fromarray(skimage.data.coffee()).save(stream, "jpeg", quality=quality)
        return measure(Photo(np.asarray(Image.open(stream))), ones(400, 600)).blockiness

    assert compressed(95) < 0.1 < 0.3 < compressed(50) < compressed(10)
    rows = np.arange(256) // 40 % 2
    assert signals.blockiness((rows[:, None] ^ rows[None]).astype(np.float32)) == 0


def test_disagreement_by_hand():
    a, b, c = (np.array([row], np.float32) for row in ([1, 1, 0, 0], [0, 1, 1, 0], [1, 1, 0, 0]))
    assert signals.disagreement([a, b]) == pytest.approx(2 / 3)  # one of three pixels is in both
    assert signals.disagreement([a, b, c]) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert signals.disagreement([a]) is None and signals.disagreement([]) is None
    assert signals.disagreement([a * 0, a * 0]) == 0


def test_undecided_by_hand():
    photo = Photo(skimage.data.astronaut())
    half, sure = ones(512, 512, value=0.5), ones(512, 512)
    assert measure(photo, half).undecided == pytest.approx(4 * 0.25 / 0.5)
    found = measure(photo, sure)
    assert (found.undecided, found.area, found.cut) == (0, 1, 1)
    # The opinions count, not what was made of them: their mean is 3/4 everywhere.
    assert measure(photo, sure, [half, sure]).undecided == pytest.approx(4 * 0.75 * 0.25 / 0.75)


def test_rivals_are_the_second_piece_over_the_first():
    seen = np.zeros((40, 40), bool)
    assert signals.rivals(seen) == 0
    seen[2:12, 2:12] = True
    assert signals.rivals(seen) == 0
    seen[20:25, 20:30] = seen[35, 35] = True
    assert signals.rivals(seen) == 0.5


def test_cut_is_the_share_of_the_frame():
    alpha = np.zeros((10, 30), np.float32)
    alpha[:, :15] = 1
    found = measure(Photo(np.zeros((10, 30, 3), np.uint8)), alpha)
    assert found.cut == pytest.approx((15 + 15 + 8) / (30 + 30 + 8 + 8))


def test_a_veil_is_wide_and_hair_is_not():
    glass, hair = np.zeros((2, 400, 400), np.float32)
    glass[100:300, 100:300] = 0.5
    hair[::8, 100:300] = 0.5
    assert signals.veil(glass) > 0.95
    assert signals.veil(hair) == 0 == signals.veil(disc(400, 100))


@pytest.mark.parametrize("background, share", [((200, 40, 40), 1.0), ((40, 40, 200), 0.0)])
def test_alike_compares_the_colours_along_the_edge(background, share):
    alpha = disc()
    assert measure(painted(alpha, (205, 45, 45), background), alpha).alike == pytest.approx(share)


def test_a_deeper_photo_gives_the_same_numbers():
    pixels, alpha = skimage.data.coffee(), np.zeros((400, 600), np.float32)
    alpha[100:300, 150:400] = 0.8
    eight, sixteen = (measure(Photo(p), alpha, [alpha]) for p in (pixels, pixels.astype(np.uint16) * 257))
    for name in signals.Signals.__slots__:
        assert getattr(eight, name) == pytest.approx(getattr(sixteen, name), abs=0.005), name


def test_a_larger_photo_gives_the_numbers_of_the_whole():
    alpha = disc()
    photo = painted(alpha, (250, 250, 250), (30, 60, 30))
    large = measure(
        Photo(cv2.resize(photo.pixels, (3100, 3100))), np.clip(cv2.resize(alpha, (3100, 3100)), 0, 1)
    )
    small = measure(photo, alpha)
    assert (large.side, small.side) == (3100, 500)
    for name in ("contrast", "area", "undecided", "veil", "cut", "rivals", "alike"):
        assert getattr(large, name) == pytest.approx(getattr(small, name), abs=0.02), name


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (700, 2), (5, 5)])
def test_a_sliver_has_numbers_too(shape):
    found = measure(Photo(np.zeros((*shape, 3), np.uint8)), ones(*shape), [ones(*shape)] * 2)
    assert all(math.isfinite(getattr(found, name)) for name in signals.Signals.__slots__)
