"""A varied sample is still true: image and alpha stay together, and a composite is its layers."""

import numpy as np
import pytest

from alphacut.training.data.augment import (
    CHANGES,
    KEPT,
    USUAL,
    VARIATIONS,
    Sample,
    covering,
    crop,
    floats_of,
    onto,
    shaded,
    vary,
)
from pairs import drawn

changes = pytest.mark.parametrize("name", list(CHANGES))


def rng(seed=0):
    return np.random.default_rng(seed)


def plain(number=0, height=20, width=28):
    photo, alpha = drawn(number, height, width)
    return Sample(floats_of(photo), floats_of(alpha))


def composite(number=0, height=20, width=28, seed=0):
    background = rng(number).random((9, 7, 3), np.float32)
    return onto(plain(number, height, width), background, rng(seed))


def own_picture(number=0):
    """A sample whose image is its alpha: they have to stay the same."""
    alpha = plain(number).alpha
    return Sample(np.repeat(alpha[..., None], 3, 2), alpha)


def test_every_variation_has_its_usual_share():
    assert set(USUAL) == set(VARIATIONS)


@pytest.mark.parametrize("name", ["flip", "turn", "blur"])
def test_what_moves_the_image_moves_the_alpha(name):
    sample = own_picture()
    done = CHANGES[name](sample, rng(1))
    assert not np.array_equal(done.alpha, sample.alpha) or name == "flip"
    assert np.allclose(done.image, done.alpha[..., None], atol=1e-6)


def test_flip_is_its_own_inverse():
    once = CHANGES["flip"](composite(), rng())
    assert np.array_equal(once.image, composite().image[:, ::-1])
    assert np.array_equal(once.alpha, composite().alpha[:, ::-1])
    twice = CHANGES["flip"](once, rng())
    assert np.array_equal(twice.background, composite().background)


def test_turn_keeps_the_middle_where_it_is():
    image = np.zeros((21, 31, 3), np.float32)
    image[10, 15] = 1
    done = CHANGES["turn"](Sample(image, image[..., 0].copy()), rng(3))
    assert np.unravel_index(done.alpha.argmax(), done.alpha.shape) == (10, 15)
    assert done.alpha.max() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("name", ["colour", "grey", "noise", "jpeg"])
def test_what_changes_colours_leaves_the_alpha(name):
    done = CHANGES[name](plain(), rng(2))
    assert np.array_equal(done.alpha, plain().alpha)
    assert not np.allclose(done.image, plain().image, atol=1e-3)


def test_grey_has_no_colour():
    image = CHANGES["grey"](plain(), rng()).image
    assert np.allclose(image, plain().image.mean(2, keepdims=True), atol=1e-6)


def test_a_crop_cuts_photo_and_truth_alike_and_keeps_the_subject():
    photo, alpha = drawn(1, 60, 80)
    photo[..., 0] = alpha
    sizes = set()
    for seed in range(40):
        image, part = crop(photo, floats_of(alpha), rng(seed))
        assert np.array_equal(floats_of(image[..., 0]), part)
        assert part.sum() >= KEPT * floats_of(alpha).sum() - 1e-3
        assert part.shape[0] >= 36
        assert part.shape[1] >= 48
        sizes.add(part.shape)
    assert len(sizes) > 10


@changes
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (1, 9), (17, 12)])
@pytest.mark.parametrize("make", [plain, composite])
def test_values_and_sizes_stay_what_they_are(name, size, make):
    done = CHANGES[name](make(2, *size), rng(4))
    pictures = [done.image, done.foreground, done.background] if make is composite else [done.image]
    for picture in pictures:
        assert picture.shape == (*size, 3)
    for picture in [*pictures, done.alpha]:
        assert picture.dtype == np.float32
        assert 0 <= picture.min() <= picture.max() <= 1
        assert picture.flags.c_contiguous
    assert done.alpha.shape == size


def mixed(sample):
    return sample.background + sample.alpha[..., None] * (sample.foreground - sample.background)


@pytest.mark.parametrize("name", [None, "flip", "colour", "grey"])
def test_a_composite_is_its_foreground_before_its_background(name):
    done = composite() if name is None else CHANGES[name](composite(), rng(5))
    assert np.allclose(done.image, mixed(done), atol=1e-6)


def test_the_subject_keeps_its_colours_before_another_background():
    photo = plain(3)
    white = np.ones((4, 4, 3), np.float32)
    done = next(s for seed in range(9) if (s := onto(photo, white, rng(seed))).background.min() == 1)
    inside, outside = photo.alpha == 1, photo.alpha == 0
    assert np.allclose(done.image[inside], photo.image[inside], atol=1e-6)
    assert (done.image[outside] == 1).all()
    # The old background is dark; a soft edge that still had it would be darker than both of what it shows now.
    edge = (photo.alpha > 0.2) & (photo.alpha < 0.8)
    subject = photo.image[inside].mean(0)
    wanted = photo.alpha[edge][:, None] * subject + (1 - photo.alpha[edge][:, None])
    old = photo.image[edge] + (1 - photo.alpha[edge][:, None])
    assert abs(done.image[edge] - wanted).mean() < 0.4 * abs(old - wanted).mean()


def test_a_shadow_darkens_only_what_is_behind():
    alpha = plain(5, 40, 40).alpha
    behind = np.full((40, 40, 3), 0.9, np.float32)
    for seed in range(8):
        dark = shaded(behind, alpha, rng(seed))
        assert (dark <= behind).all()
        assert dark.min() < 0.8
        assert np.abs(np.diff(dark, axis=0)).max() < 0.25  # no hard edge
        done, photo = composite(5, 40, 40, seed), plain(5, 40, 40)
        solid = photo.alpha == 1
        assert np.allclose(done.image[solid], photo.image[solid], atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (5, 40), (40, 5), (16, 16)])
def test_a_background_covers_and_keeps_its_aspect(size):
    constant = np.full((7, 11, 3), 0.25, np.float32)
    assert np.allclose(covering(constant, size, rng()), 0.25)
    assert covering(constant, size, rng()).shape == (*size, 3)
    # A ramp to the right climbs by the same a pixel in every part that is taken of it.
    ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32)[:, None], (64, 1, 3)).reshape(64, 64, 3)
    part = covering(ramp, (32, 16), rng(1))
    assert np.allclose(np.diff(part[2:-2, :, 0], axis=1), 2 / 63, atol=0.01)


def test_shares_say_what_is_done_and_leave_each_others_draws():
    flat = Sample(np.full((8, 8, 3), 0.5, np.float32), np.ones((8, 8), np.float32))
    assert vary(flat, rng(6), {}) is flat
    noisy = vary(flat, rng(6), {"noise": 1.0})
    assert not np.array_equal(noisy.image, flat.image)
    # A flat image is the same mirrored, so only other draws could make another grain.
    assert np.array_equal(vary(flat, rng(6), {"noise": 1.0, "flip": 1.0}).image, noisy.image)
