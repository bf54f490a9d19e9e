"""The command, run as a user runs it: a process, its streams, its exit code."""

import io
import json
import os
import re
import subprocess
import sys

import pytest
from PIL import Image


@pytest.fixture
def run(home):
    def run(*arguments, **options):
        command = [sys.executable, "-m", "alphacut", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, **options)
        done.words = done.stderr.decode()
        return done

    return run


@pytest.fixture
def photos(tmp_path, astronaut):
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.jpg", "a.jpeg", "sub/a.jpg"):
        (folder / name).write_bytes(astronaut)
    return folder


def test_a_photo_gets_a_cutout_next_to_it(run, photos):
    done = run(photos / "a.jpg", "--model", "tiny")
    assert done.returncode == 0
    assert "error" not in done.words
    assert done.stdout.decode().split() == [str(photos / "a-cutout.png")]
    assert Image.open(io.BytesIO((photos / "a-cutout.png").read_bytes())).mode == "RGBA"


def test_a_folder_with_one_bad_file_loses_nothing_else(run, photos):
    (photos / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nand then nothing")
    done = run("cut", photos, "-o", photos / "out", "--model", "tiny", "--json")
    lines = {line["input"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 1
    assert {key: line["ok"] for key, line in lines.items()} == {
        str(photos / "a.jpeg"): True,
        str(photos / "a.jpg"): True,
        str(photos / "bad.png"): False,
        str(photos / "sub/a.jpg"): True,
    }
    assert "bad.png" in done.words and lines[str(photos / "bad.png")]["error"]["remedy"]
    written = sorted(str(path.relative_to(photos / "out")) for path in (photos / "out").rglob("*.*"))
    assert written == ["a-jpeg.png", "a-jpg.png", "sub/a.png"]
    good = lines[str(photos / "a.jpg")]
    assert 0 <= good["uncertainty"] <= 1
    assert good["model"] == "tiny" and good["milliseconds"]["infer"] > 0


def test_a_pipe(run, astronaut):
    done = run("-", "--model", "tiny", "--format", "webp", "--background", "white", input=astronaut)
    assert done.returncode == 0
    assert Image.open(io.BytesIO(done.stdout)).format == "WEBP"


def test_a_bad_pipe_writes_nothing(run):
    done = run("-", "--model", "tiny", input=b"")
    assert (done.returncode, done.stdout) == (1, b"")
    assert "standard input" in done.words


def test_flags_and_json_mean_the_same(run, photos, home):
    run(photos / "a.jpg", "-m", "tiny", "-o", photos / "x.png", "--matte", "--depth", "16")
    from alphacut import Options, cut

    options = Options.from_mapping({"model": "tiny", "matte": "true", "depth": "16"})
    assert (photos / "x.png").read_bytes() == cut(photos / "a.jpg", options).encode("png")


@pytest.mark.parametrize(
    "flags, words",
    [
        (["--modle", "tiny"], "modle"),
        (["--model", "nothing"], "does not exist"),
        (["--quality", "900"], "between 1 and 100"),
        (["--background", "whitish"], "not a colour"),
        (["--format", "gif"], "png"),
        (["--source-alpha", "x"], "keep, replace, multiply"),
    ],
)
def test_wrong_use_is_exit_code_two(run, photos, flags, words):
    done = run(photos / "a.jpg", *(["--model", "tiny"] if "--model" not in flags else []), *flags)
    assert done.returncode == 2
    assert words in done.words
    assert not list(photos.glob("*cutout*"))


def test_the_photo_is_never_overwritten(run, photos, astronaut):
    done = run(photos / "a.jpg", "-o", photos / "a.jpg", "--model", "tiny", "--background", "white")
    assert done.returncode == 2
    assert "is the photo itself" in done.words
    assert (photos / "a.jpg").read_bytes() == astronaut


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_that_may_not_be_written_by_a_user(run, photos):
    photos.chmod(0o500)
    done = run(photos / "a.jpg", "--model", "tiny")
    photos.chmod(0o700)
    assert done.returncode == 1 and "may not be written" in done.words


def test_an_output_below_a_file_is_refused(run, photos):
    done = run(photos / "a.jpg", "--model", "tiny", "-o", photos / "a.jpeg" / "x.png")
    assert done.returncode == 1
    assert "a.jpeg: cannot be made" in done.words


@pytest.mark.parametrize(
    "name, words", [("gone.jpg", "no such file"), ("empty.jpg", "empty"), ("text.jpg", "not an image")]
)
def test_bad_inputs_are_named(run, tmp_path, name, words):
    if name != "gone.jpg":
        (tmp_path / name).write_bytes(b"" if name == "empty.jpg" else b"dear diary")
    done = run(tmp_path / name, "--model", "tiny")
    assert done.returncode == 1
    assert name in done.words and re.search(words, done.words, re.I), done.words


def test_a_missing_device_is_an_error_and_not_a_silent_processor(run, photos):
    done = run(photos / "a.jpg", "--model", "tiny", "--device", "coreml")
    assert done.returncode == 1
    assert "coreml" in done.words and "openvino: cpu" in done.words


def test_jpeg_needs_a_background(run, photos):
    assert run(photos / "a.jpg", "--model", "tiny", "-o", photos / "x.jpg").returncode == 2
    assert not (photos / "x.jpg").exists()
    assert run(photos / "a.jpg", "--model", "tiny", "-o", photos / "x.jpg", "-b", "#fff").returncode == 0


def test_version_and_help(run):
    assert run("--version").stdout.startswith(b"alphacut 0.")
    assert b"--source-alpha" in run("cut", "--help").stdout
