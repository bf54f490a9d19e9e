"""`alphacut eval` of clips, run as a user runs it: each frame by itself, beside a peer, and what is broken."""

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
    """Flat frames, whose matte by the one-layer network is their own brightness, and all-white truths."""
    for name in ("frames", "masks"):
        (tmp_path / "set" / "blink" / name).mkdir(parents=True)
    for place, level in enumerate((204, 153, 204)):
        Image.new("RGB", (40, 32), (level,) * 3).save(tmp_path / "set" / "blink" / "frames" / f"{place}.jpg")
        Image.new("L", (40, 32), 255).save(tmp_path / "set" / "blink" / "masks" / f"{place}.png")
    return tmp_path / "set"


def test_clips_beside_a_peer(run, folder, tmp_path):
    (tmp_path / "peer" / "rembg").mkdir(parents=True)
    (tmp_path / "peer" / "rembg" / "__init__.py").write_text(STAND_IN)
    page = tmp_path / "page.html"
    done = run(
        *(folder, "--peer", sys.executable, "--peer-setting", "x", "--json", "--report", page),
        PYTHONPATH=os.pathsep.join(filter(None, [str(tmp_path / "peer"), os.environ.get("PYTHONPATH")])),
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    ours, peer = told["settings"]["alphacut tiny, each frame"], told["settings"]["rembg x, each frame"]
    assert (ours["mae"], ours["davis_j"]) == (pytest.approx((0.2 + 0.4 + 0.2) / 3, abs=1e-3), 1)
    assert ours["dtssd"] == pytest.approx(20, abs=0.1) and peer["dtssd"] == 0 and peer["mae"] == 0
    assert "<h2>blink: 3 frames</h2>" in page.read_text()


def test_a_table_of_the_first_frames_of_one_clip(run, folder):
    done = run(folder / "blink", "--limit", 2)
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and lines[0] == "blink"
    assert lines[1].split() == ["2", "frames", "alphacut", "tiny,", "each", "frame"]


def test_what_is_broken_is_said_once_and_the_rest_is_measured(run, folder):
    (folder / "blink" / "frames" / "1.jpg").write_bytes(b"no picture")
    (folder / "blink" / "masks" / "2.png").unlink()
    done = run(folder, "--json")
    assert done.returncode == 1
    assert [line.split(":")[:2] for line in done.stderr.splitlines()] == [
        ["error", " alphacut tiny, each frame"]
    ] * 2
    assert "1.jpg" in done.stderr and "blink/2: has no truth in masks/" in done.stderr
    assert json.loads(done.stdout)["clips"]["blink"]["alphacut tiny, each frame"]["mae"] == pytest.approx(
        0.2, abs=1e-3
    )


def test_wrong_use_of_clips(run, folder):
    done = run(folder, "--saliency")
    assert done.returncode == 2 and "--saliency: is of photos" in done.stderr and done.stdout == ""
    (folder / "blink" / "masks").rename(folder / "blink" / "labels")
    done = run(folder)
    assert done.returncode == 2 and "masks/ or alpha/" in done.stderr
