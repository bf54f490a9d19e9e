"""Clips as text, JSON and a page that needs no other file; lines over time as SVG."""

import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from alphacut.evaluate import clip_report
from alphacut.evaluate.clips import find_clips
from alphacut.evaluate.measure import Answer
from alphacut.evaluate.measure_clips import measure_clips
from alphacut.evaluate.plot import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, line_plot

COUNT = 8


@pytest.fixture
def clips(tmp_path):
    """Two clips of grey frames whose truth is a square."""
    for clip in ("a & b", "c"):
        for part in ("frames", "masks"):
            (tmp_path / clip / part).mkdir(parents=True)
        for place in range(COUNT):
            truth = np.zeros((24, 32), np.uint8)
            truth[6:18, 8:20] = 255
            Image.new("RGB", (32, 24), (place,) * 3).save(tmp_path / clip / "frames" / f"{place}.png")
            Image.fromarray(truth).save(tmp_path / clip / "masks" / f"{place}.png")
    return find_clips(tmp_path)


def worse_and_worse(frames):
    """Give a square that fades; the frame's brightness is its number."""
    for pixels in frames:
        alpha = np.zeros((24, 32), np.float32)
        alpha[6:18, 8:20] = 1 - pixels[0, 0, 0] / 10
        yield Answer(alpha, 0.5)


def exact(frames):
    for _ in frames:
        alpha = np.zeros((24, 32), np.float32)
        alpha[6:18, 8:20] = 1
        yield Answer(alpha, 0.25)


@pytest.fixture
def rows(clips):
    return list(measure_clips(clips, {"<fading>": worse_and_worse, "exact": exact}))


def test_a_table_of_each_clip_and_one_of_all(clips, rows):
    parts = clip_report.as_text(clips, rows).split("\n\n")
    assert [part.splitlines()[0] for part in parts] == ["a & b", "c", "mean of 2 clips"]
    heads = [part.splitlines()[1].split() for part in parts]
    assert heads[:2] == [["8", "frames", "<fading>", "exact"]] * 2
    assert heads[2] == ["2", "clips,", "16", "frames", "<fading>", "exact"]
    lines = {line[:8].strip(): line[8:].split() for line in parts[2].splitlines()[2:]}
    # Of eight frames the first five are above 0.5; 1, 0.9 and 0.8 begin, and what ends is below.
    assert lines["J"][:2] == ["0.6250", "1.0000*"] and lines["dtSSD"][1] == "0.000*"
    assert lines["frames/s"][:2] == ["2.00", "4.00*"]
    one = [row for row in rows if row.clip == "c"]
    assert clip_report.as_text(clips[1:], one) == parts[1]


def test_json_carries_every_frame(clips, rows):
    told = json.loads(clip_report.as_json("set", clips, rows))
    assert told["set"] == "set" and list(told["clips"]) == ["a & b", "c"]
    assert told["settings"]["exact"]["davis_j"] == 1 and told["clips"]["c"]["exact"]["frames"] == COUNT
    fading = [f for f in told["frames"] if f["clip"] == "c" and f["setting"] == "<fading>"]
    assert [f["frame"] for f in fading] == [str(k) for k in range(COUNT)]
    assert [f["mae"] for f in fading] == pytest.approx([k / 10 * 144 / 768 for k in range(COUNT)], abs=1e-6)
    assert "dtssd" not in fading[0] and fading[1]["dtssd"] == pytest.approx(10 * (144 / 768) ** 0.5, rel=1e-5)


def test_the_page_shows_each_clip_over_time_and_its_worst_frames(clips, rows):
    page = clip_report.as_html("a set", clips, rows)
    assert re.findall("<h2>(.*?)</h2>", page) == ["a &amp; b: 8 frames", "c: 8 frames"]
    assert re.findall("<h3>(.)</h3>", page) == list("765432") * 2
    assert "<fading>" not in page and "&lt;fading&gt;" in page and "http" not in page
    sources = re.findall('src="([^"]*)"', page)
    assert len(sources) == 2 * 6 * 4 and all(s.startswith("data:image/jpeg;base64,") for s in sources)
    drawn = [ElementTree.fromstring(svg) for svg in re.findall("<svg.*?</svg>", page)]
    titles = [svg.find("text").text for svg in drawn]
    assert titles[:4] == ["↑ J", "↑ F", "↓ MAE", "↓ dtSSD"] and len(titles) == 2 * 6
    assert all([path[0].text for path in svg if len(path)] == ["<fading>", "exact"] for svg in drawn)


def test_a_page_of_what_failed(clips, tmp_path):
    (tmp_path / "c" / "frames" / "3.png").write_bytes(b"no picture")
    (tmp_path / "c" / "masks" / "5.png").unlink()
    found = find_clips(tmp_path)[1:]
    page = clip_report.as_html("set", found, list(measure_clips(found, {"exact": exact})))
    assert len(re.findall("<li>", page)) == 2 and "3.png" in page and "has no truth in masks/" in page
    line = re.search("J</text>.*?(<path d=[^>]*stroke-width[^>]*>)", page)[1]
    assert line.count("M") == 3  # broken at either frame


def test_a_line_by_hand():
    svg = ElementTree.fromstring(line_plot("x < y", {"one": [0.0, None, 2.0, 1.0]}, 1))
    path = next(p for p in svg if len(p))
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    third, half = LEFT + 2 / 3 * (right - LEFT), (TOP + bottom) / 2
    expected = f"M{LEFT}.0 {bottom}.0h0M{third:.1f} {TOP}.0h0L{right}.0 {half:.1f}"
    assert path.get("d") == expected
    assert [text.text for text in svg.iter("text")] == ["x < y", "2.0", "0.0", "1", "frame 4"]


def test_lines_that_are_flat_or_not_there():
    assert line_plot("nothing", {"one": [None, None]}, 2) == ""
    svg = ElementTree.fromstring(line_plot("flat", {"one": [0.5, 0.5], "none": [None, None]}, 2))
    assert [text.text for text in svg.iter("text")] == ["flat", "0.50", "1", "frame 2"]
    assert [p.get("d").count(f"{HEIGHT - BOTTOM}.0") for p in svg if len(p)] == [2, 0]
