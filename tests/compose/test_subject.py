"""The subject's box: exact on what counts, blind to specks."""

import numpy as np
import pytest

from alphacut.compose.subject import find_subject
from alphacut.errors import InputError


def rectangle(shape, box, value=1.0):
    alpha = np.zeros(shape, np.float32)
    left, top, right, bottom = box
    alpha[top:bottom, left:right] = value
    return alpha


@pytest.mark.parametrize("shape", [(100, 200), (1024, 700), (1025, 3000), (3001, 2999)])
def test_the_box_is_exact_at_every_size(shape):
    height, width = shape
    box = (width // 3, height // 5, width // 2 + 1, height - 3)
    assert find_subject(rectangle(shape, box)).box == box


def test_the_whole_frame_and_a_single_pixel():
    assert find_subject(np.ones((5, 7), np.float32)).box == (0, 0, 7, 5)
    assert find_subject(rectangle((9, 9), (4, 5, 5, 6))).box == (4, 5, 5, 6)


@pytest.mark.parametrize("size", [300, 2500])
def test_specks_do_not_move_the_box(size):
    box = (size // 3, size // 3, size // 2, size // 2)
    alpha = rectangle((size, size), box)
    alpha[2, 3] = alpha[-5, -1] = 1.0
    assert find_subject(alpha).box == box
    assert find_subject(alpha).window[0] > 3


def test_a_second_part_of_the_subject_does():
    alpha = rectangle((300, 300), (100, 100, 200, 200))
    alpha[20:30, 250:260] = 1.0  # one hundredth of the first
    assert find_subject(alpha).box == (100, 20, 260, 200)


def test_a_faint_tail_is_shown_and_a_faint_island_is_not():
    alpha = rectangle((200, 200), (80, 80, 120, 120))
    alpha[100, 120:150] = 0.04  # hangs on the subject
    alpha[30:40, 30:40] = 0.04  # does not
    found = find_subject(alpha)
    assert found.box == (80, 80, 120, 120)
    assert found.window == (72, 72, 158, 128)  # 8 pixels around


@pytest.mark.parametrize("value", [0.0, 0.04])
def test_no_subject_is_an_error_that_names_the_photo(value):
    with pytest.raises(InputError, match=r"shoe\.jpg: has no subject") as caught:
        find_subject(np.full((20, 20), value, np.float32), "shoe.jpg")
    assert caught.value.remedy
