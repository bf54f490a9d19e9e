"""Films as they are read: turned, timed, coloured, from any frame on, and with damage."""

import gc
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

av = pytest.importorskip("av", reason="PyAV is not installed (extra video)")

import drawn_clips as drawn  # noqa: E402
from alphacut.errors import InputError, NotFoundInput, OptionError, TooLarge  # noqa: E402
from alphacut.video.read.reader import Reading, open_clip  # noqa: E402


def frames_of(path, start=0, **reading):
    return list(open_clip(path, Reading(**reading)).frames(start))


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_turned_film_is_upright(tmp_path, degrees):
    path = drawn.write_clip(tmp_path / "turned.mov", drawn.Drawing(times=drawn.steady(2), rotate=degrees))
    footage = open_clip(path)
    frame = next(footage.frames())
    # FFmpeg counts display rotations counterclockwise, as numpy does.
    upright = np.rot90(drawn.disc(0), degrees // 90)
    assert frame.pixels.shape == upright[..., :3].shape == (footage.clip.height, footage.clip.width, 3)
    assert np.abs(frame.pixels.astype(int) - upright[..., :3]).mean() < 2
    assert np.abs(frame.alpha * 255 - upright[..., 3]).max() < 1
    assert any("upright" in note for note in footage.clip.notes) == bool(degrees)


def test_a_mirrored_film_is_upright(tmp_path):
    path = tmp_path / "mirrored.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("prores_ks", rate=25, options={"profile": "4444"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuva444p10le"
        stream.set_display_rotation(90, hflip=True)
        image = av.VideoFrame.from_ndarray(drawn.disc(0), "rgba").reformat(format="yuva444p10le")
        container.mux(stream.encode(image))
        container.mux(stream.encode(None))
        matrix = None
    with av.open(str(path)) as container:
        image = next(container.decode(video=0))
        matrix = np.frombuffer(bytes(next(iter(image.side_data))), "<i4").reshape(3, 3) / 65536
    frame = frames_of(path)[0]
    # Each stored point goes where the file's own matrix sends it: x' = ax + cy + tx, y' = bx + dy + ty.
    stored = drawn.disc(0)[..., 3]
    height, width = stored.shape
    points = np.array([[x, y, 1] for x, y in ((0, 0), (width - 1, 0), (0, height - 1))])
    placed = points[:, :2] @ matrix[:2, :2]
    placed -= np.minimum((np.array([[0, 0], [width - 1, height - 1]]) @ matrix[:2, :2]).min(axis=0), 0)
    for (x, y, _), (to_x, to_y) in zip(points, placed.astype(int), strict=True):
        assert abs(frame.alpha[to_y, to_x] * 255 - stored[y, x]) < 1
        assert np.abs(frame.pixels[to_y, to_x].astype(int) - drawn.disc(0)[y, x, :3]).max() < 6


def test_every_frame_keeps_its_own_time(tmp_path):
    times = [Fraction(k, 1000) for k in (0, 40, 70, 200, 210, 450)]
    for name in ("uneven.mp4", "uneven.webm", "uneven.mkv"):
        path = drawn.write_clip(tmp_path / name, drawn.Drawing(times=times))
        frames = frames_of(path)
        assert [frame.index for frame in frames] == list(range(6))
        assert [frame.time for frame in frames] == times
    assert any("varies" in note for note in open_clip(tmp_path / "uneven.mp4").clip.notes)


def test_time_begins_with_the_first_frame(tmp_path):
    times = [Fraction(3, 2) + k / drawn.RATE for k in range(4)]
    path = drawn.write_clip(tmp_path / "late.mkv", drawn.Drawing(times=times))
    footage = open_clip(path)
    assert footage.origin == Fraction(3, 2)
    assert [frame.time for frame in footage.frames()] == drawn.steady(4)


@pytest.mark.parametrize("matrix", [1, 5, 9])
@pytest.mark.parametrize("limits", [1, 2])
@pytest.mark.parametrize("pix_fmt", ["yuv444p", "yuv444p10le"])
def test_the_stated_matrix_and_range_are_used(tmp_path, matrix, limits, pix_fmt):
    bits = 10 if "10" in pix_fmt else 8
    unit, top = 2 ** (bits - 8), 2**bits - 1
    planes = (
        np.random.default_rng(5)
        .integers(70 * unit, 180 * unit, (3, 32, 32))
        .astype("<u2" if bits > 8 else "u1")
    )
    path = tmp_path / "coded.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 32, 32, pix_fmt
        stream.codec_context.colorspace, stream.codec_context.color_range = matrix, limits
        image = av.VideoFrame(32, 32, pix_fmt)
        for plane, values in zip(image.planes, planes, strict=True):
            rows = np.zeros((plane.buffer_size // plane.line_size, plane.line_size), np.uint8)
            rows[:32, : 32 * values.itemsize] = values.view(np.uint8)
            plane.update(rows.tobytes())
        image.colorspace, image.color_range = matrix, limits
        container.mux(stream.encode(image))
        container.mux(stream.encode(None))
    # H.273: E' from Y' and the colour differences, by the weights of red and blue of its table 4.
    red, blue = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 9: (0.2627, 0.0593)}[matrix]
    middle = 128 * unit
    luma, cb, cr = planes.astype(float)
    luma = luma / top if limits == 2 else (luma - 16 * unit) / (219 * unit)
    cb, cr = ((part - middle) / (top if limits == 2 else 224 * unit) for part in (cb, cr))
    r, b = luma + 2 * (1 - red) * cr, luma + 2 * (1 - blue) * cb
    expected = np.clip(np.stack([r, (luma - red * r - blue * b) / (1 - red - blue), b], -1), 0, 1)
    clip = open_clip(path).clip
    assert (clip.colour.matrix, clip.colour.range, clip.bits) == (matrix, limits, bits)
    shallow, deep = frames_of(path)[0].pixels, frames_of(path, deep=True)[0].pixels
    assert np.abs(shallow / 255 - expected).max() < 0.65 / 255
    assert deep.dtype == (np.uint16 if bits == 10 else np.uint8)
    if bits == 10:
        assert np.abs(deep / 65535 - expected).max() < 0.2 / 255


def test_chroma_of_a_quarter_is_smooth_between_its_samples(tmp_path):
    ramp = np.zeros((32, 64, 4), np.uint8)
    ramp[..., 0], ramp[..., 2], ramp[..., 3] = np.arange(64) * 4, 255 - np.arange(64) * 4, 255
    drawing = drawn.Drawing(
        times=drawn.steady(1),
        shape=(32, 64),
        codec=("libx264", "yuv420p", {"crf": "0"}),
        colour={"colorspace": 1},
    )
    path = drawn.write_clip(tmp_path / "ramp.mp4", drawing, lambda *_: ramp)
    red = frames_of(path)[0].pixels[16, 4:-4, 0].astype(int)
    assert np.abs(red - ramp[16, 4:-4, 0]).max() <= 4
    assert np.diff(red).max() <= 6


@pytest.mark.parametrize("name", ["a.webm", "a.mov", "a.mkv", "a.apng"])
def test_the_alpha_of_a_film_is_read(tmp_path, name):
    path = drawn.write_clip(tmp_path / name, drawn.Drawing(times=drawn.steady(4)))
    for frame in frames_of(path):
        error = np.abs(frame.alpha * 255 - drawn.disc(frame.index)[..., 3])
        assert error.mean() < (1 if name == "a.webm" else 0.1)


def test_opaque_films_and_sound_are_known(tmp_path):
    path = drawn.write_clip(tmp_path / "a.mp4", drawn.Drawing(sound="aac"))
    clip = open_clip(path).clip
    assert (clip.width, clip.height, clip.rate, clip.count, clip.bits, clip.sound) == (
        64,
        48,
        25,
        10,
        8,
        True,
    )
    assert clip.seconds == Fraction(2, 5)
    assert frames_of(path)[0].alpha is None


@pytest.mark.parametrize(("transfer", "word"), [(16, "PQ"), (18, "HLG")])
def test_hdr_is_said(tmp_path, transfer, word):
    colour = {"colorspace": 9, "color_primaries": 9, "color_trc": transfer}
    drawing = drawn.Drawing(times=drawn.steady(2), codec=("libx264", "yuv420p10le", {}))
    path = drawn.write_clip(tmp_path / "hdr.mp4", drawn.Drawing(**vars(drawing) | {"colour": colour}))
    clip = open_clip(path).clip
    assert (clip.colour.primaries, clip.colour.transfer, clip.colour.matrix, clip.bits) == (
        9,
        transfer,
        9,
        10,
    )
    assert any(f"HDR ({word})" in note for note in clip.notes)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", ("libx264", "yuv420p", {"g": "6", "bf": "2", "crf": "20"})),
        ("a.mkv", ("libx264", "yuv420p", {"g": "6", "bf": "2", "crf": "20"})),
        ("a.ts", ("libx264", "yuv420p", {"g": "6", "bf": "2"})),
        ("a.webm", ("libvpx-vp9", "yuva420p", {"g": "6", "b": "0", "auto-alt-ref": "0"})),
        (
            "b.webm",
            ("libvpx", "yuv420p", {"g": "6", "auto-alt-ref": "1", "lag-in-frames": "4", "cpu-used": "5"}),
        ),
        ("a.gif", ()),
        ("a.mov", ()),
    ],
)
def test_reading_from_a_frame_on_gives_what_reading_all_gives(tmp_path, name, codec):
    path = drawn.write_clip(tmp_path / name, drawn.Drawing(times=drawn.steady(20), codec=codec))
    whole = frames_of(path)
    assert len(whole) == 20
    for start in (1, 5, 6, 7, 13, 18, 19):
        rest = frames_of(path, start)
        assert [(f.index, f.time) for f in rest] == [(f.index, f.time) for f in whole[start:]]
        for one, other in zip(rest, whole[start:], strict=True):
            np.testing.assert_array_equal(one.pixels, other.pixels)
    assert frames_of(path, 20) == []


