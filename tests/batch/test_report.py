"""The page of a batch: everything is in it, the doubtful first, and no name breaks it."""

import os

import pytest

from alphacut.batch.journal import DONE
from batches import draw


def test_every_photo_is_in_the_page_and_its_name_cannot_write_html(do, photos):
    names = ["<b>bold<b>.png", "\"quoted\" & 'so'.png", "ümlaut #1?.png", "%41.png"]
    for name in names:
        draw(photos / name)
    (photos / "<script>alert(1).jpg").write_bytes(b"dear diary")
    do()
    assert len(do.rows) == 12 and do.page.count("<section>") == 12
    assert "<b>bold" not in do.page and "<script" not in do.page
    assert 'href="in/%3Cb%3Ebold%3Cb%3E.png"' in do.page and "&lt;b&gt;bold" in do.page
    assert 'href="out/%C3%BCmlaut%20%231%3F.png"' in do.page and 'href="out/%2541.png"' in do.page
    assert do.page.index("&lt;script") < do.page.index("&lt;b&gt;bold")  # what failed comes first
    order = [row.uncertainty for row in do.rows if row.state == DONE]
    assert order == sorted(order, reverse=True)
    assert all(row.preview[:2] == b"\xff\xd8" for row in do.rows if row.state == DONE)


def test_a_long_page_lists_what_has_no_picture(do, photos, monkeypatch):
    monkeypatch.setattr("alphacut.batch.report.SHOWN", 2)
    do()
    assert do.page.count("<section>") == 2 and do.page.count("<tr>") == 5
    assert all(f'href="in/{row.source.relative_to(photos)}"' in do.page for row in do.rows)


def test_a_very_long_page_ends(do, monkeypatch):
    monkeypatch.setattr("alphacut.batch.report.SHOWN", 2)
    monkeypatch.setattr("alphacut.batch.report.LISTED", 3)
    do()
    assert do.page.count("<section>") == 2 and do.page.count("<tr>") == 3
    assert "And 2 more" in do.page


@pytest.mark.skipif(os.name == "nt", reason="file names are text there")
def test_a_name_that_is_no_text(do, photos, tmp_path):
    try:
        draw(photos / "x.png")
        os.rename(os.fsencode(photos / "x.png"), os.fsencode(photos) + b"/\xff.png")  # noqa: PTH104
    except OSError:
        pytest.skip("this file system takes only text")
    assert do().done == 8 and do().before == 8
    do.page.encode(errors="backslashreplace")
    assert b"%FF.png" in do.page.encode(errors="backslashreplace")
