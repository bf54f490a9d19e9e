"""`alphacut video`, run as a user runs it, killed as a machine kills it."""

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

av = pytest.importorskip("av", reason="PyAV is not installed (extra video)")

import drawn_clips as drawn  # noqa: E402
import glowing  # noqa: E402
from alphacut.cli import main  # noqa: E402
from alphacut.video.read.reader import open_clip  # noqa: E402

COUNT = 64
PIECES = ("--segment", "0.5", "--every", "4")


def command(*arguments):
    return [sys.executable, "-m", "alphacut", "video", *map(str, arguments), "--model", "tiny"]


def run(*arguments, **options):
    done = subprocess.run(command(*arguments), capture_output=True, **options)
    done.words = done.stderr.decode()
    return done


@pytest.fixture
def clip(home, tmp_path):
    return glowing.write(tmp_path / "in.mp4", COUNT)


def begun(clip, target, pieces):
    """Start the command and wait until so many pieces are noted."""
    process = subprocess.Popen(
        command(clip, "-o", target, *PIECES), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    notes = target.parent / f".{target.name}.parts"
    while process.poll() is None and len(list(notes.glob("0*.json"))) < pieces:
        time.sleep(0.005)
    return process


def code_of(*arguments):
    """Run the command in this process and return its exit code."""
    try:
        return main(["video", *map(str, arguments), "--model", "tiny"])
    except SystemExit as stop:
        return stop.code


def frames_of(path):
    return [(frame.pixels, frame.alpha) for frame in open_clip(path).frames()]


def test_killed_and_taken_up_it_equals_an_undisturbed_run(clip, tmp_path):
    whole, target = tmp_path / "whole.webm", tmp_path / "out.webm"
    assert run(clip, "-o", whole, *PIECES).returncode == 0
    process = begun(clip, target, 2)
    time.sleep(np.random.default_rng().uniform(0, 0.05))
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL and not target.exists()
    last = run(clip, "-o", target, *PIECES, "--json")
    told = json.loads(last.stdout)
    assert last.returncode == 0 and "frames were done before" in last.words
    assert told["whole"] and told["frames"] == COUNT and told["before"] >= 2 * 12
    for one, other in zip(frames_of(target), frames_of(whole), strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "in.mp4", "out.webm", "whole.webm"]


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
def test_ctrl_c_leaves_a_film_that_plays_and_the_same_command_goes_on(clip, tmp_path):
    target = tmp_path / "out.webm"
    process = begun(clip, target, 1)
    process.send_signal(signal.SIGINT)
    said, words = process.communicate()
    assert process.returncode == 130, words
    assert b"Ctrl-C again" in words and b"the same command goes on" in words and b"Traceback" not in words
    assert said.decode().strip() == str(target)
    assert 12 <= len(drawn.read_back(target, "libvpx-vp9")) < COUNT
    again = run(clip, "-o", target, *PIECES)
    assert again.returncode == 0, again.words
    assert len(drawn.read_back(target, "libvpx-vp9")) == COUNT


def test_raw_frames_go_through_pipes(home):
    data = b"".join(glowing.glow(k)[..., :3].tobytes() for k in range(12))
    done = run("-", "-o", "-", "--raw", "64x48@25", input=data)
    assert done.returncode == 0, done.words
    frames = np.frombuffer(done.stdout, np.uint8).reshape(-1, 48, 64, 4)
    assert len(frames) == 12
    assert max(np.abs(f[..., 3] / 255 - glowing.alpha_of(k)).mean() for k, f in enumerate(frames)) < 0.03
    assert "12 frames" in done.words


def test_the_report_tells_what_was_done(home, tmp_path, capfd):
    clip = glowing.write(tmp_path / "in.mp4", 16)
    given = (clip, "-o", tmp_path / "out", "--json", "--preview", tmp_path / "look.mp4")
    assert code_of(*given) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["input"] == str(clip) and told["output"] == str(tmp_path / "out")
    assert told["whole"] and told["frames"] == 16 and told["before"] == 0 and told["problems"] == []
    assert 0 < told["asked"] < 8 and told["seconds"] > 0
    assert any("keeps no times" in note for note in told["notes"])
    assert len(drawn.read_back(tmp_path / "look.mp4")) == 16


def test_while_it_is_shown_frames_go_through_pipes_three_frames_late(home):
    data = b"".join(glowing.glow(k)[..., :3].tobytes() for k in range(12))
    done = run("-", "-o", "-", "--raw", "64x48@25", "--realtime", "--every", "4", input=data)
    assert done.returncode == 0, done.words
    frames = np.frombuffer(done.stdout, np.uint8).reshape(-1, 48, 64, 4)
    assert len(frames) == 12
    assert max(np.abs(f[..., 3] / 255 - glowing.alpha_of(k)).mean() for k, f in enumerate(frames)) < 0.04
    assert "12 frames" in done.words and "asked for 3 of 12" in done.words
    assert "0 dropped, at most 3 frames late" in done.words and "frames/s" in done.words


def test_the_report_of_what_was_shown_tells_how_it_was_kept_up_with(home, tmp_path, capfd):
    clip = glowing.write(tmp_path / "in.mp4", 8)
    assert code_of(clip, "-o", tmp_path / "out.webm", "--realtime", "--json") == 0
    told = json.loads(capfd.readouterr().out)
    assert told["whole"] and told["frames"] == 8 and told["asked"] == 3
    assert (told["dropped"], told["latency"]) == (0, 3) and told["rate"] > 0


def feed(pipe):
    """Write frames, as a camera does, until nobody reads them."""
    with contextlib.suppress(BrokenPipeError), pipe:
        for k in itertools.count():
            pipe.write(glowing.glow(k)[..., :3].tobytes())


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
def test_ctrl_c_while_it_is_shown_leaves_what_was_written(home):
    given = command("-", "-o", "-", "--raw", "64x48@25", "--realtime")
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(given, **pipes) as process, ThreadPoolExecutor(1) as pool:
        pool.submit(feed, process.stdin)
        first = process.stdout.read(64 * 48 * 4)
        process.send_signal(signal.SIGINT)
        rest, words = process.stdout.read(), process.stderr.read()
    assert process.returncode == 130, words
    assert len(first) == 64 * 48 * 4 and len(rest) % (64 * 48 * 4) == 0
    assert b"not all" in words and b"goes on" not in words and b"Traceback" not in words


def test_a_recipe_applies_but_what_is_of_photos_in_it_is_refused(home, tmp_path, capfd):
    clip = glowing.write(tmp_path / "in.mp4", 4)
    (tmp_path / "look.toml").write_text('[look]\nbackground = "red"\n')
    given = (clip, "-o", tmp_path / "out.mp4", "--recipe")
    assert code_of(*given, tmp_path / "look.toml") == 0
    _, rgba = drawn.read_back(tmp_path / "out.mp4")[0]
    red, green, blue = (int(v) for v in rgba[0, -1, :3])
    assert red > 235 and max(green, blue) < 20
    (tmp_path / "shop.toml").write_text('background = "red"\npreset = "amazon"\n')
    assert code_of(*given, tmp_path / "shop.toml") == 2
    assert "'preset'" in capfd.readouterr().err


def test_a_virtual_camera_that_is_not_there_is_told_with_what_makes_one(home, tmp_path, capfd):
    clip = glowing.write(tmp_path / "in.mp4", 2)
    assert code_of(clip, "-o", "/dev/video98", "--realtime", "-b", "white") == 1
    said = capfd.readouterr().err
    assert "/dev/video98" in said and "modprobe v4l2loopback" in said and "-o -" in said


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["in.mp4", "-o", "out.mp4"], "needs a background"),
        (["gone.mp4", "-o", "out.webm"], "gone.mp4"),
        (["in.mp4", "-o", "out.webm", "--every", "0"], "every"),
        (["in.mp4", "-o", "out.webm", "--subject", "me"], "subject"),
        (["in.mp4", "-o", "out.webm", "--rate", "24"], "has its own times"),
        (["in.mp4", "-o", "out.webm", "--rate", "fast"], "'rate'"),
        (["in.mp4", "-o", "out.webm", "--crop"], "--crop"),
        (["in.mp4", "-o", "out.webm", "--raw", "6x4"], "--raw|'raw'"),
        (["-", "-o", "out.webm"], "--raw"),
        (["-", "-o", "-", "--raw", "4x4", "--json"], "standard output"),
        (["in.mp4", "-o", "-", "--preview", "look.mp4"], "'preview'"),
        (["in.mp4", "-o", "out.webm", "--realtime", "--edges", "soft"], "'edges'"),
        (["in.mp4", "-o", "out.webm", "--realtime", "--subject", "0.5,0.5"], "'subject'"),
        (["in.mp4", "-o", "out.webm", "--size", "640x360"], "'size'"),
        (["camera:0", "-o", "-", "--size", "small"], "'size'"),
        (["in.mp4", "-o", "/dev/video98", "--realtime"], "needs a background"),
        (["in.mp4"], "--output"),
    ],
)
def test_wrong_use_is_told_and_writes_nothing(home, tmp_path, monkeypatch, capfd, flags, words):
    glowing.write(tmp_path / "in.mp4", 2)
    monkeypatch.chdir(tmp_path)
    assert code_of(*flags) == (1 if "gone.mp4" in flags else 2)
    said = capfd.readouterr().err
    assert any(word in said for word in words.split("|"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "in.mp4"]
