"""Flow between textures moved by known amounts, how far it is trusted, and what is moved by it."""

import numpy as np
import pytest

import moving
from alphacut.video.steady.flow import checked, grey, measure, onward, still, warp

INNER = np.s_[15:-15, 15:-15]


def scene(x=0.0, y=0.0):
    return np.rint(moving.shifted(moving.texture(3, (120, 120, 120)), x, y)).astype(np.uint8)


@pytest.mark.parametrize("way", [(0, 0), (3, -2), (-7.5, 4)])
def test_a_picture_that_moves_is_followed_there_and_back(way):
    there, back = measure(grey(scene()), grey(scene(*way)))
    assert np.abs(there.field[INNER] - way).mean() < 0.2
    assert np.abs(back.field[INNER] + way).mean() < 0.2
    assert there.trust[INNER].mean() > 0.85
    assert back.trust[INNER].mean() > 0.85


def test_what_a_thing_covers_is_not_trusted():
    first, second = (moving.disc(x, 60, 25) for x in (70, 90))
    frames = moving.draw([first, second], [(0, 0), (20, 0)])
    there, _ = measure(*(grey(frame.pixels) for frame in frames))
    covered = (second > 0.9) & (first < 0.1)
    assert there.trust[covered].mean() < 0.3
    assert there.trust[:, 130:190].mean() > 0.9


def test_what_leaves_the_frame_is_not_trusted():
    there, _ = measure(grey(scene()), grey(scene(-12)))
    assert there.trust[:, :8].max() < 0.1


def test_two_other_pictures_are_not_trusted():
    other = np.rint(moving.texture(9, (120, 120, 120))).astype(np.uint8)
    assert measure(grey(scene()), grey(other))[0].trust.mean() < 0.2


def test_paths_add_up():
    one, _ = measure(grey(scene()), grey(scene(4)))
    two, _ = measure(grey(scene(4)), grey(scene(4, 5)))
    both = onward(one, two)
    assert np.abs(both.field[INNER] - (4, 5)).mean() < 0.3
    assert (both.trust <= one.trust + 1e-6).all()


def test_a_path_that_leads_astray_is_found_out_by_its_ends():
    path = still(moving.SHAPE)
    same = checked(path, grey(scene()), grey(scene()))
    astray = checked(path, grey(scene()), grey(scene(15)))
    assert np.array_equal(same.trust, np.ones(moving.SHAPE, np.float32))
    assert astray.trust.mean() < 0.5


def test_pictures_of_any_size_are_moved_by_the_same_share():
    # A field of 6 in 100 pixels moves a picture of 300 by 18.
    field = np.zeros((50, 100, 2), np.float32)
    field[..., 0] = 6
    ramp = np.tile(np.arange(300, dtype=np.float32), (150, 1))
    assert np.allclose(warp(ramp, field)[:, :-18], ramp[:, 18:])
    assert (warp(ramp, field, outside=0)[:, -17:] == 0).all()


def test_depth_and_size_make_no_other_grey():
    eight = scene()
    assert np.array_equal(grey(eight), grey(eight.astype(np.uint16) * 257))
    large = np.repeat(np.repeat(eight, 5, 0), 5, 1)
    assert grey(large).shape == (259, 432)
    assert grey(eight).shape == moving.SHAPE
