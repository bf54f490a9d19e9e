"""Settings side by side on a drawn set: rows, summaries, the table, JSON and the page; and the peer's process."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import scenes
from alphacut.errors import InferenceFailed, InputError, OptionError
from alphacut.evaluate import report
from alphacut.evaluate.measure import Answer, Row, evaluate, summarise
from alphacut.evaluate.peer import Peer, interpreter
from alphacut.evaluate.sets import read_set

STAND_IN = '''
import os
import numpy as np
from PIL import Image

print("words on standard output")

def new_session(model):
    return model

def remove(image, session, alpha_matting):
    """Give a matte that tells the settings apart: 0.2 for one model, 0.6 for the other, 0.2 more with matting."""
    if image.size == (7, 7):
        os._exit(9)
    if image.size == (9, 9):
        raise ValueError("no such thing")
    rgba = image.convert("RGBA")
    rgba.putalpha({"u2net": 51, "isnet": 153}[session] + 51 * alpha_matting)
    return rgba
'''


@pytest.fixture
def folder(tmp_path):
    """A set of three drawn scenes with trimaps and true colours."""
    for name in ("images", "alpha", "trimaps", "foreground"):
        (tmp_path / "drawn" / name).mkdir(parents=True)
    for k, scene in enumerate(s for s in scenes.scenes(48) if s.name.startswith(("leaf on", "hair on"))):
        if k < 3:
            truth = np.rint(scene.alpha * 255).astype(np.uint8)
            soft = np.where((truth > 0) & (truth < 255), 128, truth).astype(np.uint8)
            parts = {"images": scene.photo, "alpha": truth, "trimaps": soft, "foreground": scene.foreground}
            for part, pixels in parts.items():
                Image.fromarray(pixels).save(tmp_path / "drawn" / part / f"{k}.png")
    return tmp_path / "drawn"


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """A package of the peer's name, which only the peer's process finds."""
    (tmp_path / "peer" / "rembg").mkdir(parents=True)
    (tmp_path / "peer" / "rembg" / "__init__.py").write_text(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "peer"))
    return sys.executable


def truth_of(path):
    return np.asarray(Image.open(path.parents[1] / "alpha" / path.name)).astype(np.float32) / 255


def exact(path):
    foreground = np.asarray(Image.open(path.parents[1] / "foreground" / path.name))
    return Answer(truth_of(path), 0.5, foreground)


def soft_edges_kept_old_colours(path):
    return Answer(truth_of(path), 0.25, np.asarray(Image.open(path)))


def test_the_truth_has_no_error_and_old_colours_have_one(folder):
    summary = summarise(evaluate(folder, {"exact": exact, "old": soft_edges_kept_old_colours}))
    perfect = {
        k: v for k, v in summary["exact"].items() if k not in ("iou", "boundary_f", "seconds", "photos")
    }
    assert set(perfect.values()) == {0.0} and {"conn_unknown", "grad_unknown", "edge_colour"} < set(perfect)
    assert (summary["exact"]["iou"], summary["exact"]["boundary_f"], summary["exact"]["photos"]) == (1, 1, 3)
    assert summary["old"]["edge_colour"] > 5 and summary["old"]["sad"] == 0


def test_settings_are_compared_on_the_photos_that_all_of_them_did(folder):
    def fails_on_one(path):
        if path.stem == "1":
            raise InputError(path.name, "is beyond me")
        return Answer(np.zeros_like(truth_of(path)), {"0": 1.0, "2": 3.0}[path.stem])

    rows = evaluate(folder, {"exact": exact, "other": fails_on_one})
    summary = summarise(rows)
    assert [row.error for row in rows if row.error] == ["1.png: is beyond me"]
    assert summary["exact"]["photos"] == summary["other"]["photos"] == 2
    assert summary["other"]["seconds"] == 2 and "edge_colour" not in summary["other"]
    expected = [truth_of(folder / "images" / f"{k}.png").sum() / 1000 for k in (0, 2)]
    assert summary["other"]["sad"] == pytest.approx(np.mean(expected))


def test_an_answer_of_another_size_is_no_answer(folder):
    rows = evaluate(folder, {"turned": lambda path: Answer(np.zeros((48, 30), np.float32), 1.0)}, limit=1)
    assert "30×48" in rows[0].error and "48×48" in rows[0].error and not rows[0].scores


def test_means_and_medians():
    rows = [
        Row(f"{k}", "a", {"sad": sad, "seconds": s}) for k, (sad, s) in enumerate([(1, 9), (2, 1), (9, 2)])
    ]
    assert summarise(rows)["a"] == {"photos": 3, "sad": 4, "sad_median": 2, "seconds": 2}


def test_the_table_marks_the_better_one_in_each_direction():
    text = report.table(
        {"ours": {"photos": 2, "mae": 0.01, "iou": 0.9}, "peer": {"photos": 2, "mae": 0.02, "iou": 0.95}}
    )
    head, mae, iou = text.splitlines()
    assert head.split() == ["2", "photos", "ours", "peer"]
    assert mae.split()[:4] == ["MAE", "0.0100*", "0.0200", "↓"]
    assert iou.split()[:4] == ["IoU", "0.9000", "0.9500*", "↑"]


def test_json_carries_every_photo(folder):
    told = json.loads(report.as_json("drawn", evaluate(folder, {"exact": exact})))
    assert told["set"] == "drawn" and told["settings"]["exact"]["iou"] == 1
    assert [(p["photo"], p["setting"], p["mae"]) for p in told["photos"]] == [(n, "exact", 0) for n in "012"]


def test_the_page_shows_the_worst_first_and_needs_no_other_file(folder):
    def worse_and_worse(path):
        return Answer(truth_of(path) * np.float32(1 - int(path.stem) / 4), 1.0)

    settings = {"<worse>": worse_and_worse, "exact": exact}
    page = report.as_html("a & b", read_set(folder), evaluate(folder, settings))
    assert re.findall("<h2>(.)</h2>", page) == ["2", "1", "0"]
    assert "<worse>" not in page and "&lt;worse&gt;" in page and "a &amp; b" in page
    sources = re.findall('src="([^"]*)"', page)
    assert len(sources) == 3 * 4 and all(s.startswith("data:image/jpeg;base64,") for s in sources)
    assert "http" not in page


def test_the_peer_answers_by_setting(folder, stand_in):
    path = folder / "images" / "0.png"
    with Peer(stand_in) as peer:
        values = {n: peer.setting(n)(path) for n in ("u2net", "u2net+matting", "isnet", "isnet+matting")}
    for (name, answer), expected in zip(values.items(), (0.2, 0.4, 0.6, 0.8), strict=True):
        assert answer.alpha.dtype == np.float32 and answer.alpha == pytest.approx(expected), name
        assert (answer.foreground == np.asarray(Image.open(path))).all() and answer.seconds > 0


def test_a_peer_that_fails_or_dies_loses_only_that_photo(folder, stand_in, tmp_path):
    for side in (7, 9):
        Image.new("RGB", (side, side)).save(tmp_path / f"{side}.png")
    with Peer(stand_in) as peer:
        predict = peer.setting("isnet")
        with pytest.raises(InferenceFailed, match="no such thing"):
            predict(tmp_path / "9.png")
        with pytest.raises(InferenceFailed, match="exit code 9"):
            predict(tmp_path / "7.png")
        assert predict(folder / "images" / "0.png").alpha.shape == (48, 48)


def test_a_peer_that_is_not_there_is_said_at_once(tmp_path, monkeypatch):
    with pytest.raises(OptionError, match="is no program here"):
        Peer(str(tmp_path / "nothing"))
    monkeypatch.setenv("PYTHONPATH", "")
    (tmp_path / "rembg").write_text(f"#!{sys.executable} -s\n")
    (tmp_path / "rembg").chmod(0o755)
    assert interpreter(str(tmp_path / "rembg")) == [sys.executable, "-s"]
    assert interpreter(sys.executable) == [str(Path(sys.executable).absolute())]
    with pytest.raises(OptionError, match=r"No module named 'rembg'.*pip install"):
        Peer(str(tmp_path / "rembg"))


def test_the_worker_imports_nothing_of_ours():
    code = (
        "import sys; sys.argv = ['x']; import runpy; runpy.run_path(sys.stdin.readline().strip()); "
        "print([m for m in sys.modules if m.startswith('alphacut')])"
    )
    import alphacut.evaluate.peer as here

    worker = str(Path(here.__file__).with_name("peer_worker.py"))
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], input=worker + "\n", capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
