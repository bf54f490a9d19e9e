"""Names that came from outside."""

import pytest

from alphacut.server.jobs.names import safe_name, targets_of


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("C:\\photos\\a.jpg", "C_/photos/a.jpg"),
        ("/a//b/./c.png", "a/b/c.png"),
        ("CON.png", "_CON.png"),
        ("nul", "_nul"),
        ("a\x00b\n.png", "ab.png"),
        ("what?.png", "what_.png"),
        (" .hidden. ", "hidden"),
        ("...", "photo"),
        ("e\u0301.png", "\u00e9.png"),
        ("\u202egnp.exe", "gnp.exe"),
    ],
)
def test_names_are_made_safe(name, safe):
    assert safe_name(name) == safe


def test_long_names_keep_their_suffix_and_no_two_results_meet():
    assert safe_name("ä" * 300 + ".jpeg").endswith("ä.jpeg")
    assert len(safe_name("ä" * 300 + ".jpeg").encode()) <= 200
    targets = targets_of(["a.jpg", "a.jpg", "A.png", "b/a.png", "b\\a.png", "a-jpg.gif", "x"], "png")
    assert len({target.casefold() for target in targets}) == 7
    assert targets[5:] == ["a-jpg.png", "x.png"]
