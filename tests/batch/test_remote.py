"""A batch from a store into a store: fsspec's own in memory stands for all, and S3 is tried where it can be served."""

import dataclasses
import importlib.util
import subprocess
import sys
import threading

import pytest

from alphacut import Cutter
from alphacut.batch.local import Limits, run_local
from alphacut.batch.plan import plan
from alphacut.batch.report import as_html
from alphacut.batch.run import Batch, run_batch
from alphacut.batch.work import cut_file
from alphacut.errors import OptionError, OutputError
from batches import OPTIONS, draw, results

UPath = pytest.importorskip("upath", reason="universal_pathlib is not installed (extra remote)").UPath


@pytest.fixture
def store(request):
    """A place of its own in this process's memory."""
    there = UPath(f"memory://{abs(hash(request.node.nodeid))}")
    yield there
    if there.fs.exists(there.path):
        there.fs.rm(there.path, recursive=True)


@pytest.fixture
def photos(tmp_path):
    for i in range(4):
        draw(tmp_path / "in" / f"{i}.png", i)
    draw(tmp_path / "in" / "sub dir" / "ä #1.png")
    return tmp_path / "in"


@pytest.fixture
def do(home, tmp_path):
    """Run a batch between two places; `do.done` has the names of the photos that were done in the last run."""
    cutter = Cutter(OPTIONS)

    def do(source, target, stop=None, **changes):
        inputs = (str(source),)
        batch = dataclasses.replace(Batch(inputs, target, OPTIONS, "png", tmp_path / "journal"), **changes)
        stop, do.done = stop or threading.Event(), []

        def finish(journal):
            do.page = as_html(journal, OPTIONS, tmp_path)

        return run_batch(
            batch,
            lambda jobs: run_local(jobs, lambda job: cut_file(job, OPTIONS, cutter), Limits(2, 10**6), stop),
            lambda tally, result: do.done.append(result.job.name) if result else None,
            stop,
            finish,
        )

    return do


def put(folder, there):
    for path in folder.rglob("*"):
        if path.is_file():
            there.fs.pipe_file(f"{there.path}/{path.relative_to(folder).as_posix()}", path.read_bytes())


def stored(there):
    names = there.fs.find(there.path)
    return {n.removeprefix(f"{there.path}/"): there.fs.cat_file(n) for n in names if n.endswith(".png")}


def test_from_store_to_store_is_what_files_give(do, photos, store, tmp_path):
    put(photos, store / "in")
    assert do(photos, tmp_path / "out").done == 5
    tally = do(store / "in", store / "out", journal=tmp_path / "other")
    assert (tally.done, tally.failed) == (5, 0)
    assert stored(store / "out") == results(tmp_path / "out")
    assert "sub dir/ä #1.png" in stored(store / "out")
    assert f'href="{store}/out/0.png"' in do.page and "sub%20dir/%C3%A4%20%231.png" in do.page


def test_a_second_run_does_only_what_is_new_changed_or_missing(do, photos, store):
    put(photos, store / "in")
    do(store / "in", store / "out")
    assert do(store / "in", store / "out").before == 5 and do.done == []
    (store / "in" / "0.png").write_bytes(
        (photos / "1.png").read_bytes()
    )  # another photo, perhaps of the same size
    (store / "in" / "new.png").write_bytes((photos / "2.png").read_bytes())
    (store / "out" / "3.png").unlink()
    (store / "out" / "2.png").write_bytes(b"cut short")
    tally = do(store / "in", store / "out")
    assert (tally.before, tally.done) == (2, 4)
    assert {name.rpartition("/")[2] for name in do.done} == {"0.png", "new.png", "3.png", "2.png"}
    before = stored(store / "out")
    assert before["0.png"] == before["1.png"] and before["new.png"] == before["2.png"]


