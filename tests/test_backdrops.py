"""Backdrops as text: what each form means, and what is said about a form that is wrong."""

import pytest

from alphacut.backdrops import Blur, Gradient, Still, Studio, parse_backdrop
from alphacut.errors import OptionError

WHITE, BLACK, RED = (255, 255, 255, 255), (0, 0, 0, 255), (255, 0, 0, 255)


@pytest.mark.parametrize(
    ("text", "kind", "opaque"),
    [
        ("none", None, False),
        ("White", WHITE, True),
        ("#0008", (0, 0, 0, 136), False),
        ("rgb(255, 0, 0)", RED, True),
        ("hsl(0, 100%, 50%)", RED, True),
        ("linear(white, black)", Gradient(((0, WHITE), (1, BLACK)), 180), True),
        ("linear(white, black, 90deg)", Gradient(((0, WHITE), (1, BLACK)), 90), True),
        ("Linear( to left , white, rgb(255, 0, 0) )", Gradient(((0, WHITE), (1, RED)), 270), True),
        ("linear(white, black, -90)", Gradient(((0, WHITE), (1, BLACK)), 270), True),
        ("linear(white 20%, transparent)", Gradient(((0.2, WHITE), (1, (0, 0, 0, 0))), 180), False),
        ("radial(white, red, black)", Gradient(((0, WHITE), (0.5, RED), (1, BLACK)), None), True),
        (
            "radial(#fff 10%, red, black, white 70%, at left 30%)",
            Gradient(((0.1, WHITE), (0.3, RED), (0.5, BLACK), (0.7, WHITE)), None, (0, 0.3)),
            True,
        ),
        ("blur", Blur(0.03), True),
        ("blur(7.5%)", Blur(0.075), True),
        ("studio-dark", Studio("studio-dark"), True),
        ("beach.jpg", Still("beach.jpg"), True),
        ("my files/a (1), b.PNG", Still("my files/a (1), b.PNG"), True),
        ("picture(a, b.jpg, tile)", Still("a, b.jpg", "tile"), True),
        ("picture(1,2 (3).jpg)", Still("1,2 (3).jpg"), True),
        ("picture(Ağa İ.jpg)", Still("Ağa İ.jpg"), True),
        ("picture('x.png', contain, top left, red)", Still("x.png", "contain", (0, 0), RED), True),
        ("picture(x.png, transparent)", Still("x.png", fill=(0, 0, 0, 0)), False),
        ("picture(x.png, left top)", Still("x.png", position=(0, 0)), True),
        ("picture(x.png, bottom)", Still("x.png", position=(0.5, 1)), True),
        ("picture(x.png, center right)", Still("x.png", position=(1, 0.5)), True),
        ("picture(x.png, 30% 70%)", Still("x.png", position=(0.3, 0.7)), True),
        ("picture(x.png, 30%)", Still("x.png", position=(0.3, 0.5)), True),
    ],
)
def test_what_a_text_means(text, kind, opaque):
    backdrop = parse_backdrop(text)
    if isinstance(kind, Gradient):
        places = [place for place, _ in kind.stops]
        assert [place for place, _ in backdrop.kind.stops] == pytest.approx(places)
        assert [colour for _, colour in backdrop.kind.stops] == [colour for _, colour in kind.stops]
        assert (backdrop.kind.angle, backdrop.kind.centre) == (kind.angle, kind.centre)
    else:
        assert backdrop.kind == kind
    assert backdrop.is_opaque is opaque


@pytest.mark.parametrize(
    ("text", "named", "help_"),
    [
        ("whte", "'whte'", "Did you mean 'white'"),
        ("studio-whte", "'studio-whte'", "'studio-white'"),
        ("blurr", "'blurr'", "'blur'"),
        ("12,3", "'12,3'", "studio-white"),
        ("", "''", "CSS name"),
        ("linaer(red, blue)", "'linaer'", "'linear'"),
        ("linear(red, bleu)", "'bleu'", "'blue'"),
        ("linear(red)", "two colours", "linear("),
        ("linear()", "two colours", "linear("),
        ("linear(45)", "two colours", "linear("),
        ("linear(red,, blue)", "two colours", "linear("),
        ("linear(red 60%, blue 40%)", "40% comes after 60%", "in order"),
        ("linear(red 120%, blue)", "'120%' is no percentage from 0% to 100%", "3%"),
        ("linear(red x%, blue)", "'x%' is no percentage", "3%"),
        ("linear(red, blue, 45degs)", "'45degs'", "CSS name"),
        ("radial(red, blue, at top bottom)", "'top bottom' is no position", "top left"),
        ("radial(red, blue, at nowhere)", "'nowhere' is no position", "30% 70%"),
        ("radial(red, blue, at 1% 2% 3%)", "position", "top left"),
        ("blur(0%)", "'0%' is no percentage from 1% to 20%", "3%"),
        ("blur(3px)", "'3px' is no percentage from 1% to 20%", "3%"),
        ("blur(1%, 2%)", "'1%, 2%' is no percentage", "3%"),
        ("blur(nan%)", "'nan%'", "3%"),
        ("picture(a.jpg, contian)", "'contian'", "'contain'"),
        ("picture(a.jpg, tile, cover)", "fit is given twice", "once"),
        ("picture()", "no picture", "picture(beach.jpg"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(text, named, help_):
    with pytest.raises(OptionError) as raised:
        parse_backdrop(text)
    assert raised.value.subject == "option 'background'"
    assert repr(text) in raised.value.problem
    assert named in raised.value.problem
    assert help_ in raised.value.remedy
