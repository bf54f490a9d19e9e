"""`alphacut batch`, run as a user runs it, killed as a machine kills it."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

COUNT = 60


def command(*arguments):
    return [sys.executable, "-m", "alphacut", "batch", *map(str, arguments), "--model", "tiny"]


def run(*arguments):
    done = subprocess.run(command(*arguments), capture_output=True, text=True)
    done.lines = [json.loads(line) for line in done.stdout.splitlines()] if "--json" in arguments else None
    return done


@pytest.fixture
def photos(home, tmp_path):
    for i in range(COUNT):
        path = tmp_path / "in" / str(i % 3) / f"{i:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        side = 16 + i
        pixels = np.random.default_rng(i).integers(0, 255, (side, side, 3), np.uint8)
        Image.fromarray(pixels).save(path)
    return tmp_path / "in"


def results(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.suffix == ".png"}


class Watcher(threading.Thread):
    """Looks at every result as soon as it has its name; a half one is no whole picture."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder, self.end, self.seen, self.half = folder, threading.Event(), set(), []

    def run(self):
        while not self.end.wait(0.01):
            for path in self.folder.rglob("*.png"):
                if path not in self.seen:
                    self.seen.add(path)
                    data = path.read_bytes()
                    if not data.endswith(b"IEND\xaeB`\x82"):
                        self.half.append(path)
                    Image.open(io.BytesIO(data)).load()


def test_killed_at_any_moment_and_resumed_equals_an_undisturbed_run(photos, tmp_path):
    assert run(photos, tmp_path / "whole").returncode == 0
    out, rng = tmp_path / "out", np.random.default_rng()
    watcher = Watcher(out)
    watcher.start()
    for share in (0.0, 0.3, 0.7):
        process = subprocess.Popen(command(photos, out), stderr=subprocess.DEVNULL)
        while process.poll() is None and len(list(out.rglob("*.png"))) < share * COUNT + 1:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.01))
        process.kill()
        assert process.wait() == -signal.SIGKILL
    done_before = len(results(out))
    last = run(photos, out, "--json")
    watcher.end.set()
    watcher.join()
    assert last.returncode == 0, last.stderr
    assert COUNT - done_before <= len(last.lines) <= COUNT - done_before + 16
    assert results(out) == results(tmp_path / "whole")
    assert watcher.seen and watcher.half == []
    assert not list(out.rglob("*.part"))
    assert run(photos, out, "--json").lines == []


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
def test_an_interrupt_ends_after_the_photos_in_work(photos, tmp_path):
    out = tmp_path / "out"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # Without a buffer: lines that came with the first would be lost in it.
    process = subprocess.Popen(command(photos, out, "--json"), bufsize=0, **pipes)
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    said, words = process.communicate()
    done = [json.loads(line)["output"] for line in [first, *said.splitlines()]]
    assert process.returncode == 130, words
    assert b"Ctrl-C again" in words and b"left: the same command goes on" in words
    assert b"Traceback" not in words and len(done) < COUNT
    assert sorted(done) == sorted(str(out / name) for name in results(out))
    again = run(photos, out, "--json")
    assert again.returncode == 0 and len(again.lines) == COUNT - len(done)


def test_hundreds_of_files_with_broken_ones_among_them(photos, tmp_path):
    good = (photos / "0" / "000.png").read_bytes()
    for i in range(300 - COUNT):
        (photos / f"{i:03}.png").write_bytes(good if i % 24 else good[: i // 2])
    broken = {str(photos / f"{i:03}.png") for i in range(0, 300 - COUNT, 24)}
    done = run(photos, tmp_path / "out", "--json", "--report", tmp_path / "report.html", "--no-decontaminate")
    assert len(broken) == 10 and done.returncode == 1
    assert {line["input"] for line in done.lines if not line["ok"]} == broken
    assert all(line["error"]["remedy"] for line in done.lines if not line["ok"])
    assert len(done.lines) == 300 and len(results(tmp_path / "out")) == 290
    assert all(name in done.stderr for name in broken) and "10 failed" in done.stderr
    page = (tmp_path / "report.html").read_text()
    assert page.count("<b class=failed>") == 10 and page.count("<section>") == 300


def test_a_recipe_and_flags_over_it_mean_what_the_flags_alone_mean(photos, tmp_path):
    (tmp_path / "look.toml").write_text('[output]\nbackground = "red"\nformat = "jpeg"\nquality = 30\n')
    one = run(photos / "0", tmp_path / "a", "--recipe", tmp_path / "look.toml", "--quality", "90")
    two = run(photos / "0", tmp_path / "b", "--background", "red", "--format", "jpeg", "--quality", "90")
    assert (one.returncode, two.returncode) == (0, 0), one.stderr
    names = sorted(p.name for p in (tmp_path / "a").glob("*.jpg"))
    assert len(names) == 20
    assert all((tmp_path / "a" / n).read_bytes() == (tmp_path / "b" / n).read_bytes() for n in names)


@pytest.mark.parametrize(
    "flags, words",
    [
        (["--recipe", "look.toml"], "Did you mean 'quality'"),
        (["--recipe", "gone.toml"], "gone.toml"),
        (["--format", "jpeg"], "needs a background"),
        (["--workers", "0"], "workers"),
        (["--retry", "-1"], "retry"),
        (["--nonsense"], "nonsense"),
    ],
)
def test_wrong_use_is_exit_code_two_and_writes_nothing(photos, tmp_path, monkeypatch, flags, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "look.toml").write_text("qualty = 3\n")
    done = run(photos, tmp_path / "out", *flags)
    assert done.returncode == 2 and words in done.stderr
    assert not (tmp_path / "out").exists()


def test_one_place_only_is_wrong_use(photos):
    done = run(photos)
    assert done.returncode == 2 and "folder of results" in done.stderr


def test_watching_until_an_interrupt_is_a_good_end(photos, tmp_path):
    out, late = tmp_path / "out", tmp_path / "late"
    late.mkdir()
    process = subprocess.Popen(
        command(late, out, "--watch", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    (late / "a.png").write_bytes((photos / "0" / "000.png").read_bytes())
    assert json.loads(process.stdout.readline())["ok"]
    process.send_signal(signal.SIGINT)
    _, words = process.communicate()
    assert process.returncode == 0, words
    assert (out / "a.png").exists()
