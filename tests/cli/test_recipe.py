"""`alphacut recipe`, run as a user runs it."""

import json
import subprocess
import sys

import pytest


@pytest.fixture
def run(tmp_path):
    def run(*arguments):
        command = [sys.executable, "-m", "alphacut", "recipe", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

    return run


def test_new_then_edit_then_check_then_show(run, tmp_path):
    assert run("new", "look.toml", "--background", "white").returncode == 0
    path = tmp_path / "look.toml"
    assert "# what stands behind the subject" in path.read_text()
    path.write_text(path.read_text().replace("#quality = 92", "quality = 70"))
    assert run("check", "look.toml").returncode == 0
    assert run("show", "look.toml").stdout == '[look]\nbackground = "white"\n\n[output]\nquality = 70\n'
    assert run("new", "look.toml").returncode == 2  # it is there already
    assert "quality = 70" in path.read_text()


def test_check_names_every_problem_of_every_file(run, tmp_path):
    (tmp_path / "a.toml").write_text("qualty = 3\nfeather = 99\n")
    (tmp_path / "b.json").write_text('{"quality": 50}')
    done = run("check", "a.toml", "b.json", "c.toml")
    assert done.returncode == 1
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == [
        " recipe a.toml", " recipe a.toml", " recipe c.toml"
    ]  # fmt: skip


def test_the_schema_is_json(run):
    assert json.loads(run("schema").stdout)["properties"]["quality"]["maximum"] == 100
