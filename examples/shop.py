"""Advanced: a folder of photos in the look of a recipe, resumable, with a page of the doubtful ones first."""

import sys
from pathlib import Path
from threading import Event

from alphacut import Cutter
from alphacut.batch.journal import Journal
from alphacut.batch.local import Limits, run_local, usual_workers
from alphacut.batch.report import as_html
from alphacut.batch.run import Batch, Tally, run_batch
from alphacut.batch.work import Result, cut_file
from alphacut.compose.present import with_preset
from alphacut.files import write_atomic
from alphacut.recipe import load_recipe

photos, output, recipe = (Path(argument) for argument in sys.argv[1:4])

options = with_preset(load_recipe(recipe))
batch = Batch((str(photos),), output, options, suffix="jpg" if options.format == "jpeg" else "png")
limits, stop = Limits(usual_workers(), pixels=32_000_000), Event()


def tell(tally: Tally, result: Result | None) -> None:
    if result is not None:
        print(f"{tally.left} left, {result.job.name}: {result.error or 'done'}")


def finish(journal: Journal) -> None:
    page = output / "report.html"
    write_atomic(page, as_html(journal, options, page.parent).encode())


with Cutter(options) as cutter:
    tally = run_batch(
        batch,
        lambda jobs: run_local(jobs, lambda job: cut_file(job, options, cutter), limits, stop),
        tell,
        stop,
        finish,
    )
print(f"{tally.done} done, {tally.failed} failed, {tally.before} done before, {tally.unsure} need a look")
