"""Clips on the disk, settings in turn, and what is broken: named, while the rest is measured."""

import shutil

import cv2
import numpy as np
import pytest
from PIL import Image

from alphacut.errors import InferenceFailed, InputError, OptionError
from alphacut.evaluate.clip_summary import summarise, summarise_clip
from alphacut.evaluate.clips import find_clips, read_frame, read_still_truth
from alphacut.evaluate.measure import Answer
from alphacut.evaluate.measure_clips import FrameRow, each_frame, measure_clips, timed

HIGH, WIDE, COUNT = 40, 56, 6


def scene(place):
    """Return a frame and its truth: a textured disc that moves to the right over a textured ground."""
    ground = cv2.resize(np.random.default_rng(1).integers(40, 120, (10, 14, 3), np.uint8), (WIDE, HIGH))
    spots = cv2.resize(np.random.default_rng(2).integers(140, 255, (8, 8, 3), np.uint8), (24, 24))
    truth = np.zeros((HIGH, WIDE), np.uint8)
    left = 6 + 2 * place
    cv2.circle(truth, (left + 12, 20), 11, 255, -1, cv2.LINE_AA)
    frame = ground.copy()
    disc = frame[8:32, left : left + 24]
    share = truth[8:32, left : left + 24, None] / 255
    disc[:] = np.rint(spots * share + disc * (1 - share))
    return frame, truth


def draw(folder, count=COUNT):
    for name in ("frames", "masks"):
        (folder / name).mkdir(parents=True)
    for place in range(count):
        frame, truth = scene(place)
        Image.fromarray(frame).save(folder / "frames" / f"{place}.png")
        Image.fromarray(truth).save(folder / "masks" / f"{place}.png")
    return folder


@pytest.fixture
def folder(tmp_path):
    return draw(tmp_path / "clip")


TRUTHS = {scene(place)[0].tobytes(): scene(place)[1].astype(np.float32) / 255 for place in range(COUNT)}


def exact(frames):
    for pixels in frames:
        yield Answer(TRUTHS[pixels.tobytes()], 0.5)


def wavering(frames):
    for place, answer in enumerate(exact(frames)):
        yield Answer(answer.alpha * np.float32(0.7 if place % 2 else 1), 0.25)


def scores(rows, name, setting=None):
    return {r.frame: r.scores[name] for r in rows if name in r.scores and setting in (None, r.setting)}


def test_frames_are_in_the_order_of_their_numbers(tmp_path):
    draw(tmp_path / "clip", 2)
    for name in ("frame10", "frame9", "frame09b"):
        for part in ("frames", "masks"):
            shutil.copy(tmp_path / "clip" / part / "0.png", tmp_path / "clip" / part / f"{name}.png")
    (clip,) = find_clips(tmp_path / "clip")
    assert [still.name for still in clip.stills] == ["0", "1", "frame9", "frame09b", "frame10"]
    assert [still.name for still in find_clips(tmp_path / "clip", 3)[0].stills] == ["0", "1", "frame9"]


def test_a_folder_of_clips(tmp_path):
    for name in ("b", "a"):
        draw(tmp_path / name, 2)
    (tmp_path / "notes").mkdir()
    (tmp_path / "b" / "masks").rename(tmp_path / "b" / "alpha")
    assert [(clip.name, len(clip.stills)) for clip in find_clips(tmp_path)] == [("a", 2), ("b", 2)]
    assert find_clips(tmp_path)[1].stills[0].truth.parent.name == "alpha"
    (tmp_path / "images").mkdir()
    assert find_clips(tmp_path) == []
    assert find_clips(tmp_path / "nowhere") == find_clips(tmp_path / "notes") == []


def test_a_clip_without_any_truth_is_refused(folder):
    (folder / "masks").rename(folder / "labels")
    with pytest.raises(OptionError, match="masks/ or alpha/"):
        find_clips(folder)
    (folder / "masks").mkdir()
    (folder / "labels" / "0.png").rename(folder / "masks" / "zero.png")
    with pytest.raises(OptionError, match="masks/ or alpha/"):
        find_clips(folder)


