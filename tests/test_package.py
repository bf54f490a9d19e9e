"""What is installed from a wheel, and what a source archive holds: the editor's page with the program."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from alphacut.compose.presets import preset_names
from alphacut.recipe import recipe_schema

PROJECT = Path(__file__).parents[1]
PAGE = "alphacut/server/static"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project with a page as its build leaves it, and with packages that belong to nobody else."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("pyproject.toml", "README.md", ".gitignore"):
        shutil.copy(PROJECT / name, folder)
    left_out = shutil.ignore_patterns("static", "node_modules", "__pycache__")
    for name in ("src", "editor"):
        shutil.copytree(PROJECT / name, folder / name, ignore=left_out)
    for name in (
        f"src/{PAGE}/index.html",
        f"src/{PAGE}/assets/a-1a2b.js.br",
        "editor/node_modules/a/index.js",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("hello")
    return folder


def hatch(project, kind, target):
    """Build one kind of archive of the project; return its path."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", target]
    subprocess.run(command, cwd=project, check=True, stdout=subprocess.DEVNULL)
    return next(target.iterdir())


def test_a_wheel_has_the_page_and_nothing_of_its_making(project, tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-index"]
    command += ["--no-deps", "--no-build-isolation", "-w", tmp_path, project]
    subprocess.run(command, check=True)
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    assert {f"{PAGE}/index.html", f"{PAGE}/assets/a-1a2b.js.br", "alphacut/__init__.py"} <= set(names)
    assert not [name for name in names if name.startswith("editor") or "node_modules" in name]


def test_a_source_archive_has_the_page_its_source_and_no_packages(project, tmp_path):
    archive = hatch(project, "sdist", tmp_path)
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {
        f"src/{PAGE}/index.html",
        "editor/src/main.ts",
        "editor/package-lock.json",
        "pyproject.toml",
    } <= names
    assert not [name for name in names if "node_modules" in name]


def test_a_page_without_a_service_finds_its_answers_beside_it(tmp_path, home):
    command = [sys.executable, PROJECT / "editor" / "alone.py", tmp_path]
    path = os.pathsep.join([str(PROJECT / "src"), os.environ.get("PYTHONPATH", "")])
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": path})
    presets = json.loads((tmp_path / "v1" / "presets").read_text())["presets"]
    assert [preset["name"] for preset in presets] == list(preset_names())
    assert json.loads((tmp_path / "v1" / "recipes" / "schema").read_text()) == recipe_schema()


def test_the_lock_of_the_editors_packages_names_no_address():
    assert '"resolved"' not in (PROJECT / "editor" / "package-lock.json").read_text()
