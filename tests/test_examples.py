"""The examples run as they stand, with the real networks, and what README promises comes out."""

import shutil
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


def test_listing(photos, tmp_path):
    said = run("listing.py", photos / "coffee.jpg", tmp_path / "listing.jpg")
    assert "pass  border: 255" in said and "pass  subject:" in said and "fail" not in said
    assert look(tmp_path / "listing.jpg")[:2] == ("JPEG", "RGB")


def test_shop(photos, tmp_path):
    folder, recipe = tmp_path / "photos", tmp_path / "look.toml"
    folder.mkdir()
    shutil.copy(photos / "coffee.jpg", folder)
    (folder / "broken.jpg").write_bytes(b"no photo")
    recipe.write_text('model = "isnet"\npreset = "etsy"\nshadow = "drop"\n')
    said = run("shop.py", folder, tmp_path / "out", recipe)
    assert "1 done, 1 failed, 0 done before" in said and "broken.jpg: " in said
    assert look(tmp_path / "out" / "coffee.jpg") == ("JPEG", "RGB", (2000, 2000))
    assert "broken.jpg" in (tmp_path / "out" / "report.html").read_text()
    again = run("shop.py", folder, tmp_path / "out", recipe)
    assert "0 done, 1 failed, 1 done before" in again


def test_the_sheet(photos, tmp_path):
    for photo in photos.iterdir():
        with Image.open(photo) as image:
            image.convert("RGBA").save(tmp_path / f"{photo.stem}.png")
    run("sheet.py", photos, tmp_path, tmp_path / "sheet.png")
    assert look(tmp_path / "sheet.png")[2] == (4 * 320, 4 * 320)


def test_training_from_scratch(tmp_path):
    """A few steps only: the whole takes minutes, and its example says what comes of it."""
    pytest.importorskip("torch", reason="torch is not installed (extra train)")
    said = run("train_from_scratch.py", tmp_path, "--steps", "2")
    assert "step 0: IoU " in said and "step 2: IoU " in said and "IoU on scenes that it never saw: " in said
    assert (tmp_path / "run" / "best.safetensors").is_file()