def spoil(path, number):
    """Overwrite the middle of a film's packet, in the order stored."""
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
        at, size = packets[number].pos, packets[number].size
    data = bytearray(path.read_bytes())
    data[at + size // 3 : at + size] = (
        np.random.default_rng(0).integers(0, 256, size - size // 3, np.uint8).tobytes()
    )
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mov", ()),
        ("a.mp4", ("libx264", "yuv420p", {"g": "4", "bf": "0"})),
        ("a.mkv", ("mpeg4", "yuv420p", {"g": "4"})),
    ],
)
def test_a_damaged_frame_is_reported_and_bridged(tmp_path, name, codec):
    path = drawn.write_clip(tmp_path / name, drawn.Drawing(times=drawn.steady(12), codec=codec))
    sound = frames_of(path)
    spoil(path, 6)
    frames = frames_of(path)
    assert [frame.time for frame in frames] == drawn.steady(12)
    damaged = [frame.index for frame in frames if frame.problem]
    assert 6 in damaged
    assert set(damaged) <= {6, 7}
    np.testing.assert_array_equal(frames[6].pixels, frames[5].pixels)
    for k in (*range(6), *range(8, 12)):
        np.testing.assert_array_equal(frames[k].pixels, sound[k].pixels)
    again = frames_of(path, 6)
    assert [(f.index, f.time, bool(f.problem)) for f in again] == [
        (f.index, f.time, bool(f.problem)) for f in frames[6:]
    ]
    np.testing.assert_array_equal(again[0].pixels, frames[6].pixels)


