"""The subject's own colours: against drawn scenes whose foreground is known, and what must never change."""

import cv2
import numpy as np
import pytest

import scenes
from alphacut import foreground
from alphacut.foreground import estimate_foreground

DRAWN = scenes.scenes(192)


def on(colours, alpha, background):
    a = alpha[..., None].astype(np.float64)
    return a * colours + (1 - a) * background


def edge_error(scene, colours, alpha):
    """Return the mean error in levels, in soft pixels, on the new background."""
    soft = (scene.alpha > 1 / 510) & (scene.alpha < 1 - 1 / 510)
    truth = on(scene.foreground, scene.alpha, scene.new_background)
    return np.abs(on(colours, alpha, scene.new_background) - truth)[soft].mean()


def errors(alphas):
    """Return the errors of the estimate, of the photo's own colours and of these multiplied by alpha."""
    rows = []
    for scene, alpha in zip(DRAWN, alphas, strict=True):
        estimates = estimate_foreground(scene.photo, alpha), scene.photo, alpha[..., None] * scene.photo
        rows.append([edge_error(scene, colours, alpha) for colours in estimates])
    return np.array(rows).T


def noise(shape, seed=0):
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def test_edges_are_free_of_the_old_background():
    ours, straight, premultiplied = errors([scene.alpha for scene in DRAWN])
    assert len(DRAWN) >= 24
    assert ours.mean() < 0.12 * straight.mean()
    assert ours.mean() < 0.08 * premultiplied.mean()
    assert (ours < 0.6 * straight).all()


@pytest.mark.parametrize("wrong", ["eight bits", "blurred", "half resolution"])
def test_an_alpha_that_is_slightly_wrong_does_no_harm(wrong):
    spoil = {
        "eight bits": lambda a: np.float32(np.rint(a * 255) / 255),
        "blurred": lambda a: np.clip(cv2.GaussianBlur(a, (0, 0), 1), 0, 1),
        "half resolution": lambda a: cv2.resize(
            cv2.resize(a, (96, 96), interpolation=cv2.INTER_AREA), a.shape
        ),
    }[wrong]
    ours, straight, _ = errors([spoil(scene.alpha) for scene in DRAWN])
    assert ours.mean() < 0.65 * straight.mean()
    assert (ours < 1.02 * straight).all()


def test_strands_without_one_opaque_pixel_find_their_colour():
    alpha = np.clip(scenes.fine_hair(256) * 0.6, 0, 1)
    photo = scenes.mix(alpha, np.array((200, 160, 90)), np.array((30, 60, 160)))
    found = estimate_foreground(photo, alpha)[alpha > 0.2].astype(int)
    assert np.abs(found - (200, 160, 90)).mean() < 3
    assert np.abs(found - (200, 160, 90)).max() < 30  # the photo's own colours are up to 136 away


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("share", [0, 0.3, 1])
def test_a_colour_on_itself_stays_itself_at_every_alpha(dtype, share):
    level = int(np.iinfo(dtype).max * share)
    photo = np.full((150, 301, 3), (level, level, level // 2), dtype)
    alpha = noise((150, 301))
    alpha[:40], alpha[110:] = 0, 1
    found = estimate_foreground(photo, alpha)
    assert (found[alpha > 1 / 510] == photo[0, 0]).all()
    edge = found[32:40].astype(int) - photo[0, 0]  # clear, but near enough that a viewer blends it in
    assert np.abs(edge).max() <= 1


def test_opaque_pixels_are_the_photos_own_and_far_clear_ones_are_black():
    photo = scenes.photograph(300, "coffee")
    alpha = cv2.GaussianBlur(np.float32(scenes.rings(300) > 0.5), (0, 0), 1)
    found = estimate_foreground(photo, alpha)
    opaque = alpha >= 1 - 1 / 510
    distance = cv2.distanceTransform(np.uint8(alpha <= 1 / 510), cv2.DIST_C, 3)
    assert opaque.sum() > 1000
    assert (found[opaque] == photo[opaque]).all()
    assert not found[distance > 8].any()


def test_colours_go_on_past_a_hard_edge():
    photo = np.zeros((60, 60, 3), np.uint8)
    photo[:, :20] = 200, 100, 50
    alpha = np.zeros((60, 60), np.float32)
    alpha[:, :20] = 1
    found = estimate_foreground(photo, alpha).astype(int)
    assert (found[:, :20] == photo[:, :20]).all()
    assert np.abs(found[:, 20:28] - (200, 100, 50)).max() <= 25
    assert not found[:, 28:].any()


def test_an_edge_between_opaque_and_clear_tiles_is_extended_into_the_next_tile():
    side = foreground.TILE * foreground.CELL
    alpha = np.zeros((50, 2 * side), np.float32)
    alpha[:, :side] = 1
    found = estimate_foreground(np.full((50, 2 * side, 3), 90, np.uint8), alpha)
    assert (found[:, : side + 8] == 90).all()
    assert not found[:, side + 8 :].any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 10_000), (10_000, 1), (3, 7), (256, 256), (257, 255)])
