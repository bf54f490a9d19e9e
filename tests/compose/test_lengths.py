"""Margins, aspects, canvases and positions in words, against values worked out by hand."""

import pytest

from alphacut.compose.lengths import Margin, parse_aspect, parse_canvas, parse_margin, read_position
from alphacut.errors import OptionError


@pytest.mark.parametrize(
    "text, pixels, share",
    [
        ("40", (40, 40, 40, 40), (0, 0, 0, 0)),
        ("5%", (0, 0, 0, 0), (0.05, 0.05, 0.05, 0.05)),
        ("10px 20px", (10, 20, 10, 20), (0, 0, 0, 0)),
        ("1 2 3", (1, 2, 3, 2), (0, 0, 0, 0)),
        ("10% 20 0 2.5%", (0, 20, 0, 0), (0.1, 0, 0, 0.025)),
        (" 1, 2, 3, 4 ", (1, 2, 3, 4), (0, 0, 0, 0)),
    ],
)
def test_margins_go_round_as_in_css(text, pixels, share):
    assert parse_margin(text) == Margin(pixels, share)


@pytest.mark.parametrize(
    "text, ratio", [("1:1", 1), ("4:5", 0.8), ("16/9", 16 / 9), ("1.5", 1.5), ("1:1.44", 1 / 1.44)]
)
def test_aspects(text, ratio):
    assert parse_aspect(text) == pytest.approx(ratio)


def test_a_canvas_is_width_by_height_and_comes_back_as_height_and_width():
    assert parse_canvas("2000x2500") == (2500, 2000)
    assert parse_canvas(" 800 × 600 px") == (600, 800)
    assert parse_canvas("2000") == 2000


@pytest.mark.parametrize(
    "text, place",
    [
        ("center", (0.5, 0.5)),
        ("bottom", (0.5, 1)),
        ("top left", (0, 0)),
        ("left top", (0, 0)),
        ("bottom right", (1, 1)),
        ("30% 70%", (0.3, 0.7)),
        ("30%", (0.3, 0.5)),
        ("left 20%", (0, 0.2)),
        ("center bottom", (0.5, 1)),
    ],
)
def test_positions(text, place):
    assert read_position(text) == pytest.approx(place)


@pytest.mark.parametrize(
    "parse, name, texts",
    [
        (parse_margin, "margin", ["", "wide", "-5", "1 2 3 4 5", "5em", "nan", "1e3", "9" * 400]),
        (parse_aspect, "aspect", ["", "square", "1:0", "0:1", "-1:2", "1:2:3", "0", "." + "0" * 400 + "1"]),
        (parse_canvas, "canvas", ["", "big", "0", "10x0", "1x2x3", "-5x5", "1.5x2", "9" * 400]),
        (read_position, "position", ["", "middle of it", "top bottom", "left right", "120% 0%", "5 5", "a"]),
    ],
)
def test_what_cannot_be_read_names_the_option_and_an_example(parse, name, texts):
    for text in texts:
        with pytest.raises(OptionError, match=f"option '{name}'") as caught:
            parse(text)
        assert "such as" in caught.value.remedy or "Use " in caught.value.remedy
