"""A clip while it is shown, from frames to a file: every frame is there, three frames late, in its own colours."""

import dataclasses
import io
import re
import time
from fractions import Fraction
from threading import Event

import numpy as np
import pytest

av = pytest.importorskip("av", reason="PyAV is not installed (extra video)")

import drawn_clips as drawn  # noqa: E402
import glowing  # noqa: E402
from alphacut.errors import OptionError, OutputError  # noqa: E402
from alphacut.options import Options  # noqa: E402
from alphacut.video.frame import Clip, Colour, Footage, Frame  # noqa: E402
from alphacut.video.fused_colours import fused_colours  # noqa: E402
from alphacut.video.job import Job, Live, is_live  # noqa: E402
from alphacut.video.live import shown_live  # noqa: E402
from alphacut.video.pipeline import cut_video  # noqa: E402
from alphacut.video.read.live import paced  # noqa: E402
from alphacut.video.read.reader import Reading, open_clip  # noqa: E402
from alphacut.video.settings import VideoOptions  # noqa: E402
from alphacut.video.small import quick  # noqa: E402

COUNT = 12
CLOSE = 0.04
CAMERA = {"format": "virtual-camera"}


@pytest.fixture
def make(cutter, tmp_path):
    """Cut out `clip` while it is shown; `look` are Options."""

    def run(clip, name, video=None, reading=None, **look):
        options = Options(model="tiny", **look)
        target = name if name.startswith("/dev/") else str(tmp_path / name)
        job = Job(str(clip), target, options, video or VideoOptions(), reading or Reading(), realtime=True)
        return cut_video(job, cutter, lambda tally: None, Event())

    return run


@pytest.fixture
def clip(tmp_path):
    return glowing.write(tmp_path / "in.mp4", COUNT, sound="aac", clicks=(0.2,))


@pytest.mark.parametrize("shape", [(1, 1), (2, 500), (1, 4000)])
def test_a_clip_of_few_rows_is_shown_too(make, tmp_path, shape):
    clip = drawn.write_clip(
        tmp_path / "few.mkv", drawn.Drawing(times=drawn.steady(6), shape=shape), glowing.glow
    )
    assert make(clip, "out.webm").done == 6


def frames_of(path):
    return list(open_clip(path).frames())


def error(found, number):
    return float(np.abs(found - glowing.alpha_of(number)).mean())


def test_a_film_keeps_its_frames_its_times_and_its_sound(make, clip, tmp_path):
    tally = make(clip, "out.webm")
    shown = drawn.read_back(tmp_path / "out.webm", "libvpx-vp9")
    assert [round(float(time), 3) for time, _ in shown] == [
        round(float(time), 3) for time in drawn.steady(COUNT)
    ]
    assert max(error(rgba[..., 3] / 255, k) for k, (_, rgba) in enumerate(shown)) < CLOSE
    assert np.abs(np.subtract(drawn.heard_clicks(tmp_path / "out.webm"), [0.2])).max() < 0.02
    assert tally.whole and tally.done == COUNT and tally.asked == COUNT / 3
    assert (tally.live.dropped, tally.live.latency) == (0, 3) and tally.live.rate > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "out.webm"]


def test_the_network_is_asked_as_often_as_is_said(make, clip):
    assert make(clip, "out", VideoOptions(every=6)).asked == 2
    assert make(clip, "out2", VideoOptions(every=1)).asked == COUNT


@pytest.mark.parametrize("background", ["red", "linear(red, red)", "red.png", "red.mkv"])
def test_what_stands_behind_is_seen_around_the_subject(make, clip, tmp_path, background):
    def red(number, width, height):
        return np.full((height, width, 4), (255, 0, 0, 255), np.uint8)

    drawn.write_clip(tmp_path / "red.mkv", drawn.Drawing(times=drawn.steady(5)), red)
    from PIL import Image

    Image.fromarray(red(0, 20, 30)).save(tmp_path / "red.png")
    text = str(tmp_path / background) if "." in background else background
    make(clip, "out", background=text)
    for frame in frames_of(tmp_path / "out"):
        outside, inside = glowing.alpha_of(frame.index) == 0, glowing.alpha_of(frame.index) == 1
        assert frame.alpha is None
        assert np.abs(frame.pixels[outside].astype(int) - [255, 0, 0]).mean() < 8
        assert frame.pixels[inside].min() > 225


def test_a_blurred_background_is_the_frames_own(make, clip, tmp_path):
    make(clip, "out", background="blur")
    for frame in frames_of(tmp_path / "out"):
        outside, inside = glowing.alpha_of(frame.index) == 0, glowing.alpha_of(frame.index) == 1
        assert frame.pixels[outside].mean() < 12 and frame.pixels[inside].min() > 225


def test_a_canvas_is_the_size_of_what_is_written(make, clip, tmp_path):
    make(clip, "out", canvas="100x80", background="blur")
    assert {frame.pixels.shape for frame in frames_of(tmp_path / "out")} == {(80, 100, 3)}


