"""A run ended anywhere and taken up again gives the frames of an undisturbed one; what it keeps is kept exactly."""

import json
from fractions import Fraction
from threading import Event

import cv2
import numpy as np
import pytest

av = pytest.importorskip("av", reason="PyAV is not installed (extra video)")

import drawn_clips as drawn  # noqa: E402
import glowing  # noqa: E402
from alphacut.errors import InputError, OptionError, OutputError  # noqa: E402
from alphacut.options import Options  # noqa: E402
from alphacut.video.formats import FORMATS  # noqa: E402
from alphacut.video.hold.hold import Held  # noqa: E402
from alphacut.video.job import Job  # noqa: E402
from alphacut.video.keep import keep, kept  # noqa: E402
from alphacut.video.parts import Between, Piece, taken_up  # noqa: E402
from alphacut.video.pipeline import cut_video  # noqa: E402
from alphacut.video.read.reader import open_clip  # noqa: E402
from alphacut.video.settings import VideoOptions  # noqa: E402
from alphacut.video.steady.shots import Look  # noqa: E402

COUNT = 40
SHORT = VideoOptions(segment=0.5, every=4)
"""Pieces of 12 or 13 frames."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return glowing.write(tmp_path_factory.mktemp("clip") / "in.mkv", COUNT, codec=NOISY)


NOISY = ("libx264", "yuv420p", {"crf": "30", "g": "10"})


def run(cutter, clip, target, until=None, resume=True, **changes):
    """Cut out a clip; stop after `until` frames of this run."""
    stop = Event()

    def tell(tally):
        if until is not None and tally.done >= until:
            stop.set()

    options = Options(model="tiny", **changes)
    return cut_video(Job(str(clip), str(target), options, SHORT, resume=resume), cutter, tell, stop)


def frames_of(path):
    return [(frame.pixels, frame.alpha) for frame in open_clip(path).frames()]


def assert_same(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def hidden(folder):
    return [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("name", ["out.webm", "out", "%03d.png"])
def test_stopped_again_and_again_it_equals_an_undisturbed_run(cutter, clip, tmp_path, name):
    (tmp_path / "whole").mkdir()
    (tmp_path / "broken").mkdir()
    assert run(cutter, clip, tmp_path / "whole" / name).whole
    target, done = tmp_path / "broken" / name, 0
    for until in (3, 17, 1, 20):
        tally = run(cutter, clip, target, until)
        assert not tally.whole and tally.done == until
        done = tally.before + tally.done
        # What is done is there and plays; pictures that were there before stay.
        count = len(frames_of(target))
        assert count == done if name == "out.webm" else count >= done
    assert done < COUNT
    last = run(cutter, clip, target)
    assert last.whole and 0 < last.before < COUNT and last.before + last.done == COUNT
    assert_same(frames_of(target), frames_of(tmp_path / "whole" / name))
    assert not hidden(tmp_path / "broken")


def test_the_number_of_opencvs_threads_is_that_of_the_first_run(cutter, clip, tmp_path):
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        run(cutter, clip, tmp_path / "whole")
        run(cutter, clip, tmp_path / "out", 17)
        cv2.setNumThreads(5)
        seen = []
        job = Job(str(clip), str(tmp_path / "out"), Options(model="tiny"), SHORT)
        cut_video(job, cutter, lambda tally: seen.append(cv2.getNumThreads()), Event())
        assert set(seen) == {1} and cv2.getNumThreads() == 5
    finally:
        cv2.setNumThreads(before)
    assert_same(frames_of(tmp_path / "out"), frames_of(tmp_path / "whole"))


def test_ended_early_a_film_has_its_sound_up_to_there(cutter, tmp_path):
    clip = glowing.write(tmp_path / "in.mp4", COUNT, sound="aac", clicks=(0.2, 1.4))
    run(cutter, clip, tmp_path / "out.mp4", 20, background="white")
    assert len(drawn.read_back(tmp_path / "out.mp4")) == 20
    np.testing.assert_allclose(drawn.heard_clicks(tmp_path / "out.mp4"), [0.2], atol=0.02)
    run(cutter, clip, tmp_path / "out.mp4", background="white")
    np.testing.assert_allclose(drawn.heard_clicks(tmp_path / "out.mp4"), [0.2, 1.4], atol=0.02)


def test_other_options_or_another_clip_do_not_go_on(cutter, clip, tmp_path):
    run(cutter, clip, tmp_path / "out", 20)
    with pytest.raises(OptionError, match=r"\(options\).*--no-resume"):
        run(cutter, clip, tmp_path / "out", feather=2.0)
    other = glowing.write(tmp_path / "other.mkv", 8)
    with pytest.raises(OptionError, match="files, source"):
        run(cutter, other, tmp_path / "out")
    tally = run(cutter, clip, tmp_path / "out", resume=False, feather=2.0)
    assert tally.whole and (tally.before, tally.done) == (0, COUNT)


def test_a_run_that_had_done_no_piece_holds_nobody_to_its_options(cutter, clip, tmp_path):
    run(cutter, clip, tmp_path / "out", 2)
    assert run(cutter, clip, tmp_path / "out", feather=2.0).whole


def test_two_runs_do_not_write_one_output(cutter, clip, tmp_path):
    with (
        taken_up(str(tmp_path / "out"), FORMATS["png-sequence"], {}, True),
        pytest.raises(OptionError, match="another run is at work"),
    ):
        run(cutter, clip, tmp_path / "out")


def test_what_could_not_be_put_in_place_is_not_lost(cutter, clip, tmp_path):
    def occupy(tally):
        if tally.done == COUNT:
            (tmp_path / "out.webm").mkdir()

    job = Job(str(clip), str(tmp_path / "out.webm"), Options(model="tiny"), SHORT)
    with pytest.raises(OutputError, match=r"out\.webm"):
        cut_video(job, cutter, occupy, Event())
    (tmp_path / "out.webm").rmdir()
    tally = run(cutter, clip, tmp_path / "out.webm")
    assert (tally.whole, tally.before, tally.done) == (True, COUNT, 0)
    assert len(frames_of(tmp_path / "out.webm")) == COUNT


def test_problems_of_an_earlier_run_are_told_again(cutter, tmp_path):
    folder = tmp_path / "shots"
    folder.mkdir()
    for k in range(30):
        cv2.imwrite(str(folder / f"{k:02}.png"), glowing.glow(k)[..., :3])
    (folder / "05.png").write_bytes(b"nothing")
    run(cutter, folder, tmp_path / "out", 20)
    tally = run(cutter, folder, tmp_path / "out")
    assert tally.before > 5 and [problem[:17] for problem in tally.problems] == ["frame 5 at 0.20 s"]


def test_a_damaged_state_is_named_with_what_to_do(cutter, clip, tmp_path):
    run(cutter, clip, tmp_path / "out", 20)
    (state,) = (tmp_path / ".out.parts").glob("*.npz")
    state.write_bytes(state.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"00000\.npz.*--no-resume"):
        run(cutter, clip, tmp_path / "out")


def between(known):
    rng = np.random.default_rng(0)
    look = Look(rng.integers(0, 256, (6, 8), np.uint8), rng.random(512, np.float32))
    alpha, seen, drawn = (rng.random((12, 16), np.float32) for _ in range(3))
    support = rng.random((6, 8), np.float32)
    return Between(look, alpha, support, seen, known, None if known is None else drawn)


def held():
    rng = np.random.default_rng(1)
    planes = (rng.random((6, 8), np.float32) for _ in range(2))
    picture = rng.integers(0, 256, (6, 8, 3), np.uint8)
    return Held((12, 16), picture, *planes, rng.random((3, 7), np.float32), 12.345678901234567, 3.0)


@pytest.mark.parametrize("known", [None, held()], ids=["nobody", "somebody"])
def test_a_state_comes_back_bit_for_bit(tmp_path, known):
    value = between(known)
    keep(value, tmp_path / "state.npz")
    again = kept(Between, tmp_path / "state.npz")
    assert (again.known is None) == (again.drawn is None) == (known is None)
    pairs = [(value.look.grey, again.look.grey), (value.look.colours, again.look.colours)]
    pairs += [(getattr(value, n), getattr(again, n)) for n in ("alpha", "support", "seen")]
    if known is not None:
        pairs.append((value.drawn, again.drawn))
        assert (again.known.shape, again.known.size, again.known.visible) == ((12, 16), known.size, 3.0)
        pairs += [
            (getattr(known, n), getattr(again.known, n)) for n in ("picture", "subject", "others", "colours")
        ]
    for one, other in pairs:
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_what_cannot_be_kept_is_refused(tmp_path):
    with pytest.raises(TypeError, match="got set"):
        keep(between({1, 2}), tmp_path / "state.npz")
    assert not (tmp_path / "state.npz").exists()


def test_a_piece_without_its_note_is_made_again(tmp_path):
    state = between(None)
    with taken_up(str(tmp_path / "out.webm"), FORMATS["webm"], {"a": 1}, True) as parts:
        for number in range(3):
            begin, end = Fraction(number, 3), Fraction(number + 1, 3)
            parts.add(Piece(number, 10 * number, 10, 2, begin, end, ("broken",) * number), state)
        first = parts.done()
        assert [path.stem for path in sorted(parts.folder.glob("*.npz"))] == ["00001", "00002"]
        (parts.folder / "00001.json").unlink()
        parts.fresh(1).write_bytes(b"half")
        assert not parts.fresh(1).exists()
        assert parts.done() == first[:1]
    assert [piece.end for piece in first] == [Fraction(1, 3), Fraction(2, 3), Fraction(1)]
    assert first[2].problems == ("broken", "broken")
    assert json.loads((parts.folder / "run.json").read_text())["run"] == {"a": 1}
