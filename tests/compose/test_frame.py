"""Where a subject goes: placements worked out by hand, round trips, and colours that stay what they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import scenes
from alphacut.compose.background import over
from alphacut.compose.frame import Frame, frame_of, place
from alphacut.compose.resample import resample
from alphacut.errors import InputError, OptionError

BOX = (30, 20, 130, 70)  # left, top, right, bottom: 100 wide, 50 high
WHITE = (255, 255, 255, 255)


def alpha_of(box=BOX, shape=(200, 300)):
    alpha = np.zeros(shape, np.float32)
    left, top, right, bottom = box
    alpha[top:bottom, left:right] = 1
    return alpha


def placed(**words):
    """Canvas as (width, height), and the subject's box on it."""
    placement = place(alpha_of(), frame_of(words))
    box = placement.forward_boxes(np.array([BOX]))[0]
    return placement.canvas[::-1], tuple(box.round(6)), placement


@pytest.mark.parametrize(
    "words, canvas, box",
    [
        # the subject as it is
        ({"crop": True}, (100, 50), (0, 0, 100, 50)),
        ({"margin": "10"}, (120, 70), (10, 10, 110, 60)),
        ({"margin": "1 2 3 4"}, (106, 54), (4, 1, 104, 51)),
        # 10 % of the canvas a side leave the subject 80 % of it: 125 × 62.5
        ({"margin": "10%"}, (125, 62), (12, 6, 112, 56)),
        ({"scale": 0.5}, (200, 100), (50, 25, 150, 75)),
        ({"crop": True, "aspect": "1:1"}, (100, 100), (0, 25, 100, 75)),
        ({"crop": True, "aspect": "4:1"}, (200, 50), (50, 0, 150, 50)),
        ({"aspect": "1:1", "margin": "10", "position": "bottom"}, (120, 120), (10, 60, 110, 110)),
        ({"scale": 0.5, "position": "25% 100%"}, (200, 100), (25, 50, 125, 100)),
        # on a canvas: twice its size at most
        ({"crop": True, "canvas": "200x200"}, (200, 200), (0, 50, 200, 150)),
        ({"crop": True, "canvas": "50x50"}, (50, 50), (0, 12.5, 50, 37.5)),
        ({"canvas": "200x200", "scale": 0.5}, (200, 200), (50, 75, 150, 125)),
        ({"canvas": "200x200", "margin": "20 0 0 50%"}, (200, 200), (100, 85, 200, 135)),
        ({"canvas": "400x400", "scale": 0.9}, (400, 400), (100, 150, 300, 250)),
        ({"canvas": "400x400", "scale": 0.9, "enlarge": 8}, (400, 400), (20, 110, 380, 290)),
        (
            {"canvas": "400x400", "scale": 0.5, "enlarge": 1, "position": "top left"},
            (400, 400),
            (0, 0, 100, 50),
        ),
        # only the longest side
        ({"crop": True, "canvas": "150"}, (150, 75), (0, 0, 150, 75)),
        ({"canvas": "220", "margin": "10"}, (220, 120), (10, 10, 210, 110)),
        ({"crop": True, "canvas": "100", "aspect": "4:5"}, (80, 100), (0, 30, 80, 70)),
        # the whole photo, 300 × 200
        ({"canvas": "150x150"}, (150, 150), (15, 35, 65, 60)),
        ({"aspect": "1:1"}, (300, 300), (30, 70, 130, 120)),
        ({"canvas": "600"}, (600, 400), (60, 40, 260, 140)),
        # the canvas shrinks rather than enlarge more than twice, down to `least`
        ({"canvas": "1000x500", "scale": 1.0, "least": 100}, (200, 100), (0, 0, 200, 100)),
        ({"canvas": "1000x500", "scale": 1.0, "least": 400}, (400, 200), (0, 0, 400, 200)),
    ],
)
def test_placements_by_hand(words, canvas, box):
    found_canvas, found_box, _ = placed(**words)
    assert found_canvas == canvas
    # offsets and sizes are whole pixels: each edge within one
    assert np.abs(np.subtract(found_box, box)).max() <= 0.75


def test_nothing_asked_for_is_no_frame_and_the_default_gives_the_same_arrays():
    assert frame_of({"crop": False, "margin": None, "enlarge": 2.0}) is None
    alpha, pixels = alpha_of(), np.zeros((200, 300, 3), np.uint16)
    placement = place(np.zeros((200, 300), np.float32), Frame())  # no subject is needed
    same = placement.apply(pixels, alpha)
    assert same[0] is pixels and same[1] is alpha


