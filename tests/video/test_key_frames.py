"""When the network must be asked again: by distance, by what is lost around the outline, by what came into view."""

import numpy as np
import pytest

import moving
from alphacut.video.steady.flow import Path, still
from alphacut.video.steady.keys import Spacing, due, lost, rim

ALPHA = moving.disc(100, 60, 30)
NEAR = rim(ALPHA, moving.SHAPE)


def path(trust):
    return Path(np.zeros((*moving.SHAPE, 2), np.float32), np.asarray(trust, np.float32))


@pytest.mark.parametrize(("since", "asked"), [(1, False), (4, False), (5, True)])
def test_a_still_scene_is_asked_for_when_the_time_is_up(since, asked):
    assert due(still(moving.SHAPE), NEAR, since, Spacing(most=5)) is asked


def test_the_rim_is_a_ring_around_the_outline():
    y, x = np.mgrid[: moving.SHAPE[0], : moving.SHAPE[1]]
    off = np.abs(np.hypot(x + 0.5 - 100, y + 0.5 - 60) - 30)
    assert (NEAR[off < 3] == 1).all()
    assert (NEAR[off > 8] == 0).all()


def test_doubt_inside_and_far_away_is_no_outline():
    doubt = np.clip(moving.jittered([np.zeros(moving.SHAPE, np.float32)])[0], 0, 0.49)
    assert not rim(doubt, moving.SHAPE).any()


def test_a_lost_outline_asks_and_a_lost_background_does_not():
    far = 1 - moving.disc(100, 60, 45) * (1 - moving.disc(100, 60, 15))
    assert not due(path(1 - 0.5 * far), NEAR, 1, Spacing())
    assert due(path(far), NEAR, 1, Spacing(fresh=1.0))
    assert lost(path(far), NEAR) == pytest.approx(1)
    assert lost(path(np.ones(moving.SHAPE)), NEAR) == 0


def test_a_frame_that_shows_something_else_asks_without_a_subject():
    nothing = rim(np.zeros(moving.SHAPE, np.float32), moving.SHAPE)
    assert due(path(np.zeros(moving.SHAPE)), nothing, 1, Spacing())
    assert not due(path(np.ones(moving.SHAPE)), nothing, 1, Spacing())


def test_a_speck_asks_for_nothing():
    speck = rim(moving.disc(100, 60, 1), moving.SHAPE) * 0
    speck[60, 100] = 1
    assert lost(path(np.zeros(moving.SHAPE)), speck) < 0.1
