"""A folder of photos, and a batch over it with the real one-layer network."""

import dataclasses
import threading

import pytest

from alphacut import Cutter
from alphacut.batch.local import Limits, run_local
from alphacut.batch.report import as_html
from alphacut.batch.run import Batch, run_batch
from alphacut.batch.work import cut_file
from batches import OPTIONS, draw


@pytest.fixture
def photos(tmp_path):
    for i in range(6):
        draw(tmp_path / "in" / f"{i}.png", i)
    draw(tmp_path / "in" / "sub" / "0.png")
    return tmp_path / "in"


@pytest.fixture
def do(home, photos, tmp_path):
    """Run a batch; what it said is kept in `do.rows`, `do.page` and `do.results`."""
    cutter = Cutter(OPTIONS)

    def do(stop=None, before=lambda job: None, **changes):
        batch = Batch((str(photos),), tmp_path / "out", OPTIONS, "png")
        batch = dataclasses.replace(batch, **changes)
        stop, do.results = stop or threading.Event(), []

        def work(job):
            before(job)
            return cut_file(job, batch.options, cutter)

        def finish(journal):
            do.rows = list(journal.rows(previews=True))
            do.page = as_html(journal, batch.options, tmp_path)

        return run_batch(
            batch,
            lambda jobs: run_local(jobs, work, Limits(3, 10**6), stop),
            lambda tally, result: do.results.append(result) if result else None,
            stop,
            finish,
        )

    return do
