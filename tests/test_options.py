"""The same options by every way in; an unknown one is an error everywhere."""

import dataclasses

import pytest

from alphacut.errors import OptionError
from alphacut.options import Options


def test_strings_and_values_give_the_same_options():
    by_json = Options.from_mapping({"max_pixels": 5, "small": True, "depth": 16, "background": None})
    by_form = Options.from_mapping({"max-pixels": "5", "small": "yes", "depth": "16", "background": "none"})
    assert by_json == by_form == Options(max_pixels=5, small=True, depth=16)


def test_what_is_not_named_comes_from_the_base():
    assert Options.from_mapping({"quality": 50}, Options(model="u2net")) == Options(model="u2net", quality=50)


@pytest.mark.parametrize(
    "given, nearest", [("modle", "model"), ("back-ground", "background"), ("keepmetadata", "keep_")]
)
def test_an_unknown_name_is_refused_with_the_nearest(given, nearest):
    with pytest.raises(OptionError, match=nearest):
        Options.from_mapping({given: "1"})


@pytest.mark.parametrize(
    "values",
    [
        {"quality": 0},
        {"quality": 101},
        {"quality": "much"},
        {"quality": True},
        {"depth": 12},
        {"small": "perhaps"},
        {"small": 1},
        {"format": "bmp"},
        {"source_alpha": "drop"},
        {"max_pixels": 0},
        {"despill": "grey"},
        {"shift": 9.0},
        {"feather": "soft"},
        {"model": 7},
        {"model": None},
        {"matte": "1", "mat-te": "1"},
    ],
)
def test_a_value_that_cannot_be_is_refused(values):
    with pytest.raises(OptionError):
        Options.from_mapping(values)


def test_the_same_option_twice_is_refused():
    with pytest.raises(OptionError, match="twice"):
        Options.from_mapping({"max-pixels": 1, "max_pixels": 1})


def test_every_option_explains_itself():
    for spec in dataclasses.fields(Options):
        assert len(spec.metadata["help"]) > 10, spec.name
        assert spec.metadata["group"] in {"Model", "Input", "Edges", "Look", "Shadow", "Frame", "Output"}, (
            spec.name
        )


@pytest.mark.parametrize("text", ["linear(white, red" + " " * 200_000 + "x)", "a" * 5000, "/" * 5000])
def test_a_text_longer_than_any_path_is_refused_before_it_is_read(text):
    with pytest.raises(OptionError, match="at most 4096 characters") as refused:
        Options(background=text)
    assert len(str(refused.value)) < 200
