"""`alphacut doctor` and `alphacut models`, and the page that describes the command line."""

import json
from pathlib import Path

import pytest

import tiny
from alphacut.cli import main
from alphacut.cli.reference import reference


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return stop.value.code, capsys.readouterr().out


def test_doctor_says_what_auto_picks(home, capsys):
    code, out = run(capsys, "doctor", "--json")
    facts = json.loads(out)
    assert code == 0
    assert facts["engines"]["auto"].split() in (["openvino", "on", "cpu"], ["onnx", "on", "cuda"])
    assert facts["models"]["isnet"] == "not fetched"
    assert facts["fetching"]["ALPHACUT_OFFLINE"] == "yes"


def test_models_can_be_listed_imported_and_removed(home, capsys, tmp_path):
    file = tiny.write(tmp_path / "mine.onnx")
    assert run(capsys, "models", "import", file, "--name", "mine", "--like", "u2netp")[0] == 0
    here = {row["name"]: row["here"] for row in json.loads(run(capsys, "models", "list", "--json")[1])}
    assert here["mine"] and here["tiny"] and not here["isnet"]
    assert run(capsys, "models", "remove", "mine")[0] == 0
    assert "mine" not in run(capsys, "models", "list")[1]


def test_pull_offline_says_how_to_bring_the_file(home, capsys):
    assert main(["models", "pull", "isnet"]) == 1
    words = capsys.readouterr().err
    assert "ALPHACUT_OFFLINE" in words and "alphacut models import FILE --name isnet" in words


def test_a_licence_has_to_be_accepted(home, capsys):
    assert main(["models", "pull", "rmbg-2.0"]) == 1
    assert "--accept-licence" in capsys.readouterr().err


def test_the_reference_of_the_command_line_is_true():
    page = Path(__file__).parents[2] / "docs" / "cli.md"
    assert page.read_text() == reference(), "run `make docs`"