def test_a_deep_frame_is_given_as_8_bits(folder):
    deep = np.zeros((HIGH, WIDE, 3), np.uint16)
    deep[..., 0] = 65535
    cv2.imwrite(str(folder / "frames" / "0.png"), deep[..., ::-1])
    pixels = read_frame(find_clips(folder)[0].stills[0])
    assert pixels.dtype == np.uint8 and pixels[0, 0].tolist() == [255, 0, 0]


def test_a_truth_of_another_size_is_refused(folder):
    Image.new("L", (WIDE, HIGH - 1)).save(folder / "masks" / "1.png")
    with pytest.raises(InputError, match=f"{WIDE}×{HIGH} upright, its truth is {WIDE}×{HIGH - 1}"):
        read_still_truth(find_clips(folder)[0].stills[1], (HIGH, WIDE))


def test_the_truth_is_perfect_and_a_wavering_matte_is_not(folder):
    rows = list(measure_clips(find_clips(folder), {"exact": exact, "wavering": wavering}))
    summary = summarise_clip(rows, "clip")
    best, other = summary["exact"], summary["wavering"]
    assert (best["davis_j"], best["davis_f"], best["mae"]) == (1, 1, 0)
    assert best["dtssd"] == best["flicker"] == best["davis_j_decay"] == 0 and best["davis_f_recall"] == 1
    # Alpha falls by 0.3 on the disc and rises again; the disc covers about a sixth of the frame.
    share = TRUTHS[scene(0)[0].tobytes()].mean()
    assert other["dtssd"] == pytest.approx(100 * 0.3 * np.sqrt(share), rel=0.05)
    assert other["flicker"] == pytest.approx(300 * share, rel=0.15)
    assert other["warp"] > best["warp"] + 5 and other["davis_j"] > 0.97
    assert (best["fps"], other["fps"], best["frames"]) == (2, 4, COUNT)


def test_a_constant_error_does_not_change(folder):
    for place in range(COUNT):
        soft = np.rint(51 + scene(place)[1] * 0.4).astype(np.uint8)
        Image.fromarray(soft).save(folder / "masks" / f"{place}.png")

    def lighter(frames):
        for place, _ in enumerate(frames):
            truth = np.rint(51 + scene(place)[1] * 0.4).astype(np.float32) / 255
            yield Answer(truth + np.float32(0.25), 1.0)

    summary = summarise_clip(list(measure_clips(find_clips(folder), {"lighter": lighter})), "clip")["lighter"]
    assert summary["mae"] == pytest.approx(0.25, abs=1e-6)
    assert summary["dtssd"] < 1e-4 and summary["flicker"] < 1e-3


def test_settings_take_turns(folder):
    asked = []

    def noted(name):
        def predict(frames):
            for pixels in frames:
                asked.append(name)
                yield Answer(TRUTHS[pixels.tobytes()], 1.0)

        return predict

    settings = {"a": noted("a"), "b": noted("b")}
    for turn, order in ((1, "abababababab"), (4, "aaaabbbbaabb"), (None, "aaaaaabbbbbb")):
        rows = list(measure_clips(find_clips(folder), settings, turn))
        assert "".join(asked) == "".join(row.setting for row in rows) == order
        asked.clear()


def test_a_setting_may_look_ahead(folder):
    def late(frames):
        return iter(list(wavering(frames)))

    rows = list(measure_clips(find_clips(folder), {"at once": wavering, "late": late}))
    for name in ("mae", "davis_f", "dtssd", "warp", "flicker"):
        assert scores(rows, name, "late") == scores(rows, name, "at once")


def test_a_broken_frame_is_named_and_the_others_are_measured(folder):
    path = folder / "frames" / "2.png"
    path.write_bytes(path.read_bytes()[:300])
    Image.new("RGB", (9, 9)).save(folder / "frames" / "4.png")
    rows = list(measure_clips(find_clips(folder), {"exact": exact}))
    errors = {row.frame: row.error for row in rows if row.error}
    assert errors.keys() == {"2", "4"} and "2.png" in errors["2"] and "9×9" in errors["4"]
    assert scores(rows, "davis_j").keys() == {"0", "1", "3", "5"}
    assert scores(rows, "dtssd").keys() == {"1"}  # no change is measured across a hole
    assert summarise_clip(rows, "clip")["exact"]["frames"] == 4