def test_a_damaged_first_frame_shows_the_one_after_it(tmp_path):
    path = drawn.write_clip(tmp_path / "a.mov", drawn.Drawing(times=drawn.steady(4)))
    with av.open(str(path)) as container:
        packet = next(container.demux(video=0))
        at, size = packet.pos, packet.size
    data = bytearray(path.read_bytes())
    data[at : at + size] = bytes(size)
    path.write_bytes(data)
    frames = frames_of(path)
    assert [frame.time for frame in frames] == drawn.steady(4)
    assert frames[0].problem
    assert not frames[1].problem
    np.testing.assert_array_equal(frames[0].pixels, frames[1].pixels)


def test_a_film_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path):
    codec = ("libx264", "yuv420p", {"g": "4", "bf": "0"})
    path = drawn.write_clip(tmp_path / "a.mkv", drawn.Drawing(times=drawn.steady(12), codec=codec))
    with av.open(str(path)) as container:
        cut = [p.pos for p in container.demux(video=0) if p.size][8]
    path.write_bytes(path.read_bytes()[:cut])
    footage = open_clip(path)
    assert len(list(footage.frames())) in (7, 8)
    assert any("ends early" in problem for problem in footage.problems)


def test_a_whole_film_has_no_problems(tmp_path):
    for name in ("a.mp4", "a.webm", "a.gif"):
        footage = open_clip(
            drawn.write_clip(tmp_path / name, drawn.Drawing(sound="aac" if name == "a.mp4" else ""))
        )
        frames = list(footage.frames())
        assert footage.problems == []
        assert [frame.problem for frame in frames] == [""] * 10
        assert all(later.time > earlier.time for earlier, later in pairwise(frames))


