"""Cuts and fades are found; pans, flashes and fast subjects are none."""

import itertools

import cv2
import numpy as np

import moving
from alphacut.video.steady.flow import measure
from alphacut.video.steady.shots import begins, look_at


def starts(frames):
    """Return the frames that begin a shot, but for the first."""
    looks = [look_at(frame) for frame in frames]
    pairs = itertools.pairwise(looks)
    return [i + 1 for i, (a, b) in enumerate(pairs) if begins(a, b, measure(b.grey, a.grey)[0])]


def place(seed, colour, x=0.0):
    return moving.shifted(moving.texture(seed, colour), x)


def whole(picture):
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def test_a_cut_is_found_where_it_is():
    first = [whole(place(1, (180, 90, 60), 3 * i)) for i in range(4)]
    second = [whole(place(2, (60, 90, 160), -2 * i)) for i in range(4)]
    assert starts(first + second) == [4]


def test_depth_makes_no_other_cut():
    frames = [whole(place(1, (180, 90, 60))), whole(place(2, (60, 90, 160)))]
    assert starts([frame.astype(np.uint16) * 257 for frame in frames]) == [1]


def test_a_fast_pan_is_none():
    assert starts([whole(place(1, (120, 120, 120), 14 * i)) for i in range(5)]) == []


def test_a_flash_is_none():
    picture = place(1, (90, 90, 90))
    assert starts([whole(picture * gain) for gain in (1, 1, 1.8, 1, 1)]) == []


def test_a_large_thing_that_rushes_through_is_none():
    alphas = [moving.disc(x, 60, 40) for x in range(-20, 220, 30)]
    frames = moving.draw(alphas, [(x, 0) for x in range(-20, 220, 30)])
    assert starts([frame.pixels for frame in frames]) == []


def test_after_a_fade_to_black_a_shot_begins_with_the_first_thing_seen():
    first, second = place(1, (180, 90, 60)), place(2, (60, 90, 160))
    fade = [1, 0.75, 0.5, 0.25, 0.0]
    frames = [whole(first * g) for g in fade] + [whole(second * g) for g in fade[::-1]]
    assert starts(frames) == [6]


def test_a_fade_of_light_is_none():
    picture = cv2.GaussianBlur(place(1, (120, 120, 120)), (0, 0), 2)
    assert starts([whole(picture * gain) for gain in np.linspace(1, 0.4, 8)]) == []
