"""Sound beside the pictures: copied or coded again, in sync from the beginning to the end."""

from fractions import Fraction

import numpy as np
import pytest

av = pytest.importorskip("av", reason="PyAV is not installed (extra video)")

import drawn_clips as drawn  # noqa: E402
from alphacut.video.formats import FORMATS  # noqa: E402
from alphacut.video.read.reader import open_clip  # noqa: E402
from alphacut.video.write.plan import Plan  # noqa: E402
from alphacut.video.write.sound import Sound  # noqa: E402
from alphacut.video.write.writer import Writer  # noqa: E402

CLICKS = (0.2, 1.0, 1.9)
TIMES = drawn.steady(50)
FRAME = float(1 / drawn.RATE)


def write(path, name, source, count=50, whole=True):
    footage = open_clip(source)
    plan = Plan(FORMATS[name], 64, 48, drawn.RATE, alpha=False, sound=Sound(footage.source, footage.origin))
    writer = Writer(path, plan)
    for frame in footage.frames():
        if frame.index < count:
            writer.write(frame.pixels, frame.time)
    return writer.close(whole)


def tracks(path):
    with av.open(str(path)) as container:
        return [stream.codec_context.codec.canonical_name for stream in container.streams]


@pytest.mark.parametrize(
    ("source", "codec", "name", "copied"),
    [
        ("a.mp4", "aac", "mp4", True),
        ("a.mp4", "aac", "mov", True),
        ("a.mp4", "aac", "webm", False),
        ("a.webm", "libopus", "webm", True),
        ("a.webm", "libopus", "mp4", False),
        ("a.mov", "pcm_s16le", "mov", True),
        ("a.mkv", "flac", "mp4", False),
        ("a.mkv", "libmp3lame", "mp4", True),
    ],
)
def test_sound_stays_in_sync(tmp_path, source, codec, name, copied):
    path = drawn.write_clip(tmp_path / source, drawn.Drawing(times=TIMES, sound=codec, clicks=CLICKS))
    out = tmp_path / f"out.{FORMATS[name].suffix}"
    notes = write(out, name, path)
    heard = drawn.heard_clicks(out)
    assert len(heard) == len(CLICKS)
    assert np.abs(np.subtract(heard, CLICKS)).max() < FRAME / 4
    assert (tracks(out)[1] == tracks(path)[1]) == copied
    assert any("coded again" in note for note in notes) != copied


@pytest.mark.parametrize("name", ["mp4", "webm"])
def test_pictures_that_begin_later_than_the_sound_take_it_from_there(tmp_path, name):
    late = [time + Fraction(3, 5) for time in TIMES[:30]]
    path = drawn.write_clip(
        tmp_path / "a.mkv",
        drawn.Drawing(times=late, sound="flac" if name == "webm" else "aac", clicks=(0.1, 1.0, 1.7)),
    )
    assert open_clip(path).origin == Fraction(3, 5)
    out = tmp_path / f"out.{name}"
    write(out, name, path)
    np.testing.assert_allclose(drawn.heard_clicks(out), [0.4, 1.1], atol=FRAME / 4)


def test_sound_of_what_was_ended_early_ends_with_its_pictures(tmp_path):
    path = drawn.write_clip(tmp_path / "a.mp4", drawn.Drawing(times=TIMES, sound="aac", clicks=CLICKS))
    write(tmp_path / "early.mp4", "mp4", path, count=30, whole=False)
    np.testing.assert_allclose(drawn.heard_clicks(tmp_path / "early.mp4"), CLICKS[:2], atol=FRAME / 4)
    with av.open(str(tmp_path / "early.mp4")) as container:
        lengths = [float(stream.duration * stream.time_base) for stream in container.streams]
    assert abs(lengths[0] - lengths[1]) < FRAME


@pytest.mark.parametrize("name", ["mp4", "webm"])
def test_a_hole_in_the_sound_stays_where_it_is(tmp_path, name):
    path = drawn.write_clip(tmp_path / "a.mkv", drawn.Drawing(times=TIMES, sound="flac", clicks=CLICKS))
    holed = tmp_path / "holed.mkv"
    with av.open(str(path)) as source, av.open(str(holed), "w") as target:
        streams = [target.add_stream_from_template(stream, opaque=True) for stream in source.streams]
        for packet in source.demux():
            hole = (
                packet.stream.type == "audio"
                and packet.pts is not None
                and 0.4 < packet.pts * packet.time_base < 0.7
            )
            if packet.size and not hole:
                packet.stream = streams[packet.stream.index]
                target.mux(packet)
    write(tmp_path / f"out.{name}", name, holed)
    np.testing.assert_allclose(drawn.heard_clicks(tmp_path / f"out.{name}"), CLICKS, atol=FRAME / 4)


def test_a_clock_that_jumps_by_hours_does_not_become_hours_of_silence(tmp_path):
    path = drawn.write_clip(tmp_path / "a.mkv", drawn.Drawing(times=TIMES, sound="flac", clicks=CLICKS))
    broken = tmp_path / "broken.mkv"
    with av.open(str(path)) as source, av.open(str(broken), "w") as target:
        sound = source.streams.audio[0]
        streams = [target.add_stream_from_template(stream, opaque=True) for stream in source.streams]
        for packet in source.demux():
            if packet.size:
                if packet.stream == sound and packet.pts * packet.time_base > 1.5:
                    packet.pts = packet.dts = packet.pts + round(7200 / packet.time_base)
                packet.stream = streams[packet.stream.index]
                target.mux(packet)
    notes = write(tmp_path / "out.webm", "webm", broken)
    assert any("jumps to 720" in note for note in notes), notes
    np.testing.assert_allclose(drawn.heard_clicks(tmp_path / "out.webm"), CLICKS[:2], atol=FRAME / 4)
    with av.open(str(tmp_path / "out.webm")) as container:
        assert container.duration < 2.5e6


def test_many_channels_keep_their_place_or_become_stereo(tmp_path):
    for layout, channels in (("stereo", 2), ("5.1", 6), ("quad", 2)):
        drawing = drawn.Drawing(times=TIMES[:20], sound="flac", clicks=(0.2,), layout=layout)
        path = drawn.write_clip(tmp_path / f"{layout}.mkv", drawing)
        notes = write(tmp_path / "out.webm", "webm", path, count=20)
        with av.open(str(tmp_path / "out.webm")) as container:
            assert container.streams.audio[0].channels == channels
        assert any("stereo" in note for note in notes) == (layout == "quad")
        assert len(drawn.heard_clicks(tmp_path / "out.webm")) == 1


def test_formats_without_sound_say_so(tmp_path):
    path = drawn.write_clip(tmp_path / "a.mp4", drawn.Drawing(sound="aac"))
    for name in ("gif", "apng", "webp", "raw"):
        notes = write(tmp_path / f"out.{name}", name, path, count=2)
        assert any("no sound" in note for note in notes)
