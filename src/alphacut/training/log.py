"""What a training writes while it runs: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..files import write_atomic
from .state import Course

Row = dict[str, Any]
"""Of a step: ``step``, ``loss`` and its parts by their names, ``norm`` of the gradient, ``rate``, ``broken`` photos
that were passed over, ``skipped`` where the update was left out, ``seconds``. Of a validation: ``step``, ``validation``
(each measure's mean) and ``unreadable`` photos."""
Report = Callable[[Row], None]


class Log:
    """Appends rows to a file, from a checkpoint on: what an interrupted run wrote behind its checkpoint is cut off.

    Parameters
    ----------
    path : Path
    course : Course
        Whose steps and validations are kept.
    report : callable or None
        Told of each row; without it nothing is written either: another process does.
    """

    def __init__(self, path: Path, course: Course, report: Report | None) -> None:
        self.path, self.report = path, report
        if report is not None:
            done = {False: course.step, True: course.checked}
            kept = [row for row in read_log(path) if row["step"] <= done["validation" in row]]
            write_atomic(path, "".join(json.dumps(row) + "\n" for row in kept).encode())

    def write(self, row: Row) -> None:
        """Append a row."""
        if self.report is None:
            return
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        self.report(row)


def read_log(path: Path) -> list[Row]:
    """Return the rows of a log; a last line that was cut off is left out."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            rows.append(json.loads(line))
        except ValueError:
            break
    return rows
