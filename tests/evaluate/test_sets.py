"""What is a set, and what is refused before a network runs or a wrong number is printed."""

import cv2
import numpy as np
import pytest
from PIL import Image

from alphacut.errors import BrokenImage, InputError, NotAnImage, OptionError
from alphacut.evaluate.sets import read_grey, read_set, read_truth


@pytest.fixture
def folder(tmp_path):
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    for name in ("b", "a", "c"):
        Image.fromarray(np.full((6, 8, 3), 90, np.uint8)).save(tmp_path / "images" / f"{name}.jpg")
        Image.fromarray(np.full((6, 8), 255, np.uint8)).save(tmp_path / "masks" / f"{name}.png")
    return tmp_path


def test_photos_and_truths_meet_by_name(folder):
    (folder / "images" / ".hidden").write_text("")
    Image.new("L", (8, 6)).save(folder / "masks" / "of-no-photo.png")
    items = read_set(folder)
    assert [(i.name, i.image.name, i.truth.name) for i in items] == [
        (n, f"{n}.jpg", f"{n}.png") for n in ("a", "b", "c")
    ]
    assert [i.name for i in read_set(folder, 2)] == ["a", "b"]
    (folder / "masks").rename(folder / "alpha")
    assert read_set(folder)[0].truth.parent.name == "alpha"


def test_what_is_no_set_is_refused(folder, tmp_path):
    with pytest.raises(OptionError, match="images/"):
        read_set(tmp_path / "nowhere")
    (folder / "masks" / "b.png").unlink()
    with pytest.raises(OptionError, match=r"1 of 3 photos .* b\.jpg"):
        read_set(folder)
    (folder / "images" / "a.png").write_bytes(b"")
    with pytest.raises(OptionError, match=r"a\.png and a\.jpg|a\.jpg and a\.png"):
        read_set(folder)


def test_every_depth_of_a_truth_is_read_in_its_full_range(tmp_path):
    grey = np.array([[0, 51, 255]], np.uint8)
    Image.fromarray(grey).save(tmp_path / "eight.png")
    cv2.imwrite(str(tmp_path / "sixteen.png"), grey.astype(np.uint16) * 257)
    Image.fromarray(grey == 255).save(tmp_path / "one.png")
    palette = Image.fromarray(grey).convert("RGB").quantize(3)
    palette.save(tmp_path / "palette.png")
    assert palette.mode == "P"
    for name, expected in (("eight", [0, 0.2, 1]), ("sixteen", [0, 0.2, 1]), ("one", [0, 0, 1])):
        assert read_grey(tmp_path / f"{name}.png").tolist() == [pytest.approx(expected)]
    assert read_grey(tmp_path / "palette.png").tolist() == [pytest.approx([0, 0.2, 1], abs=0.01)]


def test_a_truth_is_turned_upright_by_its_own_tag(tmp_path):
    grey, exif = np.array([[0, 51, 255]], np.uint8), Image.Exif()
    exif[274] = 6
    Image.fromarray(grey).save(tmp_path / "lying.png", exif=exif)
    assert read_grey(tmp_path / "lying.png").tolist() == [pytest.approx([v]) for v in (0, 0.2, 1)]


def test_a_truth_that_would_lie_is_refused(tmp_path):
    Image.fromarray(np.array([[0, 1, 1]], np.uint8)).save(tmp_path / "labels.png")
    with pytest.raises(InputError, match="255"):
        read_grey(tmp_path / "labels.png")
    Image.new("RGBA", (3, 3)).save(tmp_path / "rgba.png")
    with pytest.raises(InputError, match="alpha channel"):
        read_grey(tmp_path / "rgba.png")
    Image.fromarray(np.full((3, 3), 70000, np.int32)).save(tmp_path / "deep.tif")
    with pytest.raises(InputError, match="16 bits"):
        read_grey(tmp_path / "deep.tif")
    (tmp_path / "words.png").write_text("words")
    with pytest.raises(NotAnImage):
        read_grey(tmp_path / "words.png")
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (90, 90), np.uint8)).save(tmp_path / "half.png")
    (tmp_path / "half.png").write_bytes((tmp_path / "half.png").read_bytes()[:3000])
    with pytest.raises(BrokenImage):
        read_grey(tmp_path / "half.png")


def test_the_unknown_band_is_what_is_neither_black_nor_white(folder):
    (folder / "trimaps").mkdir()
    trimap = np.zeros((6, 8), np.uint8)
    trimap[:, 2:5], trimap[:, 5:] = 128, 255
    Image.fromarray(trimap).save(folder / "trimaps" / "a.png")
    Image.fromarray(trimap[:4]).save(folder / "trimaps" / "b.png")
    first, second, third = read_set(folder)
    assert (read_truth(first).unknown == (trimap == 128)).all()
    with pytest.raises(InputError, match=r"b\.png.*8×4.*8×6"):
        read_truth(second)
    assert read_truth(third).unknown is None
