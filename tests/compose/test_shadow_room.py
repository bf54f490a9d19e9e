"""The room of a shadow in a frame: measured against the shadow drawn in full, and placements by hand."""

import numpy as np
import pytest

from alphacut.compose.frame import frame_of, place
from alphacut.compose.shadow import Shadow, ShadowLook, make_shadow
from alphacut.compose.shadow_room import BLOCK, BORDER, FAINT, clear_of_border, shadow_room

BOX = (400, 300, 600, 700)  # left, top, right, bottom


def subject():
    alpha = np.zeros((1000, 1000), np.float32)
    left, top, right, bottom = BOX
    alpha[top:bottom, left:right] = 1
    return alpha


@pytest.mark.parametrize(
    "kind, look",
    [
        ("drop", ShadowLook()),
        ("contact", ShadowLook()),
        ("cast", ShadowLook(direction=135, length=0.5)),
        ("cast", ShadowLook(direction=20)),
        ("reflection", ShadowLook(length=0.6)),
    ],
)
def test_the_room_is_where_the_shadow_is_seen(kind, look):
    alpha = subject()
    drawn = make_shadow(kind, alpha, look, np.zeros((*alpha.shape, 3), np.uint8)).opacity >= FAINT
    rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    far = BOX[1] - rows[0], columns[-1] + 1 - BOX[2], rows[-1] + 1 - BOX[3], BOX[0] - columns[0]
    wanted = [max(0, int(side)) for side in far]
    assert (
        np.abs(np.subtract(shadow_room(kind, alpha, look), wanted)).max() <= 8
    )  # of 400: one pixel of the copy is 1.6
    assert max(wanted) > 10


def test_a_kept_shadow_takes_the_room_it_has():
    opacity = np.zeros((1000, 1000), np.float32)
    opacity[650:720, 450:900] = 0.3
    opacity[:, 950:] = 0.01  # too faint to count
    assert shadow_room("none", subject(), ShadowLook(), Shadow(opacity)) == (0, 300, 20, 0)
    assert shadow_room("none", subject(), ShadowLook(), Shadow(np.zeros_like(opacity))) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "words, room, box",
    [
        # 200 × 400 and 300 more to the right: 500 wide fill 90 % of 1000, so it is 1.8 times as large
        ({"canvas": "1000x2000", "scale": 0.9}, (0, 300, 0, 0), (50, 640, 410, 1360)),
        # there is room beside it: nothing is smaller, nothing moves
        ({"canvas": "1000x1000", "scale": 0.4}, (0, 100, 0, 0), (400, 300, 600, 700)),
        # room below, at the bottom: it keeps 5 % and its shadow
        ({"canvas": "1000x1000", "scale": 0.4, "position": "bottom"}, (0, 0, 50, 0), (400, 500, 600, 900)),
        # margins are kept by both together
        ({"margin": "10"}, (0, 300, 20, 0), (10, 10, 210, 410)),
        ({"canvas": "560x1000", "margin": "30"}, (0, 300, 0, 0), (30, 300, 230, 700)),
        # a scale above 90 % is the limit for both
        ({"canvas": "1000x1000", "scale": 1.0, "enlarge": 8}, (0, 0, 100, 0), (300, 0, 700, 800)),
    ],
)
def test_placements_by_hand(words, room, box):
    placement = place(subject(), frame_of(words), room=room)
    assert np.abs(placement.forward_boxes(np.array([BOX]))[0] - box).max() <= 1


def test_a_free_canvas_grows_for_the_shadow():
    assert place(subject(), frame_of({"margin": "10"}), room=(0, 300, 20, 0)).canvas == (440, 520)


@pytest.mark.parametrize("exactly", [False, True])
def test_the_border_of_a_listing_is_clear_and_the_middle_untouched(exactly):
    opacity = np.full((400, 600), 0.5, np.float32)
    cleared = clear_of_border(Shadow(opacity), exactly=exactly).opacity
    rows, columns = (int(BORDER * side) + BLOCK * exactly for side in opacity.shape)
    ring = np.ones_like(opacity, bool)
    ring[rows:-rows, columns:-columns] = False
    assert not cleared[ring].any()
    rows, columns = (
        int(BORDER * side) + where + 1 for side, where in zip(opacity.shape, (rows, columns), strict=True)
    )
    assert (cleared[rows:-rows, columns:-columns] == 0.5).all()
