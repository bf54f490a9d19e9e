"""`alphacut check`: words, JSON and exit codes."""

import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

import pictures
from alphacut.cli import check as command
from alphacut.compose.presets import preset_names
from alphacut.errors import OptionError


@pytest.fixture
def run():
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command.check)

    def run(*arguments, **more):
        return CliRunner().invoke(app, [str(argument) for argument in arguments], **more)

    return run


def listing(side=1700, ground=255):
    pixels = np.full((side, side, 3), ground, np.uint8)
    pixels[side // 20 : -side // 20, side // 20 : -side // 20] = (20, 60, 90)
    return pictures.saved(pixels, "JPEG", quality=90)


def test_a_good_picture_passes_line_by_line(run, tmp_path):
    (tmp_path / "a.jpg").write_bytes(listing())
    done = run(tmp_path / "a.jpg", "--preset", "amazon")
    first, *rules = done.stdout.splitlines()
    assert done.exit_code == 0
    assert first == f"pass  {tmp_path / 'a.jpg'}: Amazon, main image"
    assert all(line.startswith("  pass  ") for line in rules) and len(rules) == 10
    assert any("[second-hand]" in line for line in rules)


def test_a_warning_is_no_failure(run, tmp_path):
    (tmp_path / "a.jpg").write_bytes(listing(side=1200))
    done = run(tmp_path / "a.jpg", "--preset", "amazon")
    assert done.exit_code == 0 and "  warn  longest side: 1,200 px; wanted at least 1,600" in done.stdout


def test_a_failure_says_found_wanted_and_what_to_do(run, tmp_path):
    (tmp_path / "a.jpg").write_bytes(listing(ground=240))
    done = run(tmp_path / "a.jpg", "--preset", "walmart")
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("  fail")]
    assert done.exit_code == 1
    assert "240 of 255; wanted at least 255. Put the subject on pure white" in line


def test_a_folder_of_results_with_one_broken_file_loses_no_other(run, tmp_path):
    (tmp_path / "a-cutout.jpg").write_bytes(listing())
    (tmp_path / "b.jpg").write_bytes(b"\xff\xd8\xff and then nothing")
    (tmp_path / "c.jpg").write_bytes(listing())
    done = run(tmp_path, tmp_path / "gone.jpg", "--preset", "etsy", "--json")
    first, broken, last, gone = map(json.loads, done.stdout.splitlines())
    assert done.exit_code == 1
    assert first["ok"] and last["ok"] and not broken["ok"] and not gone["ok"]
    assert broken["error"]["remedy"] and "b.jpg" in done.stderr and "gone.jpg" in done.stderr
    assert {"rule", "level", "found", "wanted", "remedy", "second_hand"} == set(first["findings"][0])
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_standard_input(run):
    done = run("-", "--preset", "ebay", input=listing())
    assert done.exit_code == 0 and "standard input: eBay" in done.stdout


def test_wrong_use(run, tmp_path):
    assert isinstance(run("a.jpg", "--preset", "amazn").exception, OptionError)
    assert isinstance(run(tmp_path, "--preset", "etsy").exception, OptionError)
    assert run("a.jpg").exit_code == 2


def test_the_help_names_every_preset(run):
    shown = " ".join(run("--help", env={"COLUMNS": "500"}).stdout.split())
    assert all(name in shown for name in preset_names())
