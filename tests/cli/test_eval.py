"""`alphacut eval`, run as a user runs it: the numbers, the page, the exit code."""

import json
import os
import subprocess
import sys

import pytest
from PIL import Image

STAND_IN = """
def new_session(model):
    return model

def remove(image, session, alpha_matting):
    rgba = image.convert("RGBA")
    rgba.putalpha(255)
    return rgba
"""


@pytest.fixture
def run(home):
    def run(*arguments, **environment):
        command = [sys.executable, "-m", "alphacut", "eval", *map(str, arguments), "--model", "tiny"]
        return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment)

    return run


@pytest.fixture
def folder(tmp_path):
    """Flat photos, whose matte by the one-layer network is their own brightness, and all-white truths."""
    for name in ("images", "masks"):
        (tmp_path / "set" / name).mkdir(parents=True)
    for name, level in (("dark", 51), ("light", 204)):
        Image.new("RGB", (80, 60), (level,) * 3).save(tmp_path / "set" / "images" / f"{name}.png")
        Image.new("L", (80, 60), 255).save(tmp_path / "set" / "masks" / f"{name}.png")
    return tmp_path / "set"


def test_numbers_beside_a_peer(run, folder, tmp_path):
    (tmp_path / "peer" / "rembg").mkdir(parents=True)
    (tmp_path / "peer" / "rembg" / "__init__.py").write_text(STAND_IN)
    page = tmp_path / "page.html"
    done = run(
        *(folder, "--peer", sys.executable, "--peer-setting", "x", "--peer-setting", "x+matting"),
        *("--json", "--report", page),
        PYTHONPATH=str(tmp_path / "peer"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert list(told["settings"]) == ["alphacut tiny", "rembg x", "rembg x+matting"]
    ours, peer = told["settings"]["alphacut tiny"], told["settings"]["rembg x"]
    assert (ours["mae"], ours["iou"]) == (pytest.approx(0.5, abs=1e-3), 0.5)
    assert (peer["mae"], peer["iou"]) == (0, 1)
    assert ours["sad"] == pytest.approx(2.4, abs=0.01) and "smear" not in ours
    text = page.read_text()
    assert text.index("<h2>dark</h2>") < text.index("<h2>light</h2>")


def test_a_table_of_the_first_photos(run, folder):
    done = run(folder, "--limit", 1)
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and lines[0].split() == ["1", "photos", "alphacut", "tiny"]
    assert lines[1].split()[:2] == ["MAE", "0.8000"]


def test_a_bad_photo_is_named_and_the_others_are_measured(run, folder):
    (folder / "images" / "dark.png").write_bytes(b"not a photo")
    done = run(folder, "--json")
    assert done.returncode == 1 and "dark.png" in done.stderr
    assert json.loads(done.stdout)["settings"]["alphacut tiny"]["mae"] == pytest.approx(0.2, abs=1e-3)


def test_wrong_use(run, folder, tmp_path):
    assert run(tmp_path).returncode == 2
    assert run(folder, "--limit", 0).returncode == 2
    done = run(folder, "--peer", tmp_path / "nothing")
    assert done.returncode == 2 and "is no program here" in done.stderr
    blocked = tmp_path / "blocked" / "py_sod_metrics"
    blocked.mkdir(parents=True)
    (blocked / "__init__.py").write_text("raise ImportError('not in this environment')")
    done = run(folder, "--saliency", PYTHONPATH=str(blocked.parent))
    assert done.returncode == 2 and "alphacut[eval]" in done.stderr and done.stdout == ""
