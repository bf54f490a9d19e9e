"""A batch with the real one-layer network: nothing lost, nothing done twice, every failure named."""

import dataclasses
import os
import random
import sqlite3
import threading
from pathlib import Path

import pytest
from PIL import Image

from alphacut import Cutter
from alphacut.batch.journal import DONE, FAILED, NAME
from alphacut.batch.local import Limits, run_local
from alphacut.batch.plan import Job
from alphacut.batch.run import Batch, run_batch
from alphacut.batch.work import Result, cut_file
from alphacut.errors import OptionError, OutputError
from batches import OPTIONS, draw, results


def test_the_tree_is_mirrored_and_equals_one_photo_at_a_time(do, photos, tmp_path):
    tally = do()
    assert (tally.meant, tally.done, tally.failed, tally.left) == (7, 7, 0, 0)
    with Cutter(OPTIONS) as cutter:
        assert results(tmp_path / "out") == {
            str(p.relative_to(photos)): cutter.cut(p).encode() for p in photos.rglob("*.png")
        }


def test_a_second_run_does_only_what_is_new_changed_or_missing(do, photos, tmp_path):
    do()
    draw(photos / "0.png", 99)
    draw(photos / "new.png", 5)
    (tmp_path / "out" / "sub" / "0.png").unlink()
    (tmp_path / "out" / "1.png").write_bytes(b"cut short")
    tally = do()
    assert (tally.before, tally.done) == (4, 4)
    assert {r.job.source.relative_to(photos).as_posix() for r in do.results} == {
        "0.png", "new.png", "sub/0.png", "1.png"
    }  # fmt: skip
    assert do().done == 0
    assert do(resume=False).done == 8


def test_names_that_meet_later_keep_their_places(do, photos, tmp_path):
    do()
    Image.open(photos / "0.png").save(photos / "0.bmp")
    assert do().done == 1
    assert {"0.png", "0-bmp.png"} <= set(results(tmp_path / "out"))
    assert do(resume=False).done == 8
    assert {"0-png.png", "0-bmp.png"} <= set(results(tmp_path / "out"))


def test_another_recipe_is_refused_and_nothing_is_touched(do, tmp_path):
    do()
    before = results(tmp_path / "out")
    with pytest.raises(OptionError, match=r"quality was 92, now 80.*--no-resume"):
        do(options=dataclasses.replace(OPTIONS, quality=80))
    with pytest.raises(OptionError, match="output was"):
        do(output=tmp_path / "other", journal=tmp_path / "out" / NAME)
    assert results(tmp_path / "out") == before and not results(tmp_path / "other")


def test_a_run_that_did_nothing_binds_nobody(do, photos, tmp_path):
    for path in photos.rglob("*.png"):
        path.write_bytes(b"broken")
    assert do().failed == 7
    assert do(options=dataclasses.replace(OPTIONS, quality=80)).failed == 7


def test_broken_photos_are_named_and_the_rest_is_done(do, photos, tmp_path):
    (photos / "3.png").write_bytes(b"\x89PNG\r\n\x1a\nand then nothing")
    (photos / "empty.jpg").touch()
    tally = do()
    assert (tally.done, tally.failed) == (6, 2)
    assert {r.error.code for r in do.results if r.error} == {"BrokenImage", "NotAnImage"}
    assert [row.state for row in do.rows] == [FAILED] * 2 + [DONE] * 6
    draw(photos / "3.png", 3)  # mended: the next run does it
    assert (do().done, do().failed) == (1, 1)


def test_a_photo_that_disappears_in_mid_run_is_named(do, photos):
    def before(job):
        if job.source.name == "2.png":
            (photos / "4.png").unlink(missing_ok=True)
            (photos / "5.png").unlink(missing_ok=True)
            job.source.unlink()

    tally = do(before=before)
    failed = {r.job.source.name: r.error.code for r in do.results if r.error}
    assert failed["2.png"] == "NotFoundInput" and set(failed.values()) == {"NotFoundInput"}
    assert tally.done == 7 - len(failed) and tally.left == 0


def test_a_retry_mends_what_was_passing(do, photos):
    good = (photos / "1.png").read_bytes()
    (photos / "1.png").write_bytes(good[:40])
    calls = []

    def before(job):
        calls.append(job.source.name)
        if calls.count("1.png") == 3:
            job.source.write_bytes(good)

    assert do(retry=1, before=before).failed == 1
    calls.clear()
    tally = do(retry=3, before=before)
    assert (tally.done, tally.failed, calls) == (1, 0, ["1.png"] * 3)
    assert len(do.results) == 1  # said once, when it is sure


def test_an_unforeseen_error_fails_one_photo_only(home, photos, tmp_path, caplog):
    class Odd(Cutter):
        def cut(self, source, options=None, name=None):
            if source.name == "1.png":
                raise ZeroDivisionError("odd")
            return super().cut(source, options, name)

    with Odd(OPTIONS) as cutter:
        bad, good = (
            cut_file(Job(photos / name, tmp_path / name), OPTIONS, cutter) for name in ("1.png", "2.png")
        )
    assert "ZeroDivisionError: odd" in bad.error.problem and "Traceback" in caplog.text
    assert good.error is None and good.size == (tmp_path / "2.png").stat().st_size