def test_raw_frames_go_through(make, tmp_path):
    data = b"".join(glowing.glow(k)[..., :3].tobytes() for k in range(5))
    tally = make("-", "out.rgba", reading=Reading(raw="64x48@25", stream=io.BytesIO(data)))
    frames = np.fromfile(tmp_path / "out.rgba", np.uint8).reshape(-1, 48, 64, 4)
    assert len(frames) == 5 == tally.done and tally.live.dropped == 0
    assert max(error(frame[..., 3] / 255, k) for k, frame in enumerate(frames)) < CLOSE


def test_frames_that_a_camera_gives_too_fast_are_dropped_and_counted(cutter):
    """Between two frames that are shown, whoever writes them takes as long as the camera does for four."""
    rate, count = 200, 48

    def frames(start=0):
        for k in range(count):
            time.sleep(1 / rate)
            yield Frame(k, Fraction(k, rate), glowing.glow(k)[..., :3].copy(), None)

    film = Clip("camera:0", 64, 48, Fraction(rate), None, None, Colour(matrix=0), 8, sound=False)
    job, live, given = Job("camera:0", "-", Options(model="tiny"), realtime=True), Live(), []
    for one in shown_live(Footage(film, frames), job, cutter, live):
        given.append(one.step.frame.index)
        assert one.pixels.shape == (48, 64, 4)
        time.sleep(4 / rate)
    assert given == sorted(given) and given[-1] == count - 1
    assert live.dropped > 0 and len(given) + live.dropped == count
    # What was dropped meanwhile counts: the camera has gone on.
    assert live.latency > 3


def test_what_comes_as_time_goes_by_is_live():
    assert is_live("camera:0") and is_live("/dev/video2") and is_live("rtsp://somewhere/door")
    assert not (is_live("-") or is_live("in.mp4") or is_live("http://somewhere/in.mp4"))


def test_a_files_frames_are_given_when_they_are_due():
    waits = []
    frames = [Frame(k, Fraction(k, 10), np.zeros((1, 1, 3), np.uint8), None) for k in range(4)]
    assert list(paced(iter(frames), waits.append)) == frames
    # Nobody waited, so each is as early as its time says.
    assert np.abs(np.subtract(waits, [0.1, 0.2, 0.3])).max() < 0.09


def test_the_network_is_a_quick_one_unless_one_is_named():
    options = Options(device="cpu", engine="openvino")
    assert (quick(options).model, quick(options).fast) == ("u2net", True)
    named = dataclasses.replace(options, model="isnet")
    assert quick(named) is named


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("out.webm", {"edges": "soft"}, "'edges'.*--realtime"),
        ("out.webm", {"video": {"segment": 2.0}}, "'segment'.*one go"),
        ("out.webm", {"video": {"subject": "0.5,0.5"}}, "'subject'.*stands out"),
        ("/dev/video98", {}, "needs a background"),
        ("/dev/video98", {"background": "white"}, "no such virtual camera.*v4l2loopback.*-o -"),
        ("out.x", {"background": "white", "video": CAMERA}, "no such virtual camera"),
        ("in.mp4", {"background": "white", "video": CAMERA}, "is the clip itself"),
        ("/dev/null", {"background": "white", "video": CAMERA}, "ioctl.*v4l2loopback"),
    ],
)
def test_what_cannot_be_is_said(make, clip, tmp_path, name, options, words):
    with pytest.raises((OptionError, OutputError)) as caught:
        make(
            clip,
            name,
            VideoOptions(**options.get("video", {})),
            **{k: v for k, v in options.items() if k != "video"},
        )
    assert re.search(words, str(caught.value))
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]


def test_a_size_is_for_cameras(clip):
    with pytest.raises(OptionError, match=r"'size'.*for cameras"):
        open_clip(clip, Reading(size=(640, 360)))


@pytest.mark.parametrize("depth", [1, 257])
def test_quick_colours_are_free_of_the_old_background(depth):
    """A subject of one colour on another: exactly that colour wherever it is seen, nothing of it far away."""
    alpha = np.clip((24 - np.hypot(*(np.mgrid[:96, :128] - np.array([48, 50])[:, None, None]))) / 8, 0, 1)
    alpha = alpha.astype(np.float32)
    subject, ground = np.array([200.0, 90, 40]), np.array([20.0, 160, 230])
    pixels = ground + alpha[..., None] * (subject - ground)
    kind = np.uint8 if depth == 1 else np.uint16
    colours = fused_colours(np.rint(pixels * depth).astype(kind), alpha)
    assert colours.dtype == kind
    found = colours.astype(float) / depth
    assert np.abs(found[alpha == 1] - subject).max() < 0.51
    assert np.abs(found[(alpha > 0.1) & (alpha < 1)] - subject).max() < 12
    assert not found[:, 100:].any()
    assert not fused_colours(np.full((8, 9, 3), 77, np.uint8), np.zeros((8, 9), np.float32)).any()
