"""A batch on a real Ray cluster of two workers, one killed in the middle: nothing lost, nothing done twice."""

import dataclasses
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

import tiny
from alphacut import Cutter
from alphacut.batch.journal import DONE, FAILED, NAME
from alphacut.batch.local import Limits, run_local
from alphacut.batch.on_ray import DEATHS, Cluster, ray_engine
from alphacut.batch.run import Batch, run_batch
from alphacut.batch.share import share
from alphacut.batch.work import cut_file
from alphacut.errors import DeviceMissing, OptionError
from batches import OPTIONS, draw, results

ray = pytest.importorskip("ray", reason="Ray is not installed (extra ray)")

COUNT = 20
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="needs Linux's table of open files"
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A cluster on this machine whose processes have a home with the one-layer network; gives its address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALPHACUT_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("ALPHACUT_OFFLINE", "1")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        tiny.install()
        ray.init(
            "local", num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=80_000_000
        )
        yield ray.get_runtime_context().gcs_address
        ray.shutdown()


@pytest.fixture
def photos(tmp_path):
    return draw_all(tmp_path / "in")


def draw_all(folder):
    for i in range(COUNT):
        draw(folder / str(i % 3) / f"{i:02}.png", i, (200, 300))
    return folder


@pytest.fixture(scope="module")
def expected(cluster, tmp_path_factory):
    """What the local runner makes of these photos."""
    base, stop = tmp_path_factory.mktemp("local"), threading.Event()
    with Cutter(OPTIONS) as cutter:
        run_batch(
            Batch((str(draw_all(base / "in")),), base / "out", OPTIONS, "png"),
            lambda jobs: run_local(jobs, lambda job: cut_file(job, OPTIONS, cutter), Limits(2, 10**7), stop),
            lambda *_: None,
            stop,
            lambda _: None,
        )
    return results(base / "out")


@pytest.fixture(scope="class")
def crew(cluster):
    """An engine with two workers, and what tells it to stop."""
    stop = threading.Event()
    with ray_engine(OPTIONS, Cluster(workers=2), stop) as engine:
        yield engine, stop


@pytest.fixture
def do(crew, photos, tmp_path):
    """Run a batch on two workers; `do.told` has each result with its file's inode and time when it was told."""
    engine, stop = crew
    stop.clear()

    def do(after=lambda count: None, **changes):
        batch = dataclasses.replace(Batch((str(photos),), tmp_path / "out", OPTIONS, "png"), **changes)
        do.told = []

        def tell(tally, result):
            if result:
                do.told.append((result, None if result.error else _written(result.job.target)))
                after(len(do.told))

        return run_batch(batch, engine, tell, stop, lambda journal: None)

    return do


class Trap(threading.Thread):
    """A pipe in a photo's place: whoever reads it waits, and is killed once `ready` is set.

    Before the last of `times` the photo comes back into its place, if `mend` is set.
    """

    def __init__(self, path, times, *, mend):
        super().__init__(daemon=True)
        self.path, self.times, self.photo = path, times, path.read_bytes() if mend else None
        self.ready, self.killed = threading.Event(), []
        path.unlink()
        os.mkfifo(path)
        self.pipe = os.open(path, os.O_RDWR)  # open for writing, so that readers wait

    def run(self):
        while len(self.killed) < self.times:
            self.ready.wait()
            for pid in filter(self.reads, psutil.pids()):
                if self.photo is not None and len(self.killed) == self.times - 1:
                    part = self.path.with_suffix(".part")
                    part.write_bytes(self.photo)
                    part.replace(self.path)
                self.killed.append(pid)
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        os.close(self.pipe)

    def reads(self, pid):
        try:
            names = [str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()]
        except OSError:
            return False
        return pid != os.getpid() and pid not in self.killed and str(self.path) in names


def _written(path):
    stat = path.stat()
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def in_the_journal(tmp_path):
    with sqlite3.connect(f"file:{tmp_path / 'out' / NAME}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT state, count(*) FROM photos GROUP BY state").fetchall()
    connection.close()
    return dict(rows)


