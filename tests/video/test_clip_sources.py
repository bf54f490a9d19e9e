"""Pictures in a folder or by number, animations, raw frames from a pipe, a camera that is not there."""

import io
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from alphacut.errors import InputError, NotFoundInput, OptionError
from alphacut.video.read.reader import Reading, open_clip


def picture(number, size=(12, 8)):
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[..., 0], pixels[..., 1] = 20 * number, np.arange(size[0]) * 20
    return pixels


def fill(folder, names, size=(12, 8)):
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names):
        Image.fromarray(picture(number, size)).save(folder / name)
    return folder


def test_a_folder_is_read_in_the_order_of_its_numbers(tmp_path):
    names = [f"shot{k}.png" for k in range(12)]
    footage = open_clip(fill(tmp_path / "shots", names), Reading(rate=Fraction(24)))
    (tmp_path / "shots" / "notes.txt").write_text("not a picture")
    clip = footage.clip
    assert (clip.width, clip.height, clip.rate, clip.count, clip.bits, clip.sound) == (
        12,
        8,
        24,
        12,
        8,
        False,
    )
    frames = list(footage.frames())
    assert [frame.time for frame in frames] == [Fraction(k, 24) for k in range(12)]
    for frame in frames:
        np.testing.assert_array_equal(frame.pixels, picture(frame.index))
    assert [frame.index for frame in footage.frames(9)] == [9, 10, 11]


def test_a_pattern_takes_only_what_has_its_form(tmp_path):
    fill(tmp_path / "s", ["f0001.png", "f0002.png", "f0004.png", "g0003.png", "f5.png"])
    footage = open_clip(tmp_path / "s" / "f%04d.png")
    assert footage.clip.count == 3
    assert any("missing" in note for note in footage.clip.notes)
    assert open_clip(tmp_path / "s" / "f%d.png").clip.count == 4
    with pytest.raises(OptionError, match="one %d"):
        open_clip(tmp_path / "s" / "f%04d-%04d.png")


def test_a_broken_picture_and_one_of_another_size_are_bridged(tmp_path):
    folder = fill(tmp_path / "s", [f"{k}.png" for k in range(5)])
    (folder / "1.png").write_bytes(b"no picture")
    Image.fromarray(picture(3, (5, 5))).save(folder / "3.png")
    frames = list(open_clip(folder).frames())
    assert [bool(frame.problem) for frame in frames] == [False, True, False, True, False]
    assert "1.png" in frames[1].problem
    assert "5×5" in frames[3].problem
    np.testing.assert_array_equal(frames[1].pixels, picture(0))
    np.testing.assert_array_equal(frames[3].pixels, picture(2))
    for start in (1, 2, 3):
        for one, other in zip(open_clip(folder).frames(start), frames[start:], strict=True):
            assert (one.index, one.problem) == (other.index, other.problem)
            np.testing.assert_array_equal(one.pixels, other.pixels)


def test_pictures_keep_their_alpha_and_their_depth(tmp_path):
    rgba = np.dstack([picture(3), np.full((8, 12), 51, np.uint8)])
    (tmp_path / "s").mkdir()
    Image.fromarray(rgba).save(tmp_path / "s" / "1.png")
    frame = next(open_clip(tmp_path / "s").frames())
    np.testing.assert_allclose(frame.alpha, 0.2, atol=1e-6)


def test_a_folder_without_pictures_is_told_from_a_missing_one(tmp_path):
    with pytest.raises(NotFoundInput, match="no pictures"):
        open_clip(tmp_path)
    with pytest.raises(NotFoundInput, match="no such file"):
        open_clip(tmp_path / "gone")


@pytest.mark.parametrize("lossless", [True, False])
def test_an_animated_webp_of_another_program_is_read(tmp_path, lossless):
    shown = [40, 70, 10, 200]
    frames = [
        Image.fromarray(np.dstack([picture(k), np.full((8, 12), 60 * k, np.uint8)])) for k in range(1, 5)
    ]
    path = tmp_path / "a.webp"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=shown, lossless=lossless)
    footage = open_clip(path)
    found = list(footage.frames())
    assert footage.clip.count == 4
    assert [frame.time for frame in found] == [Fraction(t, 1000) for t in (0, 40, 110, 120)]
    for frame in found:
        np.testing.assert_allclose(frame.alpha * 255, 60 * (frame.index + 1), atol=0.01)
    assert [frame.index for frame in footage.frames(2)] == [2, 3]


def test_raw_frames_come_from_a_pipe():
    frames = np.random.default_rng(0).integers(0, 256, (3, 8, 12, 4), np.uint8)
    footage = open_clip("-", Reading(raw="12x8@30000/1001:rgba", stream=io.BytesIO(frames.tobytes())))
    found = list(footage.frames())
    assert [frame.time for frame in found] == [k * Fraction(1001, 30000) for k in range(3)]
    for frame, truth in zip(found, frames, strict=True):
        np.testing.assert_array_equal(frame.pixels, truth[..., :3])
        np.testing.assert_array_equal(np.rint(frame.alpha * 255), truth[..., 3])
    for layout, channels in (("rgb24", [0, 1, 2]), ("bgr24", [2, 1, 0]), ("gray", [0, 0, 0])):
        size = 1 if layout == "gray" else 3
        data = np.ascontiguousarray(frames[..., :size]).tobytes()
        frame = next(open_clip("-", Reading(raw=f"12x8:{layout}", stream=io.BytesIO(data))).frames())
        np.testing.assert_array_equal(frame.pixels, frames[0][..., channels])


def test_a_pipe_that_ends_within_a_frame_says_so():
    footage = open_clip("-", Reading(raw="12x8", stream=io.BytesIO(bytes(12 * 8 * 3 + 5))))
    assert len(list(footage.frames())) == 1
    assert any("frame 1" in problem for problem in footage.problems)


@pytest.mark.parametrize("text", ["", "12", "12x", "0x8", "12x8@0", "12x8@x", "12x8:yuv", "12x8@25:rgb24 "])
def test_what_raw_frames_cannot_be_is_refused(text):
    with pytest.raises(OptionError, match="raw"):
        open_clip("-", Reading(raw=text))


def test_a_pipe_must_say_what_it_carries_and_a_file_must_not(tmp_path):
    with pytest.raises(OptionError, match="--raw"):
        open_clip("-")
    with pytest.raises(OptionError, match="standard input"):
        open_clip(tmp_path / "a.mp4", Reading(raw="12x8"))


def test_a_camera_that_is_not_there_is_named():
    with pytest.raises(InputError, match="camera:97"):
        open_clip("camera:97")
