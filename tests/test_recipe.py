"""A recipe means the same in every spelling, and what is wrong with it is said with its name."""

import dataclasses
import importlib.util
import json
import tomllib
from pathlib import Path

import pytest

from alphacut.errors import OptionError
from alphacut.options import Options
from alphacut.recipe import (
    PATHS,
    dump_recipe,
    load_recipe,
    named_files,
    read_recipe,
    recipe_problems,
    recipe_schema,
    recipe_values,
)

LOOK = Options(background="white", format="jpeg", quality=80, feather=1.5, depth=8, extend=True)


def written(folder, text, name="look.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "name, text",
    [
        ("a.toml", 'background = "white"\nformat = "jpeg"\nquality = 80\nfeather=1.5\ndepth=8\nextend=true'),
        ("b.toml", '[OUTPUT]\nbackground = "white"\nformat = "jpeg"\nquality = "80"\ndepth=8\n'
         "[Edges]\nfeather=1.5\nextend=true"),
        ("c.json", '{"$schema": "x", "edges": {"feather": 1.5, "extend": true}, "background": "white", '
         '"format": "jpeg", "quality": 80, "depth": 8}'),
        ("D.JSON", "\ufeff" + json.dumps({"Output": {"background": "white", "format": "jpeg", "quality": 80,
                                                    "depth": 8}, "edges": {"feather": 1.5, "extend": "yes"}})),
    ],
)  # fmt: skip
def test_tables_case_and_format_carry_no_meaning(tmp_path, name, text):
    assert load_recipe(written(tmp_path, text, name)) == LOOK


def test_a_recipe_lies_over_a_base(tmp_path):
    path = written(tmp_path, "source-alpha = 'keep'")
    assert load_recipe(path, LOOK) == dataclasses.replace(LOOK, source_alpha="keep")


@pytest.mark.parametrize("template", [True, False])
@pytest.mark.parametrize(
    "options", [Options(), LOOK, Options(model='a "b"\\\n\x7f\x01é😀', shift=-1e-05, decontaminate=False)]
)
def test_what_is_dumped_is_loaded(tmp_path, options, template):
    assert load_recipe(written(tmp_path, dump_recipe(options, template=template))) == options


def test_a_template_offers_every_option_and_sets_none(tmp_path):
    text = dump_recipe(Options(), template=True)
    assert set(tomllib.loads(text)) == {
        spec.metadata["group"].lower() for spec in dataclasses.fields(Options)
    }
    opened = "\n".join(line.removeprefix("#") for line in text.splitlines() if not line.startswith("# "))
    path = written(tmp_path, opened)
    assert set(read_recipe(path)) == {spec.name for spec in dataclasses.fields(Options)}
    assert load_recipe(path) == Options()
    assert dump_recipe(Options()) == ""


@pytest.mark.parametrize(
    "text, words",
    [
        ("qualty = 3", ["option 'qualty'", "Did you mean 'quality'"]),
        ("quality = 900", ["option 'quality'", "between 1 and 100"]),
        ("quality = nan", ["quality"]),
        ("quality = [1, 2]", ["quality"]),
        ("quality = true", ["quality"]),
        ("background = 'whitish'", ["whitish", "not a colour"]),
        ("[outptu]\nquality = 3", ["table 'outptu'", "Did you mean 'output'"]),
        ("quality = 3\n[output]\nquality = 4", ["option 'quality'", "twice"]),
        ("[edges]\nsource-alpha = 'keep'\n[input]\nsource_alpha = 'keep'", ["source_alpha", "twice"]),
        ("[edges.more]\nfeather = 1", ["more"]),
        ("quality = ", ["is no TOML"]),
    ],
)
def test_what_is_wrong_is_named_with_the_file_and_the_key(tmp_path, text, words):
    path = written(tmp_path, text)
    with pytest.raises(OptionError) as caught:
        load_recipe(path)
    assert all(word in str(caught.value) for word in [str(path), *words]), caught.value
    assert [str(problem) for problem in recipe_problems(path)] == [str(caught.value)]