class TestOneCrew:
    """One crew does several batches one after the other, as when folders are watched."""

    @needs_proc
    def test_a_worker_killed_in_the_middle_loses_nothing_and_nothing_is_done_twice(
        self, do, photos, expected, tmp_path
    ):
        held = photos / "1" / "01.png"
        trap = Trap(held, 1, mend=True)
        trap.start()

        def after(count):
            if count == COUNT // 2:
                assert not trap.killed
                trap.ready.set()

        tally = do(after, inputs=(str(photos), str(held)))
        trap.join()
        assert (tally.done, tally.failed, tally.left, len(trap.killed)) == (COUNT, 0, 0, 1)
        assert results(tmp_path / "out") == expected
        names = [result.job.source for result, _ in do.told]
        assert len(names) == len(set(names)) == COUNT and names.index(held) >= COUNT // 2
        assert all(_written(result.job.target) == then for result, then in do.told)  # none was written again
        assert in_the_journal(tmp_path) == {DONE: COUNT} and not list((tmp_path / "out").rglob("*.part"))
        assert do().before == COUNT and do.told == []

    @needs_proc
    def test_a_photo_that_ends_every_worker_is_given_up_and_the_rest_is_done(
        self, do, photos, expected, tmp_path
    ):
        held, broken = photos / "0" / "00.png", photos / "2" / "02.png"
        broken.write_bytes(broken.read_bytes()[:300])
        trap = Trap(held, DEATHS, mend=False)
        trap.start()
        trap.ready.set()
        tally = do(inputs=(str(photos), str(held)))
        trap.join()
        assert (tally.done, tally.failed, tally.left) == (COUNT - 2, 2, 0)
        errors = {result.job.source: result.error for result, _ in do.told if result.error}
        assert "ended the 3 workers" in errors[held].problem and errors[broken].code == "BrokenImage"
        left = {str(p.relative_to(photos)) for p in (held, broken)}
        assert results(tmp_path / "out") == {k: v for k, v in expected.items() if k not in left}
        assert in_the_journal(tmp_path) == {DONE: COUNT - 2, FAILED: 2}

    def test_told_to_stop_it_finishes_what_is_in_work_and_a_retry_mends(
        self, do, crew, photos, expected, tmp_path
    ):
        stop = crew[1]
        tally = do(lambda count: stop.set() if count == 3 else None)
        stop.clear()
        assert 3 <= tally.done <= 5 and tally.left == COUNT - tally.done
        assert len(results(tmp_path / "out")) == tally.done == len(do.told)
        following = sorted(
            p for p in photos.rglob("*.png") if not (tmp_path / "out" / p.relative_to(photos)).exists()
        )
        good = following[0].read_bytes()
        following[0].write_bytes(good[:300])  # whole again after the next photo, before its second turn
        again = do(lambda count: following[0].write_bytes(good), retry=1)
        assert (again.before, again.done, again.failed) == (tally.done, COUNT - tally.done, 0)
        assert results(tmp_path / "out") == expected

    def test_the_memory_of_one_process_is_refused(self, do, tmp_path):
        upath = pytest.importorskip("upath", reason="universal_pathlib is not installed (extra remote)")
        with pytest.raises(OptionError, match="--runner local"):
            do(output=upath.UPath("memory://out"), journal=tmp_path / "journal")


def test_the_command_killed_and_given_again_goes_on(cluster, photos, expected, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "alphacut", "batch", str(photos), str(out), "--json", "--runner", "ray"]
    command += ["--workers", "2", "--model", "tiny", "--no-decontaminate"]
    process = subprocess.Popen(
        [*command, "--ray-address", cluster], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    said = [process.stdout.readline() for _ in range(3)]
    process.kill()
    said += process.stdout.readlines()
    process.wait()
    process.stdout.close()
    done = subprocess.run(command, capture_output=True, text=True)  # on a cluster of its own
    assert done.returncode == 0, done.stderr
    assert COUNT - len(said) - 1 <= len(done.stdout.splitlines()) <= COUNT - 3
    assert results(out) == expected and in_the_journal(tmp_path) == {DONE: COUNT}


def test_what_each_worker_gets():
    def given(machines, memory, wanted, cards=False):
        found = share(machines, memory * 1e9, wanted, cards=cards)
        return found.workers, found.processors, found.cards

    assert given([(2, 0)], 8, 2) == (2, 1, 0)
    assert given([(16, 0)], 6.1, None) == (4, 4, 0)  # as many as there is memory for
    assert given([(4, 0), (4, 0), (0, 0)], 64, 3) == (
        3,
        2,
        0,
    )  # eight are not divided by three over two machines
    assert given([(8, 0), (8, 2)], 64, None, cards=True) == (2, 4, 1)
    assert given([(8, 2)], 64, 6, cards=True) == (6, 1, 0.3333)
    with pytest.raises(OptionError, match="more than the 8 processors"):
        share([(8, 0)], 64e9, 9, cards=False)
    with pytest.raises(DeviceMissing, match="graphics card"):
        share([(8, 0)], 64e9, None, cards=True)


@pytest.mark.parametrize(
    "arguments, hidden, words",
    [
        ([], "ray", "alphacut[ray]"),
        (["--ray-address", "127.0.0.1:1"], "", "no cluster answers"),
        (["--megapixels", "8"], "", "--workers bounds the memory"),
    ],
)
def test_wrong_use_is_said_with_its_remedy(cluster, photos, tmp_path, arguments, hidden, words):
    code = "import sys; sys.modules.update(dict.fromkeys(sys.argv.pop(1).split())); from alphacut.cli import main; "
    given = ["batch", str(photos), str(tmp_path / "out"), "--runner", "ray", "--model", "tiny", *arguments]
    command = [sys.executable, "-c", f"{code} sys.exit(main(sys.argv[1:]))", hidden, *given]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2 and words in done.stderr, done.stderr
