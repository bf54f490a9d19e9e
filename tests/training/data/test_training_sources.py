"""Pairs come whole out of folders and tars, or are named; what is held back is the same everywhere."""

import shutil

import cv2
import numpy as np
import pytest

from alphacut.errors import InputError, OptionError
from alphacut.training.data.sources import find_photos, open_source, part
from pairs import drawn, png, turned, write_set, write_tar


def names(source):
    return [pair.name for pair in source.pairs]


@pytest.mark.parametrize("truth", ["masks", "alpha"])
def test_a_folder_gives_its_pairs_as_they_are(tmp_path, truth):
    source = open_source(write_set(tmp_path, 3, truth))
    assert names(source) == ["p0", "p1", "p2"]
    photo, alpha = drawn(1)
    example = source.read(1)
    assert np.array_equal(example.image, photo)
    assert np.array_equal(example.alpha, alpha.astype(np.float32) / np.float32(255))
    assert example.alpha.dtype == np.float32


def test_a_tar_gives_what_the_folder_gives(tmp_path):
    folder = open_source(write_set(tmp_path / "folder", 4))
    files = {}
    for number in range(4):
        photo, alpha = drawn(number)
        # JPEG would not be the same pixels, so the photo is a PNG here.
        files |= {f"p{number}.png": png(photo), f"p{number}.mask.png": png(alpha), f"p{number}.json": b"{}"}
    tar = open_source(write_tar(tmp_path / "shard-000.tar", files))
    assert names(tar) == [f"shard-000.tar:p{number}" for number in range(4)]
    for number in range(4):
        assert np.array_equal(tar.read(number).image, folder.read(number).image)
        assert np.array_equal(tar.read(number).alpha, folder.read(number).alpha)


