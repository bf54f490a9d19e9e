"""A clip through to a file and decoded again: its alpha is the drawn one, with times, sound and looks."""

import dataclasses
import io
from fractions import Fraction
from threading import Event

import numpy as np
import pytest

av = pytest.importorskip("av", reason="PyAV is not installed (extra video)")

import drawn_clips as drawn  # noqa: E402
import glowing  # noqa: E402
from alphacut.errors import InputError, NotFoundInput, OptionError, OutputError  # noqa: E402
from alphacut.options import Options  # noqa: E402
from alphacut.video.job import Job  # noqa: E402
from alphacut.video.pipeline import cut_video  # noqa: E402
from alphacut.video.preview import on_checkerboard, preview  # noqa: E402
from alphacut.video.read.reader import Reading, open_clip  # noqa: E402
from alphacut.video.settings import VideoOptions  # noqa: E402

COUNT = 24
CLOSE = 0.03
"""Mean error of an alpha that went through a lossy codec, a network of 64 pixels a side, and motion."""


@pytest.fixture
def make(cutter, tmp_path):
    """Cut out `clip` to a file of that name; `look` are Options, `video` VideoOptions."""

    def run(clip, name, video=None, reading=None, **look):
        options = Options(model="tiny", **look)
        target = name if name == "-" else str(tmp_path / name)
        job = Job(str(clip), target, options, video or VideoOptions(), reading or Reading())
        return cut_video(job, cutter, lambda tally: None, Event())

    return run


@pytest.fixture
def clip(tmp_path):
    return glowing.write(tmp_path / "in.mp4", COUNT, sound="aac", clicks=(0.2, 0.6))


def error(found, number):
    return float(np.abs(found - glowing.alpha_of(number)).mean())


def test_a_clip_to_webm_has_the_drawn_alpha_its_times_and_its_sound(make, clip, tmp_path):
    tally = make(clip, "out.webm")
    shown = drawn.read_back(tmp_path / "out.webm", "libvpx-vp9")
    assert [round(float(time), 3) for time, _ in shown] == [
        round(float(time), 3) for time in drawn.steady(COUNT)
    ]
    assert max(error(rgba[..., 3] / 255, k) for k, (_, rgba) in enumerate(shown)) < CLOSE
    # Straight colours: the white of the subject reaches into its soft edge, for the black was taken out.
    solid = shown[12][1][..., 3] > 100
    assert shown[12][1][solid][:, :3].min() > 200
    assert np.abs(np.subtract(drawn.heard_clicks(tmp_path / "out.webm"), [0.2, 0.6])).max() < 0.02
    assert tally.whole and tally.done == COUNT and tally.before == 0
    assert 0 < tally.asked < COUNT / 2
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    "name", ["out.mov", "out.apng", "out.webp", "out.gif", "out", "s/%03d.png", "s/%03d.webp"]
)
def test_every_container_is_decoded_to_the_drawn_alpha(make, clip, tmp_path, name):
    make(clip, name, VideoOptions(segment=0.5))
    frames = list(open_clip(tmp_path / name).frames())
    assert len(frames) == COUNT
    assert max(error(frame.alpha, frame.index) for frame in frames) < CLOSE + 0.02 * (name == "out.gif")


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 500), (500, 2), (1, 4000)])
def test_a_clip_of_few_rows_or_columns_is_cut_out_too(make, tmp_path, shape):
    clip = drawn.write_clip(
        tmp_path / "in.mkv", drawn.Drawing(times=drawn.steady(6), shape=shape), glowing.glow
    )
    assert make(clip, "out.webm").done == 6
    assert [rgba.shape[:2] for _, rgba in drawn.read_back(tmp_path / "out.webm", "libvpx-vp9")] == [shape] * 6


def test_an_mp4_on_white_keeps_the_sound(make, clip, tmp_path):
    make(clip, "out.mp4", background="white")
    shown = drawn.read_back(tmp_path / "out.mp4")
    assert len(shown) == COUNT
    assert min(rgba[..., :3].min() for _, rgba in shown) > 235  # a white disc on white
    assert np.abs(np.subtract(drawn.heard_clicks(tmp_path / "out.mp4"), [0.2, 0.6])).max() < 0.02


def test_the_matte_alone_and_the_inverse(make, clip, tmp_path):
    make(clip, "matte.mp4", matte=True)
    make(clip, "inverse.mp4", matte=True, inverse=True)
    pairs = zip(
        drawn.read_back(tmp_path / "matte.mp4"), drawn.read_back(tmp_path / "inverse.mp4"), strict=True
    )
    for k, ((_, matte), (_, inverse)) in enumerate(pairs):
        assert error(matte[..., 0] / 255, k) < CLOSE
        assert error(1 - inverse[..., 0] / 255, k) < CLOSE


