"""`alphacut inspect`, run as a user runs it."""

import json
import subprocess
import sys

import pytest

from alphacut.cli.inspect import line_of
from alphacut.inspect import findings
from alphacut.types import Report, Warn


@pytest.fixture
def run(home):
    def run(*arguments, **options):
        command = [sys.executable, "-m", "alphacut", "inspect", *map(str, arguments), "--model", "tiny"]
        return subprocess.run(command, capture_output=True, **options)

    return run


def test_one_line_a_photo_and_nothing_is_written(run, tmp_path, astronaut):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(astronaut)
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode().splitlines()
    assert [name in line for name, line in zip(("a.jpg", "b.jpg"), lines, strict=True)] == [True, True]
    assert {path.name for path in tmp_path.iterdir()} == {"a.jpg", "b.jpg", "home"}


def test_json_names_the_bad_photo_and_loses_no_other(run, tmp_path, astronaut):
    (tmp_path / "a.jpg").write_bytes(astronaut)
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nand then nothing")
    done = run(tmp_path, "--json")
    good, bad = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 1
    assert good["ok"] and {"uncertainty", "needs_look", "warnings"} < set(good)
    assert not bad["ok"] and bad["error"]["remedy"] and b"bad.png" in done.stderr


def test_standard_input(run, astronaut):
    done = run("-", input=astronaut)
    assert done.returncode == 0 and b"standard input" in done.stdout


def test_wrong_use(run, tmp_path):
    assert run(tmp_path).returncode == 2  # a folder without photos


def test_the_line_says_number_mark_and_reasons():
    warnings = (Warn("undecided", "Much is half decided."), Warn("blurred", "It is blurred."))
    report = Report(uncertainty=0.6141, warnings=warnings)
    assert line_of("a.jpg", report) == "0.61  look  a.jpg: Much is half decided. It is blurred."
    assert line_of("a.jpg", Report(uncertainty=0.02)) == "0.02        a.jpg"
    assert line_of("a.jpg", Report()) == "-           a.jpg"
    assert findings(report)["needs_look"] is True
    assert findings(Report()) == {"uncertainty": None, "needs_look": None, "warnings": []}