def test_what_is_limited_says_so():
    assert placed(canvas="400x400", scale=0.9)[2].limited
    assert placed(canvas="400x400", scale=0.9)[2].scale == pytest.approx(2)
    assert not placed(canvas="400x400", scale=0.9, enlarge=8)[2].limited
    assert not placed(canvas="1000x500", scale=1.0, least=400)[2].limited


def test_at_scale_one_every_value_is_kept():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 65536, (200, 300, 3), np.uint16)
    alpha = alpha_of()
    alpha[20:70, 30:130] = rng.uniform(0.1, 1, (50, 100)).astype(np.float32)
    colours, weights = place(alpha, frame_of({"margin": "7 5"})).apply(pixels, alpha)
    assert colours.dtype == np.uint16
    assert np.array_equal(colours[7:57, 5:105], pixels[20:70, 30:130])
    assert np.array_equal(weights[7:57, 5:105], alpha[20:70, 30:130])
    assert weights.shape == (64, 110) and weights.sum() == pytest.approx(alpha.sum())


@settings(max_examples=30, deadline=None)
@given(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(62, 90), st.integers(62, 90)),
    st.integers(40, 300),
    st.floats(0.2, 1),
    st.sampled_from(["center", "bottom", "30% 70%", "top right"]),
)
def test_points_and_boxes_come_back(box, side, scale, position):
    words = {"canvas": f"{side}x{side + 13}", "scale": scale, "position": position, "enlarge": 8}
    placement = place(alpha_of(box, (90, 90)), frame_of(words))
    points = np.random.default_rng(0).uniform(0, 90, (20, 2))
    assert placement.inverse_points(placement.forward_points(points)) == pytest.approx(points)
    found = placement.forward_boxes(np.array([box]))
    assert placement.inverse_boxes(found)[0] == pytest.approx(np.array(box, float))
    assert found[0, :2].min() > -1 and found[0, 2] < side + 1 and found[0, 3] < side + 14


@pytest.mark.parametrize("canvas", ["120x90", "77x201", "900x700"])
def test_a_marker_lands_where_the_points_say(canvas):
    """The middle of a drawn disc, found in the picture, is the forward map of its middle."""
    photo = np.zeros((200, 300), np.float32)
    y, x = np.mgrid[:200, :300] + 0.5
    photo = np.clip(12.5 - np.hypot(x - 90.3, y - 44.8), 0, 1).astype(np.float32)
    placement = place(alpha_of(), frame_of({"canvas": canvas, "scale": 0.8, "enlarge": 8}))
    seen = placement.forward(photo)
    rows, columns = np.mgrid[: seen.shape[0], : seen.shape[1]] + 0.5
    middle = np.array([(seen * columns).sum(), (seen * rows).sum()]) / seen.sum()
    assert middle == pytest.approx(placement.forward_points(np.array([[90.3, 44.8]]))[0], abs=0.1)


def test_images_come_back():
    y, x = np.mgrid[:200, :300].astype(np.float32)
    ramp = (x + y) / 500
    placement = place(alpha_of(), frame_of({"canvas": "400x300", "scale": 0.8, "enlarge": 4}))
    back = placement.inverse(placement.forward(ramp))
    assert np.abs(back - ramp)[22:68, 32:128].max() < 1 / 255
    assert back[100:].max() == 0  # what the canvas does not show


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 255),
    st.sampled_from([np.uint8, np.uint16]),
    st.integers(9, 400),
    st.sampled_from(["center", "10% 80%"]),
)
def test_a_colour_on_itself_stays_itself_after_any_placement(value, kind, side, position):
    """White on white above all: no dark line, no light line, wherever the edge comes to lie."""
    alpha = scenes.hair(96)
    level = np.iinfo(kind).max // 255 * value
    words = {"canvas": f"{side}x{side + 3}", "margin": "3%", "position": position, "enlarge": 8}
    colours, weights = place(alpha, frame_of(words)).apply(np.full((96, 96, 3), level, kind), alpha)
    shown = over(colours, weights, (value, value, value, 255))
    assert shown.dtype == kind
    assert np.abs(shown.astype(int) - level).max() <= np.iinfo(kind).max // 255 * (value > 0)