def test_between_files_and_a_store_and_only_what_a_pattern_means(do, photos, store, tmp_path):
    assert do(photos, store / "out").done == 5
    assert do(store / "out" / "?.png", tmp_path / "again", journal=tmp_path / "j2").done == 4
    assert set(results(tmp_path / "again")) == {"0.png", "1.png", "2.png", "3.png"}


def test_a_broken_and_a_vanished_object_are_named(do, photos, store):
    put(photos, store / "in")
    (store / "in" / "2.png").write_bytes(b"dear diary")
    tally = do(store / "in", store / "out", inputs=(str(store / "in"), str(store / "in" / "gone.png")))
    assert (tally.done, tally.failed) == (4, 2)
    assert "no such object" in do.page and "2.png" in do.page and set(stored(store / "out")) == {
        "0.png", "1.png", "3.png", "sub dir/ä #1.png"
    }  # fmt: skip


def test_names_that_meet_take_their_suffix_and_results_inside_are_no_photos(do, photos, store):
    put(photos, store)
    (store / "0.bmp").write_bytes((photos / "0.png").read_bytes())
    assert do(store, store / "out").done == 6
    assert {"0-png.png", "0-bmp.png"} <= set(stored(store / "out"))
    assert do(store, store / "out").meant == 6


def test_the_journal_of_a_store_is_in_the_home(do, photos, store, home):
    do(photos, store / "out", journal=None)
    do(photos, store / "other", journal=None)
    assert len(list((home / "batches").glob("*.sqlite"))) == 2
    assert do(photos, store / "out", journal=None).done == 0


def test_places_that_cannot_be_meant_are_said_before_anything_is_done(do, photos, store, tmp_path):
    put(photos, store / "in")
    with pytest.raises(OptionError, match="the folder of the photos"):
        do(store / "in", store / "in")
    with pytest.raises(OptionError, match="have no folder in common"):
        do(photos, tmp_path / "out", inputs=(str(photos / "0.png"), str(store / "in" / "1.png")))
    with pytest.raises(OptionError, match="no photos"):
        do(store / "nothing" / "*.png", tmp_path / "out")
    with pytest.raises(OutputError, match="cannot be reached"):
        (store / "file").write_bytes(b"")
        do(photos, store / "file" / "out")
    assert not (tmp_path / "out").exists()


def test_a_store_that_could_show_half_a_result_is_refused(do, photos):
    pytest.importorskip("aiohttp", reason="what http:// needs is not installed")
    with pytest.raises(OptionError, match="half a result"):
        do(photos, UPath("http://localhost:9/out"))


def test_only_batch_reaches_a_store():
    with pytest.raises(OptionError, match="alphacut batch"):
        plan(["memory://x/a.png"], None, "png")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["gs://bucket/in", "OUT"], "gcsfs"),
        (["nonsense://bucket/in", "OUT"], "is not known to fsspec"),
        (["IN", "OUT", "--journal", "s3://bucket/j"], "file of this machine"),
        (["IN", "OUT", "--ray-address", "auto"], "--runner ray"),
        (["IN", "OUT", "--runner", "dask"], "dask"),
    ],
)
def test_wrong_use_names_what_to_do(photos, tmp_path, arguments, words):
    if words == "gcsfs" and importlib.util.find_spec("gcsfs"):
        pytest.skip("gcsfs is installed")
    given = [{"IN": str(photos), "OUT": str(tmp_path / "out")}.get(a, a) for a in arguments]
    done = subprocess.run([sys.executable, "-m", "alphacut", "batch", *given], capture_output=True, text=True)
    assert done.returncode == 2 and words in done.stderr, done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("package", ["upath", "s3fs"])
def test_a_package_that_is_missing_is_named(photos, tmp_path, package):
    code = f"import sys; sys.modules['{package}'] = None; from alphacut.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "batch", str(photos), "s3://bucket/out"]
    done = subprocess.run(command, capture_output=True, text=True)
    needed = {"upath": "alphacut[remote]", "s3fs": "pip install s3fs"}[package]
    assert done.returncode == 2 and needed in done.stderr, done.stderr
