"""Each container decoded again: frames, times, alpha, colours; what it cannot keep; and files ended early."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

av = pytest.importorskip("av", reason="PyAV is not installed (extra video)")

import drawn_clips as drawn  # noqa: E402
from alphacut.errors import OptionError, OutputError  # noqa: E402
from alphacut.video.formats import FORMATS, find_format  # noqa: E402
from alphacut.video.frame import Colour  # noqa: E402
from alphacut.video.read.reader import Reading, open_clip  # noqa: E402
from alphacut.video.write.bleed import bled  # noqa: E402
from alphacut.video.write.plan import Plan  # noqa: E402
from alphacut.video.write.writer import Writer  # noqa: E402

COUNT = 12
# Uneven, and exact in every container's ticks.
UNEVEN = [Fraction(4 * k + (k * k) % 3, 100) for k in range(COUNT)]
FILES = {
    "webm": "a.webm",
    "mov": "a.mov",
    "mp4": "a.mp4",
    "apng": "a.apng",
    "gif": "a.gif",
    "webp": "a.webp",
    "png-sequence": "shots",
    "webp-sequence": "shots/%03d.webp",
    "raw": "a.rgba",
}
KEEPS_TIMES = ("webm", "mov", "mp4", "apng", "gif", "webp")
LOSSLESS_ALPHA = ("mov", "apng", "webp", "png-sequence", "webp-sequence", "raw")


def plan_for(name, **changes):
    given = {"form": FORMATS[name], "width": 64, "height": 48, "rate": drawn.RATE}
    return Plan(**given | {"alpha": FORMATS[name].alpha != "none"} | changes)


def pictures(plan, count=COUNT):
    return [drawn.disc(k, plan.width, plan.height)[..., : 4 if plan.alpha else 3] for k in range(count)]


def write(path, plan, times=UNEVEN, frames=None):
    with Writer(path, plan) as writer:
        for pixels, time in zip(frames or pictures(plan, len(times)), times, strict=True):
            writer.write(pixels, time)
    return writer.notes


def read(path, name, **reading):
    if name == "raw":
        with path.open("rb") as stream:
            return list(open_clip("-", Reading(raw="64x48@25:rgba", stream=stream)).frames())
    return list(open_clip(path, Reading(**reading)).frames())


@pytest.mark.parametrize("name", FILES)
def test_frames_times_and_alpha_come_back(tmp_path, name):
    plan = plan_for(name)
    write(tmp_path / FILES[name], plan)
    frames = read(tmp_path / FILES[name], name)
    assert len(frames) == COUNT
    if name in KEEPS_TIMES:
        assert max(abs(frame.time - time) for frame, time in zip(frames, UNEVEN, strict=True)) <= Fraction(
            1, 1000
        )
    for frame in frames:
        truth = drawn.disc(frame.index)
        seen = truth[..., 3] > 128
        assert np.abs(frame.pixels.astype(int) - truth[..., :3])[seen].mean() < 6
        if name in LOSSLESS_ALPHA:
            np.testing.assert_array_equal(np.rint(frame.alpha * 255), truth[..., 3])
        elif name == "gif":
            np.testing.assert_array_equal(frame.alpha, truth[..., 3] >= 128)
        elif name == "webm":
            assert np.abs(frame.alpha * 255 - truth[..., 3]).mean() < 2
        else:
            assert frame.alpha is None
    assert [file.name for file in tmp_path.iterdir() if file.name.endswith(".part")] == []


@pytest.mark.parametrize("name", ["apng", "webp", "png-sequence", "raw"])
def test_lossless_formats_keep_colours_exactly(tmp_path, name):
    write(tmp_path / FILES[name], plan_for(name))
    for frame in read(tmp_path / FILES[name], name):
        truth = drawn.disc(frame.index)
        seen = truth[..., 3] > 0
        np.testing.assert_array_equal(frame.pixels[seen], truth[..., :3][seen])


@pytest.mark.parametrize("name", ["apng", "gif", "webp"])
def test_another_program_reads_the_animation(tmp_path, name):
    write(tmp_path / FILES[name], plan_for(name))
    with Image.open(tmp_path / FILES[name]) as image:
        assert image.n_frames == COUNT
        assert image.info["loop"] == 0
        shown = []
        for k in range(COUNT):
            image.seek(k)
            image.load()
            shown.append(image.info["duration"])
            alpha = np.asarray(image.convert("RGBA"))[..., 3]
            truth = drawn.disc(k)[..., 3]
            np.testing.assert_array_equal(alpha, 255 * (truth >= 128) if name == "gif" else truth)
    lengths = [
        later - time for time, later in zip(UNEVEN, [*UNEVEN[1:], UNEVEN[-1] + 1 / drawn.RATE], strict=True)
    ]
    assert shown == [1000 * length for length in lengths]


def test_a_rate_that_is_no_whole_number_is_exact(tmp_path):
    rate = Fraction(30000, 1001)
    times = drawn.steady(8, rate)
    write(tmp_path / "a.mov", plan_for("mov", rate=rate), times)
    assert [frame.time for frame in read(tmp_path / "a.mov", "mov")] == times
    write(tmp_path / "a.webm", plan_for("webm", rate=rate), times)
    found = [frame.time for frame in read(tmp_path / "a.webm", "webm")]
    assert max(abs(time - true) for time, true in zip(found, times, strict=True)) <= Fraction(1, 2000)


def test_frames_closer_than_a_tick_are_all_kept(tmp_path):
    times = [Fraction(k, 400) for k in range(COUNT)]
    write(tmp_path / "a.gif", plan_for("gif"), times)
    assert len(read(tmp_path / "a.gif", "gif")) == COUNT


def test_prores_keeps_ten_bits(tmp_path):
    plan = plan_for("mov", colour=Colour(9, 16, 9, 1))
    deep = drawn.disc(3).astype(np.uint16) * 257
    deep[..., :3] = np.minimum(deep[..., :3] // 2 + 1000, 65535)
    write(tmp_path / "a.mov", plan, [Fraction(0)], [deep])
    footage = open_clip(tmp_path / "a.mov", Reading(deep=True))
    frame = next(footage.frames())
    seen = deep[..., 3] > 0
    assert np.abs(frame.pixels.astype(int) - deep[..., :3])[seen].mean() < 65535 / 1023
    assert np.abs(frame.alpha * 65535 - deep[..., 3]).max() <= 65535 / 1023
    assert footage.clip.colour == Colour(9, 16, 9, 1)


@pytest.mark.parametrize("matrix", [1, 6, 9])
@pytest.mark.parametrize("name", ["webm", "mov", "mp4"])
def test_colours_are_coded_as_their_tag_says(tmp_path, name, matrix):
    plan = plan_for(name, colour=Colour(1, 1, matrix, 2))
    flat = np.full((48, 64, 4 if plan.alpha else 3), 255, np.uint8)
    flat[..., :3] = (200, 40, 90)
    write(tmp_path / FILES[name], plan, drawn.steady(2), [flat] * 2)
    clip = open_clip(tmp_path / FILES[name]).clip
    # BT.601 has two numbers in H.273, and VP9 has one for both.
    assert clip.colour.matrix in ((5, 6) if matrix == 6 else (matrix,))
    assert clip.colour.range == 1
    with av.open(str(tmp_path / FILES[name])) as container:
        image = next(container.decode(video=0))
        bits = image.format.components[0].bits
        luma = np.frombuffer(image.planes[0], np.uint8 if bits == 8 else "<u2")
    red, blue = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}[matrix]
    expected = 16 + 219 / 255 * (red * 200 + (1 - red - blue) * 40 + blue * 90)
    assert abs(float(luma[0]) / 2 ** (bits - 8) - expected) < 1.5


def test_a_source_of_rgb_is_tagged_as_srgb(tmp_path):
    write(tmp_path / "a.mov", plan_for("mov", colour=Colour(matrix=0)), drawn.steady(1))
    assert open_clip(tmp_path / "a.mov").clip.colour == Colour(1, 13, 1, 1)


def test_the_frame_after_an_opaque_one_is_not_seen_through(tmp_path):
    opaque, clear = np.full((48, 64, 4), 255, np.uint8), drawn.disc(2)
    write(tmp_path / "a.gif", plan_for("gif"), drawn.steady(3), [opaque, clear, opaque])
    frames = read(tmp_path / "a.gif", "gif")
    np.testing.assert_array_equal(frames[1].alpha, clear[..., 3] >= 128)


def test_colours_where_nothing_is_seen_do_not_bleed_in():
    for kind in (np.uint8, np.uint16):
        top = np.iinfo(kind).max
        pixels = np.zeros((40, 64, 4), kind)
        pixels[..., 1] = top  # a green screen that the matte has taken out
        pixels[10:30, 20:40] = (top, 0, top // 2, top)
        result = bled(pixels)
        np.testing.assert_array_equal(result[..., 3], pixels[..., 3])
        np.testing.assert_array_equal(result[10:30, 20:40], pixels[10:30, 20:40])
        assert np.abs(result[..., :3].astype(float) / top - (1, 0, 0.5)).max() < 0.03
    empty = np.zeros((4, 4, 4), np.uint8)
    np.testing.assert_array_equal(bled(empty), empty)


def test_sequences_keep_the_numbers_and_the_depth(tmp_path):
    deep = [(picture.astype(np.uint16) * 257) for picture in pictures(plan_for("png-sequence"), 2)]
    write(tmp_path / "deep" / "%04d.png", plan_for("png-sequence", first=7), drawn.steady(2), deep)
    assert sorted(file.name for file in (tmp_path / "deep").iterdir()) == ["0007.png", "0008.png"]
    frames = read(tmp_path / "deep" / "%04d.png", "png-sequence", deep=True)
    np.testing.assert_array_equal(frames[0].pixels, deep[0][..., :3])
    write(tmp_path / "folder", plan_for("png-sequence"), drawn.steady(2))
    assert sorted(file.name for file in (tmp_path / "folder").iterdir()) == ["000000.png", "000001.png"]


def test_odd_sides_are_made_even_where_they_must_be(tmp_path):
    notes = write(tmp_path / "a.mp4", plan_for("mp4", width=63, height=47), drawn.steady(3))
    clip = open_clip(tmp_path / "a.mp4").clip
    assert (clip.width, clip.height) == (64, 48)
    assert any("even" in note for note in notes)
    write(tmp_path / "a.webm", plan_for("webm", width=63, height=47), drawn.steady(3))
    frame = read(tmp_path / "a.webm", "webm")[2]
    assert frame.alpha.shape == (47, 63)
    assert np.abs(frame.alpha * 255 - drawn.disc(2, 63, 47)[..., 3]).mean() < 2


@pytest.mark.parametrize("name", ["webm", "mov", "mp4", "gif", "apng", "webp", "png-sequence"])
def test_a_writer_that_is_interrupted_leaves_a_file_that_plays(tmp_path, name):
    plan = plan_for(name)

    def interrupted():
        with Writer(tmp_path / FILES[name], plan) as writer:
            for k, pixels in enumerate(pictures(plan)):
                if k == 5:
                    raise KeyboardInterrupt
                writer.write(pixels, UNEVEN[k])

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(read(tmp_path / FILES[name], name)) == 5
    assert [file.name for file in tmp_path.iterdir()] == [FILES[name]]


def test_nothing_is_there_until_the_file_is_whole(tmp_path):
    (tmp_path / "a.webm").write_bytes(b"the one before")
    writer = Writer(tmp_path / "a.webm", plan_for("webm"))
    writer.write(drawn.disc(0), Fraction(0))
    assert (tmp_path / "a.webm").read_bytes() == b"the one before"
    writer.close()
    assert len(read(tmp_path / "a.webm", "webm")) == 1
    with Writer(tmp_path / "none.webm", plan_for("webm")):
        pass
    assert [file.name for file in tmp_path.iterdir()] == ["a.webm"]


def test_what_cannot_be_written_says_what_to_do(tmp_path):
    with pytest.raises(OptionError, match="needs a background"):
        Writer(tmp_path / "a.mp4", plan_for("mp4", alpha=True))
    with pytest.raises(OutputError, match="no such folder"):
        Writer(tmp_path / "gone" / "a.webm", plan_for("webm"))
    with pytest.raises(OutputError, match="is a folder"):
        Writer(tmp_path, plan_for("webm"))
    with Writer(tmp_path / "a.webm", plan_for("webm")) as writer, pytest.raises(ValueError, match="shape"):
        writer.write(drawn.disc(0, 32, 32), Fraction(0))


def test_hevc_has_alpha_or_says_what_is_missing(tmp_path):
    try:
        write(tmp_path / "a.mov", plan_for("hevc"))
    except OptionError as error:
        assert "no encoder here" in error.problem
        assert "libx265" in error.problem
        assert "ENABLE_ALPHA" in error.remedy
    else:
        assert len(read(tmp_path / "a.mov", "hevc")) == COUNT
    write(tmp_path / "b.mov", plan_for("hevc", alpha=False), drawn.steady(3))
    with av.open(str(tmp_path / "b.mov")) as container:
        assert container.streams.video[0].codec_tag == "hvc1"


def test_the_format_is_that_of_the_suffix_or_the_name():
    cases = {
        "a.webm": "webm", "a.MOV": "mov", "a.mp4": "mp4", "a.gif": "gif", "a.apng": "apng", "a.webp": "webp",
        "shots": "png-sequence", "shots/": "png-sequence", "s/%04d.png": "png-sequence",
        "s/%d.webp": "webp-sequence", "-": "raw", "a.rgba": "raw",
    }  # fmt: skip
    assert {target: find_format(target).name for target in cases} == cases
    assert find_format("a.mov", "hevc").name == "hevc"
    with pytest.raises(OptionError, match=r"\.jpg"):
        find_format("a.jpg")
    with pytest.raises(OptionError, match="webm"):
        find_format("a.mov", "wbem")


def test_a_better_quality_is_nearer_to_the_truth(tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
    errors = []
    for quality in (10, 60, 100):
        write(tmp_path / "a.mp4", plan_for("mp4", quality=quality), drawn.steady(2), [noise] * 2)
        found = read(tmp_path / "a.mp4", "mp4")[1].pixels
        errors.append(np.abs(found.astype(int) - noise).mean())
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 1.2 * errors[2]


def test_bits_that_are_lost_are_said(tmp_path):
    for name, said in (("webm", True), ("mov", False), ("png-sequence", False)):
        notes = write(tmp_path / FILES[name], plan_for(name, bits=10), drawn.steady(1))
        assert any("8 of the source's 10 bits" in note for note in notes) == said