PHOTO, ALPHA = (png(array) for array in drawn(0))
OTHER = png(drawn(0)[0] // 2)


@pytest.mark.parametrize(
    "files",
    [
        {"a/b.c/001.jpg": PHOTO, "a/b.c/001.png": ALPHA},
        {"001.webp": PHOTO, "001.alpha.png": ALPHA},
        {"001.JPEG": PHOTO, "001.Matte.PNG": ALPHA, "001.cls": b"7"},
        {"001.image.png": PHOTO, "001.png": ALPHA},
        {"001.png": PHOTO, "001.mask.png": ALPHA},
        {"001.png": OTHER, "001.jpg": PHOTO, "001.mask.png": ALPHA},
        {"001.mask.png": OTHER, "001.jpg": PHOTO, "001.alpha.png": ALPHA},
        {"001.jpg": OTHER, "001.mask.png": ALPHA, "./001.x": b"", "002.json": b"", "001.JPG": PHOTO},
        {"._001.jpg": b"", "001.jpg": PHOTO, "001.mask.png": ALPHA, "readme": b"", ".hidden": b""},
    ],
    ids=["folders", "webp", "case", "image.png", "png-png", "spare", "alpha-first", "twice", "not-samples"],
)
def test_the_files_of_a_sample_are_known_by_their_names(tmp_path, files):
    source = open_source(write_tar(tmp_path / "s.tar", files))
    assert len(source) == 1
    assert not source.unusable
    photo, alpha = drawn(0)
    assert np.array_equal(source.read(0).image, photo)
    assert np.array_equal(source.read(0).alpha, alpha.astype(np.float32) / np.float32(255))


def test_half_a_pair_is_named(tmp_path):
    files = {"1.jpg": PHOTO, "2.mask.png": ALPHA, "3.png": PHOTO, "4.jpg": PHOTO, "4.png": ALPHA}
    source = open_source(write_tar(tmp_path / "s.tar", files))
    assert names(source) == ["s.tar:4"]
    assert list(source.unusable) == ["s.tar:1 has no truth", "s.tar:2 has no photo", "s.tar:3 has no truth"]
    write_set(tmp_path / "folder", 2)
    (tmp_path / "folder" / "masks" / "p0.png").unlink()
    assert list(open_source(tmp_path / "folder").unusable) == ["p0.png has no truth in masks/"]


def test_a_folder_of_tars_is_all_of_them_in_order(tmp_path):
    for shard in (1, 0):
        write_tar(tmp_path / f"s{shard}.tar", {"k.jpg": PHOTO, "k.png": ALPHA})
    (tmp_path / "s2.txt").write_text("notes")
    assert names(open_source(tmp_path)) == ["s0.tar:k", "s1.tar:k"]
    # A set with tars beside its photos is a set: somebody packed it and left the tars there.
    assert names(open_source(write_set(tmp_path, 1))) == ["p0"]


def test_what_is_no_data_says_what_would_be(tmp_path):
    with pytest.raises(OptionError, match="images/"):
        open_source(tmp_path)
    with pytest.raises(OptionError, match=r"1\.jpg|s\.tar:1 has no truth"):
        open_source(write_tar(tmp_path / "s.tar", {"1.jpg": PHOTO}))
    compressed = write_tar(tmp_path / "s.tar.gz", {"1.jpg": PHOTO, "1.png": ALPHA}, "w:gz")
    with pytest.raises(OptionError, match="gunzip"):
        open_source(compressed)
    whole = write_tar(tmp_path / "t.tar", {"1.jpg": PHOTO, "1.png": ALPHA})
    whole.write_bytes(whole.read_bytes()[:900])
    with pytest.raises(OptionError, match=r"t\.tar.*plain tar"):
        open_source(whole)


def test_deep_and_grey_photos_become_what_networks_take(tmp_path):
    photo, alpha = drawn(3)
    deep, grey = photo.astype(np.uint16) * 257, photo[..., 0]
    files = {"a.png": png(deep), "a.mask.png": png(alpha.astype(np.uint16) * 257)}
    files |= {"b.png": png(grey), "b.mask.png": png(alpha)}
    source = open_source(write_tar(tmp_path / "s.tar", files))
    assert np.array_equal(source.read(0).image, photo)
    assert np.array_equal(source.read(1).image, cv2.merge([grey] * 3))
    for number in (0, 1):
        assert np.allclose(source.read(number).alpha, alpha / 255, atol=1e-6)


def test_photo_and_truth_are_upright_each_by_its_own_tag(tmp_path):
    photo, alpha = drawn(4)
    # Orientation 6: a viewer turns the stored picture clockwise, so it is stored turned the other way.
    lying, lying_truth = np.rot90(photo), np.rot90(alpha)
    stored = png(lying, exif=turned(6))
    files = {"a.png": stored, "a.mask.png": png(alpha)}
    files |= {"b.png": stored, "b.mask.png": png(lying_truth, exif=turned(6))}
    files |= {"c.png": stored, "c.mask.png": png(lying_truth)}
    source = open_source(write_tar(tmp_path / "s.tar", files))
    for number in (0, 1):
        assert source.pairs[number].problem() is None
        assert np.array_equal(source.read(number).image, photo)
        assert np.allclose(source.read(number).alpha, alpha / 255, atol=1e-6)
    with pytest.raises(InputError, match="28×20 upright, its truth is 20×28"):
        source.read(2)
    assert "28×20 upright" in source.pairs[2].problem()


def test_what_cannot_be_read_is_an_error_of_its_pair_alone(tmp_path):
    source = open_source(write_set(tmp_path, 4))
    (tmp_path / "images" / "p0.png").unlink()
    (tmp_path / "masks" / "p1.png").write_bytes(ALPHA[: len(ALPHA) // 2])
    (tmp_path / "images" / "p2.png").write_bytes(b"no picture")
    for number in (0, 1, 2):
        with pytest.raises(InputError, match=f"p{number}"):
            source.read(number)
    assert "p0.png" in source.pairs[0].problem()
    assert "p2.png" in source.pairs[2].problem()
    assert source.pairs[3].problem() is None


def test_what_is_held_back_is_disjoint_complete_and_the_same_elsewhere(tmp_path):
    source = open_source(write_set(tmp_path / "here", 40))
    kept, back = (names(part(source, 0.25, held)) for held in (False, True))
    assert not set(kept) & set(back)
    assert sorted(kept + back) == sorted(names(source))
    assert 3 <= len(back) <= 20
    moved = tmp_path / "far" / "away"
    shutil.copytree(tmp_path / "here", moved)
    write_set(moved, 10, first=40)
    larger = names(part(open_source(moved), 0.25, held=True))
    assert set(back) <= set(larger) <= set(back) | {f"p{number}" for number in range(40, 50)}
    assert np.array_equal(part(source, 0.25, held=True).read(0).image, drawn(int(back[0][1:]))[0])


def test_a_few_photos_leave_neither_part_empty(tmp_path):
    source = open_source(write_set(tmp_path, 2))
    for hold in (0.001, 0.5, 0.999):
        assert [len(part(source, hold, held)) for held in (False, True)] == [1, 1]
    assert [len(part(source, 0.0, held)) for held in (False, True)] == [2, 0]


def test_backgrounds_are_all_files_below_their_folders(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    for name in ("a/2.png", "a/b/1.jpg", "a/.DS_Store"):
        (tmp_path / name).write_bytes(PHOTO)
    assert [path.name for path in find_photos((str(tmp_path / "a"),))] == ["2.png", "1.jpg"]
    for name in ("empty", "nowhere"):
        with pytest.raises(OptionError, match=name):
            find_photos((str(tmp_path / "a"), str(tmp_path / name)))