def test_without_sound_there_is_none(make, clip, tmp_path):
    make(clip, "out.mp4", VideoOptions(sound=False), background="green")
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio


def test_another_clip_stands_behind_at_its_own_rate_and_begins_anew(make, clip, tmp_path):
    def grey(number, width, height):
        return np.full((height, width, 4), (40 * number, 40 * number, 40 * number, 255), np.uint8)

    slow = drawn.Drawing(times=drawn.steady(5, Fraction(10)), rate=Fraction(10))
    behind = drawn.write_clip(tmp_path / "behind.mkv", slow, grey)
    make(clip, "out", background=str(behind))
    corners = [frame.pixels[0, -1, 0] for frame in open_clip(tmp_path / "out").frames()]
    # 25 frames a second before 10: frame k is shown at k/25 s, the clip of half a second twice.
    expected = [40 * (k * 10 // 25 % 5) for k in range(COUNT)]
    np.testing.assert_allclose(np.array(corners, float), expected, atol=2)


def test_a_frame_that_is_all_subject_has_nothing_to_blur_and_is_shown(make, tmp_path):
    def light(number, width, height):
        return np.full((height, width, 4), 255, np.uint8) if number == 3 else glowing.glow(number)

    clip = drawn.write_clip(tmp_path / "in.mkv", drawn.Drawing(times=drawn.steady(6)), light)
    make(clip, "out", VideoOptions(every=1), background="blur")
    frames = list(open_clip(tmp_path / "out").frames())
    assert len(frames) == 6 and frames[3].pixels.min() > 250


def test_a_canvas_is_the_size_of_what_is_written(make, clip, tmp_path):
    make(clip, "out.webm", canvas="100x80")
    assert {rgba.shape[:2] for _, rgba in drawn.read_back(tmp_path / "out.webm")} == {(80, 100)}


@pytest.mark.parametrize(("way", "alpha"), [("multiply", 0.5), ("keep", 0.5), ("replace", 1.0)])
def test_a_clips_own_alpha_is_multiplied_kept_or_replaced(make, tmp_path, way, alpha):
    def half(number, width, height):
        return np.full((height, width, 4), (255, 255, 255, 128), np.uint8)

    clip = drawn.write_clip(tmp_path / "in.mkv", drawn.Drawing(times=drawn.steady(4)), half)
    make(clip, "out", source_alpha=way)
    for frame in open_clip(tmp_path / "out").frames():
        # A picture that is opaque is read as one without alpha.
        found = np.ones((48, 64)) if frame.alpha is None else frame.alpha
        assert abs(found - alpha).max() < 0.01


def test_a_damaged_frame_is_bridged_and_told(make, tmp_path):
    clip = glowing.write(tmp_path / "in.mov", 12)
    with av.open(str(clip)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(clip.read_bytes())
    at, size = packets[6]
    data[at + size // 3 : at + size] = np.random.default_rng(0).bytes(size - size // 3)
    clip.write_bytes(data)
    tally = make(clip, "out.webm")
    assert tally.whole and len(drawn.read_back(tmp_path / "out.webm", "libvpx-vp9")) == 12
    assert any(problem.startswith("frame 6 at 0.24 s: damaged") for problem in tally.problems)


def test_pictures_become_a_film_and_keep_their_depth(make, tmp_path):
    (tmp_path / "shots").mkdir()
    for k in range(4):
        deep = np.full((32, 40, 3), 257 * 200 + 13 * k, np.uint16)
        drawn_png(tmp_path / "shots" / f"{k}.png", deep)
    make(
        tmp_path / "shots",
        "out",
        VideoOptions(subject="all"),
        Reading(rate=Fraction(24)),
        decontaminate=False,
    )
    frames = list(open_clip(tmp_path / "out", Reading(rate=Fraction(24), deep=True)).frames())
    assert [int(frame.pixels[5, 5, 0]) for frame in frames] == [257 * 200 + 13 * k for k in range(4)]


def drawn_png(path, deep):
    import cv2

    assert cv2.imwrite(str(path), deep)


def test_raw_frames_go_through_a_stream_to_a_file(make, tmp_path):
    data = b"".join(glowing.glow(k)[..., :3].tobytes() for k in range(10))
    tally = make("-", "out.webm", reading=Reading(raw="64x48@25", stream=io.BytesIO(data + b"half")))
    shown = drawn.read_back(tmp_path / "out.webm", "libvpx-vp9")
    assert len(shown) == 10 and tally.whole
    assert max(error(rgba[..., 3] / 255, k) for k, (_, rgba) in enumerate(shown)) < CLOSE
    assert tally.problems == ["ends in the middle of frame 10, which is left out"]


def test_no_frame_at_all_is_an_error(make):
    with pytest.raises(InputError, match="no frames"):
        make("-", "out.webm", reading=Reading(raw="64x48@25", stream=io.BytesIO(b"")))


@pytest.mark.parametrize(
    ("name", "look", "words"),
    [
        ("out.mp4", {}, "--background white"),
        ("out.webm", {"crop": True}, "'crop'.*of photos"),
        ("out.webm", {"shadow": "auto"}, "'shadow'.*contact"),
        ("out.webm", {"background": "gone.mp4"}, "gone.mp4"),
        ("out.webm", {"background": "gone.png"}, "gone.png"),
        ("out.xyz", {}, "xyz.*no format"),
        ("in.mp4", {"background": "white"}, "the clip itself"),
        ("folder.webm", {}, "is a folder"),
        ("gone/out.webm", {}, "no such folder"),
    ],
)
def test_what_cannot_be_is_said_before_any_network_is_loaded(make, clip, tmp_path, name, look, words):
    (tmp_path / "folder.webm").mkdir()
    with pytest.raises((OptionError, OutputError, NotFoundInput), match=words):
        make(clip, name, **look, device="gpu", engine="torch")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.webm", "in.mp4"]


@pytest.mark.parametrize(
    "values",
    [{"every": 0}, {"subject": "left"}, {"subject": "0.5,2"}, {"subject": "0.5,0,0.2,1"}, {"segment": 0.1},
     {"format": "avi"}, {"quality": 101}, {"evry": 3}],
)  # fmt: skip
def test_a_wrong_value_of_a_clip_is_named(values):
    with pytest.raises(OptionError) as caught:
        VideoOptions.from_mapping(values)
    assert next(iter(values)) in str(caught.value)


def test_words_become_values():
    given = {"every": "4", "sound": "no", "quality": "none", "subject": "0.5,0.2", "segment": "2"}
    assert VideoOptions.from_mapping(given) == VideoOptions(
        every=4, sound=False, subject="0.5,0.2", segment=2.0
    )


def test_the_chosen_one_of_two_is_cut_out(make, tmp_path):
    def two(number, width, height):
        picture = glowing.glow(2)
        return np.maximum(picture, picture[:, ::-1])

    clip = drawn.write_clip(
        tmp_path / "in.mkv", drawn.Drawing(times=drawn.steady(4), shape=(48, 96)), wide(two)
    )
    make(clip, "right", VideoOptions(subject="0.8,0.5"))
    make(clip, "both", VideoOptions(subject="all"))
    for right, both in zip(
        open_clip(tmp_path / "right").frames(), open_clip(tmp_path / "both").frames(), strict=True
    ):
        assert both.alpha[:, :48].max() > 0.9 and both.alpha[:, 48:].max() > 0.9
        assert right.alpha[:, :40].max() < 0.05 and right.alpha[:, 48:].max() > 0.9


def wide(frame):
    """Return the same frame with its right half moved further right."""

    def moved(number, width, height):
        picture = frame(number, width, height)
        middle = np.zeros((height, width - picture.shape[1], 4), np.uint8)
        middle[..., 3] = 255
        half = picture.shape[1] // 2
        return np.hstack([picture[:, :half], middle, picture[:, half:]])

    return moved


def test_a_preview_shows_the_clip_and_the_result_side_by_side(make, clip, tmp_path):
    make(clip, "out.webm")
    job = Job(str(clip), str(tmp_path / "out.webm"))
    tally = preview(job, tmp_path / "look.mp4", lambda tally: None, Event())
    shown = drawn.read_back(tmp_path / "look.mp4")
    assert tally.whole and len(shown) == COUNT
    left, right = np.split(shown[10][1][..., :3].astype(int), 2, axis=1)
    assert np.abs(left - glowing.glow(10)[..., :3]).mean() < 4
    outside = glowing.alpha_of(10) == 0
    assert right[outside].min() > 180 and left[outside].max() < 30
    assert drawn.heard_clicks(tmp_path / "look.mp4")


def test_a_checkerboard_is_seen_through_the_alpha():
    pixels, alpha = np.full((32, 32, 3), 90, np.uint8), np.zeros((32, 32), np.float32)
    alpha[0], alpha[1] = 1, 0.5
    board = on_checkerboard(pixels, alpha)
    assert board[0].tolist() == [[90] * 3] * 32
    assert board[1, 0, 0] == round((255 + 90) / 2 - 0.01) and board[1, 16, 0] == (204 + 90) / 2
    assert board[2, 0, 0] == 255 and board[2, 16, 0] == 204 and board[16, 0, 0] == 204


def test_every_option_of_a_clip_has_a_help_and_one_default():
    for spec in dataclasses.fields(VideoOptions):
        assert spec.metadata["help"] and spec.metadata["group"] == "Clip"