@pytest.mark.parametrize("size", [(31, 17), (64, 64), (50, 97), (128, 128), (201, 350)])
def test_hidden_colours_never_bleed(size):
    """A white subject on hidden black, at every kind of ratio: on white, all stays white."""
    alpha = np.zeros((64, 64), np.float32)
    alpha[20:50, 10:40] = 1
    alpha[20:50, 40] = 0.5
    pixels = np.where(alpha[..., None] > 0, 255, 0).astype(np.uint8).repeat(3, axis=2)
    colours, weights = resample(pixels, alpha, size)
    assert over(colours, weights, WHITE).min() >= 254
    assert weights.min() >= 0 and weights.max() <= 1


def test_resizing_downwards_is_the_weighted_mean_of_the_square():
    rng = np.random.default_rng(3)
    pixels, alpha = rng.integers(0, 256, (8, 8, 3), np.uint8), rng.uniform(0.05, 1, (8, 8)).astype(np.float32)
    colours, weights = resample(pixels, alpha, (4, 4))
    square = (slice(2, 4), slice(4, 6))
    mean = (pixels[square] * alpha[square][..., None]).sum((0, 1)) / alpha[square].sum()
    assert weights[1, 2] == pytest.approx(alpha[square].mean(), abs=1e-5)
    assert np.abs(colours[1, 2] - mean).max() <= 0.6


@pytest.mark.parametrize("size", [(180, 180), (64, 64), (300, 300)])
def test_as_pillow_resizes_the_finished_picture(size):
    """Framing then compositing is compositing then resizing, by another program's filters."""
    scene = scenes.scenes(128)[4]
    whole = Image.fromarray(over(scene.foreground, scene.alpha, WHITE))
    small = size[0] < 128
    theirs = np.asarray(whole.resize(size[::-1], Image.Resampling.BOX if small else Image.Resampling.BICUBIC))
    ours = over(*resample(scene.foreground, scene.alpha, size), WHITE)
    difference = np.abs(theirs.astype(int) - ours)
    assert difference.mean() < 1.2 and np.percentile(difference, 99) <= 16


def test_specks_and_what_lies_beside_the_subject_stay_behind():
    alpha = alpha_of()
    alpha[190:192, 290:292] = 1
    placement = place(alpha, frame_of({"margin": "45%"}))
    _, weights = placement.apply(np.zeros((200, 300, 3), np.uint8), alpha)
    assert weights.sum() == pytest.approx(100 * 50)


def test_a_tiny_subject_in_a_wide_haze_needs_no_giant_picture():
    alpha = np.full((400, 400), 0.03, np.float32)
    alpha[200:203, 200:203] = 1
    placement = place(alpha, frame_of({"canvas": "300x300", "scale": 1.0, "enlarge": 64}))
    assert max(placement.content) <= 300 + 2 * 9 * 100
    assert placement.forward_boxes(np.array([[200, 200, 203, 203]]))[0] == pytest.approx(
        [54, 54, 246, 246], abs=1
    )


@pytest.mark.parametrize(
    "words, option",
    [
        ({"canvas": "100x100", "margin": "60"}, "margin"),
        ({"canvas": "100x100", "margin": "50% 0"}, "margin"),
        ({"canvas": "100x100", "margin": "40 0 60%"}, "margin"),
        ({"canvas": "100x100", "aspect": "2:1"}, "canvas"),
        ({"canvas": "100000x100000"}, "canvas"),
        ({"margin": "999999"}, "canvas"),
        ({"scale": 0.001}, "canvas"),
        ({"scale": 0}, "scale"),
        ({"scale": 1.2}, "scale"),
        ({"scale": float("nan")}, "scale"),
        ({"enlarge": -1, "crop": True}, "enlarge"),
    ],
)
def test_an_impossible_frame_names_its_option_and_the_way_out(words, option):
    with pytest.raises(OptionError, match=f"option '{option}'") as caught:
        place(alpha_of(), frame_of(words))
    assert caught.value.remedy


def test_an_unknown_word_is_offered_the_nearest():
    with pytest.raises(OptionError, match="'margin'"):
        frame_of({"margins": "5%"})


def test_nothing_to_crop_to_is_the_photos_fault():
    with pytest.raises(InputError, match=r"cup\.png"):
        place(np.zeros((9, 9), np.float32), Frame(crop=True), "cup.png")


def test_arrays_of_another_size_are_refused():
    with pytest.raises(ValueError, match="expected 200×300"):
        place(alpha_of(), Frame(crop=True)).apply(np.zeros((5, 5, 3), np.uint8), np.zeros((5, 5), np.float32))
