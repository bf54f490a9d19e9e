"""A placement of more of the photo than the subject, which is placed without what is around it."""

import numpy as np
import pytest

from alphacut.compose.frame import frame_of, place


@pytest.mark.parametrize(
    "words",
    [
        {"margin": "10"},
        {"canvas": "600x200", "scale": 0.5},
        {"canvas": "90x90", "margin": "10%"},
        {"canvas": "300x400", "scale": 0.4, "position": "right bottom", "enlarge": 8},
    ],
)
def test_all_of_the_photo_lies_where_the_subject_says(words):
    alpha = np.zeros((200, 300), np.float32)
    alpha[60:140, 100:180] = 1
    placement = place(alpha, frame_of(words))
    around = placement.of_all()
    corners = np.array([[100, 60], [180, 140], [120.5, 99]])
    assert np.abs(around.forward_points(corners) - placement.forward_points(corners)).max() <= 1
    # All that the canvas has room for is there, and nothing beyond the photo.
    y, x = np.mgrid[:200, :300]
    shown = around.forward(np.full((200, 300), 1, np.float32))
    points = placement.forward_points(np.stack([x.ravel() + 0.5, y.ravel() + 0.5], 1))
    height, width = placement.canvas
    inside = ((points >= 2) & (points <= (width - 2, height - 2))).all(axis=1)
    columns, rows = points[inside].astype(int).T
    assert shown[rows, columns].min() > 0.99
    left, top, right, bottom = placement.forward_boxes(np.array([[0, 0, 300, 200]]))[0]
    beyond = np.ones(placement.canvas, bool)
    beyond[max(0, int(top) - 2) : max(0, int(bottom) + 3), max(0, int(left) - 2) : max(0, int(right) + 3)] = (
        False
    )
    assert not shown[beyond].any()