def test_what_is_no_film_is_told_apart(tmp_path):
    sound = tmp_path / "a.wav"
    with av.open(str(sound), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), "s16", "mono")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(InputError, match=r"a\.wav.*only sound"):
        open_clip(sound)
    (tmp_path / "words.mp4").write_text("once upon a time " * 50)
    with pytest.raises(InputError, match=r"words\.mp4.*cannot read"):
        open_clip(tmp_path / "words.mp4")
    with pytest.raises(NotFoundInput, match=r"gone\.mp4"):
        open_clip(tmp_path / "gone.mp4")


def test_no_image_waits_for_garbage_to_be_collected(tmp_path):
    path = drawn.write_clip(tmp_path / "a.mp4", drawn.Drawing(times=drawn.steady(40), rotate=90))
    gc.collect()
    gc.disable()
    try:
        most = max(
            sum(type(thing) is av.VideoFrame for thing in gc.get_objects()) for _ in open_clip(path).frames()
        )
    finally:
        gc.enable()
    assert most < 20  # the decoder and the bridge hold some


def test_a_list_of_other_files_is_not_followed(tmp_path):
    drawn.write_clip(tmp_path / "secret.ts", drawn.Drawing(codec=("libx264", "yuv420p", {})))
    names = {
        "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n",
        "list.ffconcat": "ffconcat version 1.0\nfile secret.ts\n",
    }
    for name, text in names.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(InputError, match="cannot read"):
            open_clip(tmp_path / name)


def test_a_film_that_changes_its_size_keeps_that_of_its_first_frame(tmp_path):
    path = tmp_path / "a.ts"
    parts = []
    for number, shape in enumerate([(48, 64), (96, 128)]):
        times = [Fraction(number * 5 + k, 25) for k in range(5)]
        drawing = drawn.Drawing(times=times, shape=shape, codec=("libx264", "yuv420p", {"bf": "0"}))
        parts.append(drawn.write_clip(tmp_path / f"{number}.ts", drawing).read_bytes())
    path.write_bytes(b"".join(parts))
    footage = open_clip(path)
    frames = list(footage.frames())
    assert len(frames) == 10
    assert {frame.pixels.shape for frame in frames} == {(48, 64, 3)}
    assert any("size" in problem for problem in footage.problems)


def test_a_rate_is_for_pictures_only(tmp_path):
    path = drawn.write_clip(tmp_path / "a.mov", drawn.Drawing(times=drawn.steady(2)))
    with pytest.raises(OptionError, match="own times"):
        open_clip(path, Reading(rate=Fraction(30)))


def test_frames_over_the_limit_are_refused_before_they_are_decoded(tmp_path):
    path = drawn.write_clip(tmp_path / "a.mov", drawn.Drawing(times=drawn.steady(2)))
    assert len(frames_of(path, max_pixels=64 * 48)) == 2
    with pytest.raises(TooLarge, match="64×48"):
        open_clip(path, Reading(max_pixels=64 * 48 - 1))
