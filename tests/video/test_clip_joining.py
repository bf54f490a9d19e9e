"""Segments put together: their frames and times, the sound, and what one go would have written."""

from fractions import Fraction

import numpy as np
import pytest

av = pytest.importorskip("av", reason="PyAV is not installed (extra video)")

import drawn_clips as drawn  # noqa: E402
from alphacut.errors import InputError  # noqa: E402
from alphacut.video.formats import FORMATS  # noqa: E402
from alphacut.video.read.reader import Reading, open_clip  # noqa: E402
from alphacut.video.write.join import Segment, join  # noqa: E402
from alphacut.video.write.plan import Plan  # noqa: E402
from alphacut.video.write.sound import Sound  # noqa: E402
from alphacut.video.write.writer import Writer  # noqa: E402

COUNT, LENGTH = 11, 4
UNEVEN = [Fraction(4 * k + (k * k) % 3, 100) for k in range(COUNT)]
END = UNEVEN[-1] + 1 / drawn.RATE
NAMES = ("webm", "mov", "mp4", "hevc", "apng", "gif", "webp", "png-sequence", "raw")


def target_of(folder, name):
    suffix = {"png-sequence": "", "raw": ".rgba"}.get(name, f".{FORMATS[name].suffix}")
    return folder / f"joined{suffix}"


def read(path, name):
    if name == "raw":
        with path.open("rb") as stream:
            return list(open_clip("-", Reading(raw="64x48@25:rgba", stream=stream)).frames())
    return list(open_clip(path).frames())


def seen(frame):
    """Colours where they can be seen, and alpha: what a player shows."""
    if frame.alpha is None:
        return frame.pixels, None
    return frame.pixels * (frame.alpha > 0)[..., None], frame.alpha


def segments_of(folder, plan):
    found = []
    for first in range(0, COUNT, LENGTH):
        path = folder / f"segment{first}{'' if plan.form.kind == 'pictures' else '.' + plan.form.suffix}"
        with Writer(path, plan.segment(UNEVEN[first], first)) as writer:
            for k in range(first, min(first + LENGTH, COUNT)):
                writer.write(drawn.disc(k)[..., : 4 if plan.alpha else 3], UNEVEN[k])
        found.append(Segment(path, UNEVEN[first]))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_joined_file_shows_what_its_segments_show(tmp_path, name):
    plan = Plan(FORMATS[name], 64, 48, drawn.RATE, alpha=name not in ("mp4", "hevc"))
    segments = segments_of(tmp_path, plan)
    expected = [frame for segment in segments for frame in read(segment.path, name)]
    join(segments, target_of(tmp_path, name), plan, end=END)
    frames = read(target_of(tmp_path, name), name)
    assert len(frames) == len(expected) == COUNT
    for frame, other in zip(frames, expected, strict=True):
        for one, two in zip(seen(frame), seen(other), strict=True):
            np.testing.assert_array_equal(one, two)
    if plan.form.tick:
        assert [frame.time for frame in frames] == UNEVEN
    assert not [file for file in tmp_path.iterdir() if file.name.endswith(".part")]


@pytest.mark.parametrize("name", ["webm", "mov", "mp4"])
def test_the_sound_is_put_to_joined_segments(tmp_path, name):
    times = drawn.steady(50)
    source = drawn.write_clip(
        tmp_path / "source.mp4", drawn.Drawing(times=times, sound="aac", clicks=(0.1, 0.9, 1.9))
    )
    plan = Plan(FORMATS[name], 64, 48, drawn.RATE, alpha=name != "mp4", sound=Sound(source))
    segments = []
    for first in (0, 20, 40):
        path = tmp_path / f"{first}.{plan.form.suffix}"
        with Writer(path, plan.segment(times[first], first)) as writer:
            for k in range(first, min(first + 20, 50)):
                writer.write(drawn.disc(k)[..., : 4 if plan.alpha else 3], times[k])
        segments.append(Segment(path, times[first]))
    join(segments, tmp_path / f"all.{plan.form.suffix}", plan, end=Fraction(2))
    heard = drawn.heard_clicks(tmp_path / f"all.{plan.form.suffix}")
    np.testing.assert_allclose(heard, drawn.heard_clicks(source), atol=0.002)


def test_a_joined_webm_says_in_its_head_that_it_has_alpha(tmp_path):
    plan = Plan(FORMATS["webm"], 64, 48, drawn.RATE)
    join(segments_of(tmp_path, plan), tmp_path / "joined.webm", plan, end=END)
    # Matroska's AlphaMode: element 53C0, one byte, 1. Browsers look for it and not for a tag of that name.
    assert b"\x53\xc0\x81\x01" in (tmp_path / "joined.webm").read_bytes()[:1000]
    # The codec's own sign that it is 4444 (Apple ProRes, "Codec types").
    plan = Plan(FORMATS["mov"], 64, 48, drawn.RATE)
    join(segments_of(tmp_path, plan), tmp_path / "joined.mov", plan, end=END)
    with av.open(str(tmp_path / "joined.mov")) as container:
        assert container.streams.video[0].codec_tag == "ap4h"


def test_pictures_are_numbered_through(tmp_path):
    plan = Plan(FORMATS["png-sequence"], 64, 48, drawn.RATE)
    join(segments_of(tmp_path, plan), tmp_path / "all" / "f%03d.png", plan, end=END)
    assert sorted(file.name for file in (tmp_path / "all").iterdir()) == [
        f"f{k:03d}.png" for k in range(COUNT)
    ]


def test_without_segments_there_is_nothing_to_join(tmp_path):
    with pytest.raises(InputError, match="no segment"):
        join([], tmp_path / "a.webm", Plan(FORMATS["webm"], 64, 48, drawn.RATE), end=END)
    assert list(tmp_path.iterdir()) == []