def test_a_place_that_cannot_be_written_fails_its_photos_only(do, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sub").write_text("a file where a folder should be")
    tally = do()
    assert (tally.done, tally.failed) == (6, 1)
    assert [r.error.code for r in do.results if r.error] == ["OutputError"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_folder_that_may_not_be_written_by_a_user(do, tmp_path):
    (tmp_path / "out").mkdir(mode=0o500)
    with pytest.raises(OutputError, match="cannot be written"):
        do()


def test_an_output_folder_that_cannot_be_made(do, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be made"):
        do(output=tmp_path / "file" / "out")


def test_results_inside_the_photos_folder_are_no_photos(do, photos):
    assert do(output=photos / "out").done == 7
    assert (do(output=photos / "out").meant, do.results) == (7, [])
    with pytest.raises(OptionError, match="the folder of the photos"):
        do(output=photos)


def test_a_result_never_takes_a_photos_place(do, photos):
    named = (str(photos / "sub"), str(photos / "1.png"))
    with pytest.raises(OptionError, match="one of the photos"):
        do(inputs=(*named, str(photos / "sub" / ".." / "0.png")), output=photos)
    with pytest.raises(OptionError, match="no photos"):
        do(inputs=(str(photos / "*.webp"),))


def test_two_batches_on_one_journal_are_refused(do, tmp_path):
    said = []

    def before(job):
        if not said:
            with pytest.raises(OptionError, match="another batch is at work") as caught:
                do_other()
            said.append(caught.value)

    def do_other():
        batch = Batch((str(tmp_path / "in"),), tmp_path / "out", OPTIONS, "png")
        run_batch(batch, lambda jobs: iter(()), lambda *_: None, threading.Event(), lambda _: None)

    do(before=before)
    assert said


def test_a_file_that_is_no_journal(do, tmp_path):
    (tmp_path / "notes.txt").write_text("dear diary, " * 100)
    with pytest.raises(OptionError, match="is no journal of a batch"):
        do(journal=tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text().startswith("dear diary")


def test_what_a_killed_run_left_half_written_is_removed(do, tmp_path):
    do()
    left = tmp_path / "out" / "sub" / ".0123456789abcdef.part"
    kept = tmp_path / "out" / ".mine.part"
    left.write_bytes(b"half")
    kept.touch()
    do()
    assert kept.exists() and not left.exists()


def test_a_stop_finishes_what_is_in_work_and_the_next_run_does_the_rest(do, photos, tmp_path):
    stop = threading.Event()
    tally = do(stop=stop, before=lambda job: stop.set())
    assert 1 <= tally.done <= 3 and tally.left == 7 - tally.done
    assert len(results(tmp_path / "out")) == tally.done
    assert "not done yet" in do.page
    assert do().done == tally.left


class Polls(threading.Event):
    """Stops a watch that waits for the given number of polls; a file grows before each."""

    def __init__(self, path, pieces, more):
        super().__init__()
        self.path, self.pieces, self.more = path, list(pieces), more

    def wait(self, timeout=None):
        if self.pieces:
            with self.path.open("ab") as file:
                file.write(self.pieces.pop(0))
        else:
            self.more -= 1
            if self.more == 0:
                self.set()
        return self.is_set()


def test_watching_takes_new_photos_once_they_no_longer_grow(do, photos, tmp_path):
    whole, lengths = (photos / "0.png").read_bytes(), []
    (photos / "1.png").write_bytes(b"broken")
    stop = Polls(photos / "late.png", [whole[:100], whole[100:200], whole[200:]], more=4)

    def before(job):
        if job.source.name == "late.png":
            lengths.append(job.source.stat().st_size)

    tally = do(stop=stop, before=before, watch=True)
    assert (tally.done, tally.failed, lengths) == (
        7,
        1,
        [len(whole)],
    )  # nothing is done twice, nor failed twice
    assert (tmp_path / "out" / "late.png").exists()


def test_standard_input_is_no_batch(do, tmp_path):
    for watch in (False, True):
        with pytest.raises(OptionError, match="standard input"):
            do(inputs=("-",), watch=watch)
    assert not (tmp_path / "out").exists()


def test_no_more_pixels_in_flight_than_allowed_and_the_network_is_never_left_idle(photos, tmp_path):
    sizes = {}
    for i in range(30):
        path = tmp_path / "many" / f"{i:02}.png"
        side = random.Random(i).choice([20, 20, 40, 90])
        draw(path, i, (side, side))
        sizes[path] = side * side
    lock, flying, peaks = threading.Lock(), set(), []
    pause = threading.Event()

    def work(job):
        with lock:
            flying.add(job.source)
            peaks.append((sum(sizes[p] for p in flying), len(flying)))
        pause.wait(0.005)
        with lock:
            flying.discard(job.source)
        return Result(job)

    jobs = [Job(path, path) for path in sorted(sizes)]
    done = [r.job for r in run_local(jobs, work, Limits(4, 4000), threading.Event())]
    assert sorted(done, key=str) == jobs
    assert all(pixels <= 4000 or alone == 1 for pixels, alone in peaks)  # 90×90 is over the limit: alone
    assert max(alone for _, alone in peaks) == 4


def test_the_journal_can_be_read_by_others(do, tmp_path):
    do()
    with sqlite3.connect(f"file:{tmp_path / 'out' / NAME}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT source, state FROM photos").fetchall()
    connection.close()
    assert {Path(os.fsdecode(source)).suffix for source, _ in rows} == {".png"}
    assert {state for _, state in rows} == {DONE}
