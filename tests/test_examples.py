"""The examples run as they stand, with the real networks, and what README promises comes out."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(name, *arguments):
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    run("photos.py", folder)
    return folder


def look(path):
    with Image.open(path) as image:
        return image.format, image.mode, image.size


def test_simple(photos, tmp_path):
    run("simple.py", photos / "astronaut.jpg", tmp_path / "cutout.png")
    assert look(tmp_path / "cutout.png") == ("PNG", "RGBA", (512, 512))


def test_advanced(photos, tmp_path):
    (photos / "broken.jpg").write_bytes(b"no photo")
    said = run("advanced.py", photos, tmp_path / "out")
    (photos / "broken.jpg").unlink()
    assert "broken.jpg: " in said and "astronaut.jpg: isnet" in said
    assert look(tmp_path / "out" / "astronaut.jpg") == ("JPEG", "RGB", (512, 512))


def test_expert(photos, tmp_path):
    run("expert.py", photos / "astronaut.jpg", tmp_path / "x.webp")
    assert look(tmp_path / "x.webp") == ("WEBP", "RGB", (512, 512))


def test_the_sheet(photos, tmp_path):
    for photo in photos.iterdir():
        with Image.open(photo) as image:
            image.convert("RGBA").save(tmp_path / f"{photo.stem}.png")
    run("sheet.py", photos, tmp_path, tmp_path / "sheet.png")
    assert look(tmp_path / "sheet.png")[2] == (4 * 320, 4 * 320)
