"""The Dockerfile names what exists; `make docker-check` runs it."""

import typer.main

import dockerfile
from alphacut.cli.app import build

STEPS = dockerfile.read()


def test_what_is_copied_exists_and_is_not_ignored():
    names = [name for step in STEPS if step.name == "COPY" for name in dockerfile.sources(step)[0]]
    assert names
    for name in names:
        assert (dockerfile.PROJECT / name).exists(), name
        assert not dockerfile.is_ignored(name), name


def test_what_the_build_does_not_need_is_ignored():
    for path in (
        ".git/config",
        "tests/conftest.py",
        "out/x.png",
        "src/alphacut/__pycache__/api.pyc",
        ".venv/bin/pip",
    ):
        assert dockerfile.is_ignored(path), path
    assert not dockerfile.is_ignored("src/alphacut/api.py")


def test_the_package_is_built_from_what_is_copied():
    """Everything that pyproject.toml names for the build is in the image."""
    copied = [name for step in STEPS if step.name == "COPY" for name in dockerfile.sources(step)[0]]
    assert {"pyproject.toml", "README.md", "src"} <= set(copied)
    assert 'readme = "README.md"' in (dockerfile.PROJECT / "pyproject.toml").read_text()


def test_the_command_and_its_flags_are_real():
    (command,) = [step.words for step in STEPS if step.name == "CMD"]
    assert command[0] == "alphacut"
    parsed = typer.main.get_command(build()).commands[command[1]].make_context("serve", command[2:])
    assert parsed.params["set_host"] == "0.0.0.0"


def test_it_does_not_run_as_root_and_has_a_health_check():
    names = [step.name for step in STEPS]
    assert names.index("USER") < names.index("CMD")
    assert next(step for step in STEPS if step.name == "USER").text not in ("root", "0")
    assert "/health" in next(step for step in STEPS if step.name == "HEALTHCHECK").text


def test_every_step_is_one_that_the_check_understands(tmp_path):
    known = {"ARG", "FROM", "USER", "EXPOSE", "VOLUME", "STOPSIGNAL"}
    known |= {name[3:].upper() for name in dir(dockerfile.Machine) if name.startswith("do_")}
    assert {step.name for step in STEPS} <= known