def test_a_missing_truth_is_named_and_its_frame_is_still_answered(folder):
    (folder / "masks" / "2.png").unlink()
    rows = list(measure_clips(find_clips(folder), {"exact": exact}))
    assert [
        (row.frame, row.error.startswith("clip/2: has no truth in masks/")) for row in rows if row.error
    ] == [("2", True)]
    assert scores(rows, "davis_j").keys() == {"0", "1", "3", "4", "5"}
    assert scores(rows, "dtssd").keys() == {"1", "4", "5"}
    assert scores(rows, "warp").keys() == {"1", "2", "3", "4", "5"}  # it needs no truth
    assert summarise_clip(rows, "clip")["exact"]["fps"] == 2


def short(frames):
    yield from list(exact(frames))[:4]


def long(frames):
    answers = list(exact(frames))
    yield from [*answers, answers[0]]


def failing(frames):
    for place, answer in enumerate(exact(frames)):
        if place == 3:
            raise InferenceFailed("network", "gave up")
        yield answer


def small(frames):
    for place, answer in enumerate(exact(frames)):
        yield Answer(answer.alpha[: 20 if place == 3 else None], 1.0)


@pytest.mark.parametrize(
    ("setting", "where", "words"),
    [
        (short, "", "4 answers to 6 frames"),
        (long, "", "more answers than frames"),
        (failing, "", "stopped after 3 of 6 frames: network: gave up"),
        (small, "3", f"3.png is {WIDE}×{HIGH}, the answer to it {WIDE}×20"),
    ],
    ids=["short", "long", "failing", "small"],
)
def test_a_setting_that_does_not_answer_is_named_and_the_other_is_done(tmp_path, setting, where, words):
    for name in ("one", "two"):
        draw(tmp_path / "set" / name)
    rows = list(measure_clips(find_clips(tmp_path / "set"), {"bad": setting, "exact": exact}))
    errors = [(row.clip, row.setting, row.frame) for row in rows if row.error]
    assert errors == [("one", "bad", where), ("two", "bad", where)]
    assert all(row.error.endswith(words) for row in rows if row.error)
    assert sum("davis_j" in row.scores for row in rows if row.setting == "exact") == 2 * COUNT


def test_settings_are_compared_on_the_frames_that_all_of_them_did():
    rows = [
        FrameRow("x", str(k), "a", {"mae": mae, "dtssd": mae, "seconds": 1.0})
        for k, mae in enumerate([0.1, 0.2, 0.6])
    ] + [
        FrameRow("x", "0", "b", {"mae": 0.3, "seconds": 2.0}),
        FrameRow("x", "1", "b", {"mae": 0.5, "seconds": 2.0}),
    ]
    summary = summarise_clip(rows, "x")
    assert summary["a"] == pytest.approx({"frames": 2, "mae": 0.15, "fps": 1})
    assert summary["b"] == pytest.approx({"frames": 2, "mae": 0.4, "fps": 0.5})


def test_every_clip_counts_the_same_and_every_second_too():
    rows = [FrameRow("long", str(k), "a", {"mae": 0.1, "seconds": 1.0}) for k in range(9)]
    rows += [FrameRow("short", "0", "a", {"mae": 0.3, "seconds": 11.0})]
    assert summarise(rows)["a"] == pytest.approx({"clips": 2, "frames": 10, "mae": 0.2, "fps": 0.5})


def test_a_photo_setting_sees_the_very_pixels(folder):
    def predict(path):
        pixels = np.asarray(Image.open(path))
        return Answer(TRUTHS[pixels.tobytes()], 0.25)

    rows = list(measure_clips(find_clips(folder), {"frame by frame": each_frame(predict)}))
    assert set(scores(rows, "mae").values()) == {0} and len(rows) == COUNT


def test_frames_are_read_one_at_a_time_as_they_are_asked_for():
    log = []

    def frames():
        for place in range(3):
            log.append(f"read {place}")
            yield scene(place)[0]

    def mattes(pixels):
        return (TRUTHS[p.tobytes()] for p in pixels)

    for place, answer in enumerate(timed(mattes)(frames())):
        log.append(f"answered {place}")
        assert answer.seconds > 0 and answer.alpha is TRUTHS[scene(place)[0].tobytes()]
    assert log == [f"{what} {place}" for place in range(3) for what in ("read", "answered")]
