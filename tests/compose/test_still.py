"""A picture file behind the subject: where its pixels land, and what is said of a bad one."""

import cv2
import numpy as np
import pytest
from PIL import Image

import pictures
from alphacut.compose.backdrop import Scene, paint, parse_backdrop, prepare
from alphacut.errors import OptionError


def painted(text, size, dtype=np.uint8, icc=None):
    pixels = np.zeros((*size, 3), dtype)
    return paint(parse_backdrop(text), size, Scene(pixels, np.zeros(size, np.float32), icc=icc))


def saved(path, pixels, **settings):
    Image.fromarray(pixels).save(path, **settings)
    return str(path)


@pytest.fixture
def four(tmp_path):
    """A picture 4 wide and 2 high whose pixels are all different, as a path, and its pixels."""
    pixels = (np.arange(24, dtype=np.uint8) * 10).reshape(2, 4, 3)
    return saved(tmp_path / "four.png", pixels), pixels


def test_cover_fills_the_canvas_and_cuts_at_the_position(four):
    path, pixels = four
    assert np.array_equal(painted(f"picture({path}, left)", (2, 2)), pixels[:, :2])
    assert np.array_equal(painted(path, (2, 2)), pixels[:, 1:3])
    assert np.array_equal(painted(f"picture({path}, right)", (2, 2)), pixels[:, 2:])
    doubled = painted(f"picture({path}, 100% 0%)", (4, 4))
    assert np.array_equal(doubled, cv2.resize(pixels[:, 2:], (4, 4), interpolation=cv2.INTER_LINEAR))


def test_contain_shows_all_of_it_on_the_fill(four):
    path, pixels = four
    top = painted(f"picture({path}, contain, top, #00f)", (6, 4))
    assert np.array_equal(top[:2], pixels)
    assert (top[2:] == (0, 0, 255)).all()
    middle = painted(f"picture({path}, contain)", (6, 4))
    assert np.array_equal(middle[2:4], pixels)
    assert (middle[[0, 1, 4, 5]] == 255).all()
    half = painted(f"picture({path}, contain, transparent)", (1, 6), np.uint16)
    means = pixels.reshape(2, 2, 2, 3).mean((0, 2))
    assert half.shape == (1, 6, 4)
    assert np.abs(half[0, 2:4, :3] / 257 - means).max() <= 0.5
    assert half[0, :, 3].tolist() == [0, 0, 65535, 65535, 0, 0]


def test_tile_repeats_it_at_its_own_size(four):
    path, pixels = four
    assert np.array_equal(
        painted(f"picture({path}, tile, top left)", (5, 9)), np.tile(pixels, (3, 3, 1))[:5, :9]
    )
    right = painted(f"picture({path}, tile, bottom right)", (5, 9))
    assert np.array_equal(right[-2:, -4:], pixels)
    assert np.array_equal(right, np.tile(pixels, (3, 3, 1))[-5:, -9:])


def test_stretch_ignores_the_aspect(four):
    path, pixels = four
    narrow = painted(f"picture({path}, stretch)", (2, 2))
    assert np.array_equal(narrow, np.rint(pixels.reshape(2, 2, 2, 3).mean(2)))
    tall = painted(f"picture({path}, stretch)", (8, 2))
    assert np.array_equal(tall[0], narrow[0])
    assert np.array_equal(tall[-1], narrow[-1])


def test_a_picture_is_turned_by_its_exif(tmp_path):
    upright = pictures.corners()
    path = saved(tmp_path / "turned.png", np.ascontiguousarray(np.rot90(upright)), exif=pictures.turned(6))
    assert np.array_equal(painted(path, upright.shape[:2]), upright)


def test_depth_is_the_photos(tmp_path):
    deep = pictures.noise((8, 8, 3), np.uint16)
    path = tmp_path / "deep.png"
    cv2.imwrite(str(path), deep[..., ::-1])
    assert np.array_equal(painted(str(path), (8, 8), np.uint16), deep)
    assert np.array_equal(painted(str(path), (8, 8)), np.rint(deep / 257.0))


def test_a_transparent_picture_lies_on_the_fill(tmp_path):
    clear = np.zeros((4, 4, 4), np.uint8)
    clear[:2] = (200, 0, 0, 255)
    path = saved(tmp_path / "clear.png", clear)
    assert painted(f"picture({path}, #00f)", (4, 4))[:, 0].tolist() == [[200, 0, 0]] * 2 + [[0, 0, 255]] * 2
    # Averaged over the edge the colour stays red: the black of the transparent half is nobody's.
    small = painted(f"picture({path}, stretch, transparent)", (1, 1))
    assert small.tolist() == [[[200, 0, 0, 128]]]


def test_a_broken_picture_is_said_before_any_photo(tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 not really")
    for path, said in ((tmp_path / "gone.jpg", "no such file"), (broken, "broken.jpg"), (tmp_path, "folder")):
        with pytest.raises(OptionError, match=said) as raised:
            prepare(parse_backdrop(str(path)))
        assert raised.value.subject == "option 'background'"
        assert raised.value.remedy
    with pytest.raises(OptionError, match="limit of"):
        prepare(parse_backdrop(saved(tmp_path / "big.png", np.zeros((9, 9, 3), np.uint8))), max_pixels=80)


def test_a_prepared_picture_is_read_once(four, tmp_path):
    path, pixels = four
    ready = prepare(parse_backdrop(path))
    (tmp_path / "four.png").unlink()
    scene = Scene(np.zeros((2, 4, 3), np.uint8), np.zeros((2, 4), np.float32))
    assert np.array_equal(paint(ready, (2, 4), scene), pixels)
    assert ready.is_opaque


def test_its_own_profile_is_converted_to_the_photos(tmp_path):
    pixels = pictures.noise((6, 6, 3))
    path = saved(tmp_path / "swapped.png", pixels, icc_profile=pictures.SWAPPED)
    assert np.abs(painted(path, (6, 6)).astype(int) - pixels[..., ::-1]).max() <= 1
    assert np.array_equal(painted(path, (6, 6), icc=pictures.SWAPPED), pixels)
    deep = painted(path, (6, 6), np.uint16)
    assert np.abs(deep / 257 - pixels[..., ::-1]).max() <= 1