@pytest.mark.parametrize(
    "name, data, words",
    [
        ("gone.toml", None, "No such file"),
        ("look.yaml", b"", "neither .toml nor .json"),
        ("look.json", b"[1]", "no table"),
        ("look.json", b"{", "is no JSON"),
        ("look.json", b'{"quality": 3, "quality": 4}', "twice"),
        ("deep.json", b"[" * 100_000, "is no JSON"),
        ("bytes.toml", b"\xff\xfe\x00", "is no TOML"),
    ],
)
def test_files_that_are_no_recipe(tmp_path, name, data, words):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(OptionError, match=words):
        load_recipe(tmp_path / name)
    assert recipe_problems(tmp_path / name)


def test_a_check_finds_every_problem_and_a_good_recipe_has_none(tmp_path):
    bad = written(tmp_path, "qualty = 3\nfeather = 99\nfromat = 'png'\n[what]\nx = 1")
    said = [str(problem) for problem in recipe_problems(bad)]
    assert len(said) == 4 and all(
        any(word in line for line in said) for word in ("qualty", "feather", "fromat", "what")
    )
    assert recipe_problems(written(tmp_path, dump_recipe(LOOK), "good.toml")) == []


@pytest.mark.parametrize(
    "value, place",
    [
        ("beach.jpg", "{}/beach.jpg"),
        ("../x/my beach.jpg", None),
        ("picture(sub/beach.jpg, contain)", "picture({}/sub/beach.jpg, contain)"),
        ("/photos/beach.jpg", "/photos/beach.jpg"),
        ("white", "white"),
        ("#fff", "#fff"),
        ("rgb(1.5, 2, 3)", "rgb(1.5, 2, 3)"),
        ("linear(white, #ccc 60.5%)", "linear(white, #ccc 60.5%)"),
    ],
)
def test_relative_pictures_lie_beside_the_recipe(tmp_path, value, place):
    assert "background" in PATHS
    found = read_recipe(written(tmp_path, f'background = "{value}"'))["background"]
    assert found == (f"{tmp_path}/{value}" if place is None else place.format(tmp_path))


def test_the_files_that_options_name():
    assert named_files(Options(background="white")) == {}


def test_the_schema_has_every_option_and_its_limits():
    schema = recipe_schema()
    names = {spec.name for spec in dataclasses.fields(Options)}
    assert names <= set(schema["properties"]) and schema["additionalProperties"] is False
    assert schema["properties"]["quality"] == {
        "type": "integer", "minimum": 1, "maximum": 100, "default": 92, "description": "of JPEG, WebP and AVIF",
        "group": "Output", "unit": "",
    }  # fmt: skip
    assert schema["properties"]["depth"]["enum"] == [8, 16, None]
    assert schema["properties"]["output"]["properties"]["quality"] == schema["properties"]["quality"]
    json.dumps(schema, allow_nan=False)


def test_a_recipe_in_memory_is_the_one_in_a_file(tmp_path):
    text = '[look]\nbackground = "beach.jpg"\nshadow-opacity = 0.4\n'
    found = recipe_values(text)
    assert found == {"background": "beach.jpg", "shadow-opacity": 0.4}
    assert recipe_values("\ufeff" + json.dumps({"look": found})) == found
    for wrong in (
        "[nowhere]\na = 1",
        "quality = 1\nquality = 2",
        '{"quality": 1, "quality": 2}',
        "[1]",
        "{",
        "x",
    ):
        with pytest.raises(OptionError, match=r"^recipe"):
            recipe_values(wrong)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/etc/passwd", "/etc/passwd"),
        (" beach.jpg ", "beach.jpg"),
        ("PICTURE( 'a b.jpg' , contain)", "a b.jpg"),
        ("picture(beach)", "beach"),
        ("linear(white, #ccc)", None),
        ("blur(5%)", None),
    ],
)
def test_what_names_a_file_is_what_would_be_read(text, path):
    assert named_files(Options(background=text)).get("background") == path
    assert named_files(Options(match="listing")) == {"match": "listing"}


def test_the_editor_has_these_options_and_marketplaces_without_a_service():
    script = Path(__file__).parents[1] / "editor" / "fixtures" / "options.py"
    spec = importlib.util.spec_from_file_location("options_of_the_editor", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    kept = json.loads(module.FILE.read_text(encoding="utf-8"))
    assert kept == json.loads(module.text()), "run editor/fixtures/options.py, then npm run format"
