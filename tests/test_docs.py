"""The pages are whole: every link leads somewhere, and the gallery is what its table says."""

import importlib.util
import re
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
from PIL import Image

from alphacut.cli.cut import cut
from alphacut.options import Options

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def gallery():
    spec = importlib.util.spec_from_file_location("gallery", ROOT / "docs" / "gallery.py")
    module = sys.modules["gallery"] = importlib.util.module_from_spec(spec)  # dataclasses look for it there
    spec.loader.exec_module(module)
    yield module
    del sys.modules["gallery"]


def anchors(page):
    """Return the names of a page's headings, as a site of Markdown makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


def test_the_gallery_is_what_its_table_says(gallery):
    assert gallery.PAGE.read_text(encoding="utf-8") == gallery.page(), "run `make gallery`"
    files = [shot.file for shot in gallery.shots()]
    assert len(set(files)) == len(files)
    assert {path.name for path in gallery.PICTURES.iterdir()} == set(files)


def test_every_picture_of_the_gallery_shows_something(gallery):
    for path in gallery.PICTURES.iterdir():
        with Image.open(path) as image:
            image.load()
            assert max(image.size) == gallery.SIDE, path.name
            assert any(low != high for low, high in image.getextrema()), path.name
    assert sum(path.stat().st_size for path in gallery.PICTURES.iterdir()) < 1_500_000


def test_what_the_gallery_shows_is_what_the_command_line_takes(gallery):
    """Each caption is parsed by the command itself, and means the options that made the picture."""
    app = typer.Typer()
    app.command()(cut)
    command = typer.main.get_command(app)
    for shot in gallery.shots():
        if shot.typed is not None:
            words = gallery.shlex.split(shot.caption)[1:]
            given = command.make_context("cut", words).params
            flags = {name: value for name, value in given.items() if name in Options.__dataclass_fields__}
            assert Options.from_mapping({k: v for k, v in flags.items() if v is not None}) == shot.options
            assert given["inputs"] == [f"{shot.photo}.jpg"]


def test_every_kind_that_can_be_chosen_is_shown(gallery):
    text = gallery.page()
    for option in ("shadow", "preset"):
        choices = Options.__dataclass_fields__[option].metadata["choices"] or gallery.preset_names()
        for choice in set(choices) - {"none"}:
            assert f"--{option} {choice}" in text
    unshown = [
        name
        for name, field in Options.__dataclass_fields__.items()
        if field.metadata["group"] in ("Look", "Shadow", "Frame")
        and name not in ("background", "enlarge")
        and f"--{name.replace('_', '-')}" not in text
    ]
    assert unshown == []