@pytest.mark.parametrize("value", [0, 0.5, 1])
def test_every_size_and_a_constant_alpha_work(shape, value):
    photo = np.random.default_rng(1).integers(0, 256, (*shape, 3), np.uint8)
    found = estimate_foreground(photo, np.full(shape, value, np.float32))
    assert found.shape == photo.shape
    if value != 0.5:
        assert (found == photo * np.uint8(value)).all()
    else:  # nothing tells F from B: both are the photo
        assert np.abs(found.astype(int) - photo).mean() < 8


@pytest.mark.parametrize("tile", [1, 5, 200])
def test_borders_of_tiles_leave_no_trace(monkeypatch, tile):
    photo, background = scenes.photograph(500, "cat"), scenes.photograph(500, "astronaut")
    alpha = np.clip(scenes.veil(500) + scenes.fur(500), 0, 1)
    photo = scenes.mix(alpha, photo, background)
    whole = estimate_foreground(photo, alpha).astype(int)
    monkeypatch.setattr(foreground, "TILE", tile)
    assert np.abs(estimate_foreground(photo, alpha) - whole).max() <= 1


@pytest.mark.parametrize("colour", [(0, 0, 0), (40, 190, 70), (255, 255, 255)])
def test_the_old_background_gives_the_photo_back(colour):
    alpha, own = scenes.feather(200), scenes.photograph(200, "cat")
    photo = scenes.mix(alpha, own, np.array(colour))
    again = on(estimate_foreground(photo, alpha), alpha, np.array(colour))
    soft = (alpha > 1 / 510) & (alpha < 1 - 1 / 510)
    assert np.abs(again - photo)[soft].mean() < 4
    assert np.abs(again - photo).max() < 32


def test_the_same_photo_gives_the_same_colours():
    scene = DRAWN[7]
    first = estimate_foreground(scene.photo, scene.alpha)
    assert all((estimate_foreground(scene.photo, scene.alpha) == first).all() for _ in range(5))


def test_sixteen_bits_are_more_than_eight():
    alpha = noise((200, 200))
    fine = np.random.default_rng(2).integers(30_000, 30_040, (200, 200, 3)).astype(np.uint16)
    a = alpha[..., None].astype(np.float64)
    photo = np.rint(a * fine + (1 - a) * 29_990).astype(np.uint16)
    found = estimate_foreground(photo, alpha)
    assert found.dtype == np.uint16
    assert np.abs(found.astype(int) - fine).max() < 60  # all of it lies within one step of 8 bits, 257
    assert len(np.unique(found[..., 0])) > 30


def test_eight_and_sixteen_bits_agree():
    scene = DRAWN[0]
    eight = estimate_foreground(scene.photo, scene.alpha).astype(int)
    sixteen = estimate_foreground(scene.photo.astype(np.uint16) * 257, scene.alpha)
    assert np.abs(np.rint(sixteen / 257) - eight).max() <= 2


def test_flipped_and_read_only_arrays_are_as_good_and_stay_as_they_were():
    scene = DRAWN[3]
    expected = estimate_foreground(scene.photo, scene.alpha)
    photo, alpha = scene.photo[::-1, :, ::-1].copy()[::-1, :, ::-1], np.asfortranarray(scene.alpha)
    photo.flags.writeable = alpha.flags.writeable = False
    assert (estimate_foreground(photo, alpha) == expected).all()
    turned = estimate_foreground(scene.photo.transpose(1, 0, 2), scene.alpha.T)
    assert np.abs(turned.transpose(1, 0, 2).astype(int) - expected).max() <= 2


@pytest.mark.parametrize(
    ("pixels", "alpha", "said"),
    [
        (np.zeros((4, 5, 4), np.uint8), np.zeros((4, 5), np.float32), "pixels"),
        (np.zeros((4, 5, 3), np.float32), np.zeros((4, 5), np.float32), "pixels"),
        (np.zeros((4, 5, 3), np.uint8), np.zeros((5, 4), np.float32), r"\(4, 5\)"),
        (np.zeros((4, 5, 3), np.uint8), np.full((4, 5), np.nan, np.float32), "nan"),
        (np.zeros((4, 5, 3), np.uint8), np.full((4, 5), 255, np.float32), "255"),
    ],
)
def test_what_does_not_fit_is_named(pixels, alpha, said):
    with pytest.raises(ValueError, match=said):
        estimate_foreground(pixels, alpha)
