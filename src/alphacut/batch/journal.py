"""What a batch has done, in a file that survives the process: SQLite, one row a photo."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ..errors import OptionError, OutputError
from .places import Stamp, is_remote, place, size_of, stamp_if_there
from .plan import Job
from .work import Result, both

NAME = ".alphacut-batch.sqlite"
WAITING, DONE, FAILED = "waiting", "done", "failed"

_TABLES = """
CREATE TABLE IF NOT EXISTS look (recipe TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS photos (
    source BLOB PRIMARY KEY,            -- the file system's bytes: a name need not be text
    target BLOB NOT NULL UNIQUE,        -- no two results in one place
    run INTEGER NOT NULL,               -- the last run that meant this photo
    state TEXT NOT NULL,
    size INTEGER, mtime INTEGER,        -- the photo's, as it was when it was done
    bytes INTEGER,                      -- the result's
    uncertainty REAL, line TEXT, preview BLOB
);
"""
_KNOWN = "SELECT state, size, mtime, bytes, run FROM photos WHERE source = ?"
_MEANT = """
INSERT INTO photos (source, target, run, state) VALUES (?, ?, ?, 'waiting')
ON CONFLICT (source) DO UPDATE SET target = excluded.target, run = excluded.run, state = excluded.state
"""
_RECORD = """
UPDATE photos SET state = ?, size = ?, mtime = ?, bytes = ?, uncertainty = ?, line = ?, preview = ?
WHERE source = ?
"""
_ROWS = """
SELECT source, target, state, uncertainty, line, CASE WHEN ? THEN preview ELSE x'' END FROM photos
WHERE run = ? ORDER BY state = 'done', uncertainty DESC NULLS LAST, source LIMIT ? OFFSET ?
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One photo, as the journal knows it; `line` is the JSON that was said of it, {} before."""

    source: Path
    target: Path
    state: str
    uncertainty: float | None
    line: Mapping[str, Any]
    preview: bytes


@contextmanager
def open_journal(path: Path, recipe: Mapping[str, Any], resume: bool) -> Iterator[Journal]:
    """Open the journal of a batch, or begin it; no second process has it meanwhile.

    Parameters
    ----------
    path : Path
    recipe : mapping
        What decides the results: names to values that JSON can hold.
    resume : bool
        Take up what is there; otherwise begin anew.

    Raises
    ------
    OptionError
        It is another recipe's, another process's, or no journal.
    OutputError
        It cannot be written.
    """
    lock = FileLock(f"{path}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        remedy = "Wait for it, or choose another output folder."
        raise OptionError(f"journal {path}", "another batch is at work on it", remedy) from None
    except OSError as error:
        remedy = "Choose another place with --journal."
        raise OutputError(str(path), f"cannot be written ({error.strerror})", remedy) from error
    existed = path.exists()
    try:
        with _telling(path), closing(sqlite3.connect(path, isolation_level=None)) as connection:
            _prepare(connection)
            _agree(connection, path, recipe, resume)
            yield Journal(connection, path, existed)
    finally:
        lock.release()


class Journal:
    """The rows of one batch; used by one thread.

    Attributes
    ----------
    is_new : bool
        Whether no earlier process left it.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, existed: bool) -> None:
        self.is_new = not existed
        self._connection = connection
        self._path = path
        self._run = 1 + (connection.execute("SELECT max(run) FROM photos").fetchone()[0] or 0)

    def places(self) -> dict[Path, Path]:
        """Return where the result of each known photo goes."""
        rows = self._connection.execute("SELECT source, target FROM photos")
        return {_path(source): _path(target) for source, target in rows}

    def take_up(self, jobs: Sequence[Job]) -> list[Job]:
        """Note what this run means to do, and return what of it is still to be done.

        A photo is done if it was, is still the same file, and its result is still there with the same size. One
        that failed in this run and has not changed since is not tried again.
        """
        todo = []
        with self._transaction():
            for job in jobs:
                source, _ = both(job)
                key, now = _bytes(source), stamp_if_there(source)
                row = self._connection.execute(_KNOWN, (key,)).fetchone()
                if row and self._is_settled(job, row, now):
                    self._connection.execute("UPDATE photos SET run = ? WHERE source = ?", (self._run, key))
                    continue
                self._connection.execute(_MEANT, (key, _bytes(both(job)[1]), self._run))
                todo.append(job)
        return todo

    def record(self, result: Result) -> None:
        """Note what became of a photo; on return it is written down."""
        state = FAILED if result.error else DONE
        uncertainty = result.report.uncertainty if result.report else None
        size, mtime = result.stamp or (None, None)
        line, key = json.dumps(result.line()), _bytes(both(result.job)[0])
        with self._transaction():
            values = (state, size, mtime, result.size, uncertainty, line, result.preview, key)
            self._connection.execute(_RECORD, values)

    def counts(self) -> dict[str, int]:
        """Return how many photos of this run are in each state."""
        rows = self._connection.execute(
            "SELECT state, count(*) FROM photos WHERE run = ? GROUP BY state", (self._run,)
        )
        return {WAITING: 0, DONE: 0, FAILED: 0, **dict(rows.fetchall())}

    def unsure(self, above: float) -> int:
        """Return how many results of this run have an uncertainty above a number."""
        query = "SELECT count(*) FROM photos WHERE run = ? AND state = 'done' AND uncertainty > ?"
        return int(self._connection.execute(query, (self._run, above)).fetchone()[0])

    def rows(self, *, previews: bool, limit: int = -1, offset: int = 0) -> Iterator[Row]:
        """Yield this run's photos: what is not done first, then the most uncertain results first."""
        for source, target, state, uncertainty, line, small in self._connection.execute(
            _ROWS, (previews, self._run, limit, offset)
        ):
            said = json.loads(line) if line and state != WAITING else {}
            yield Row(_path(source), _path(target), state, uncertainty, said, small or b"")

    def _is_settled(self, job: Job, row: tuple[Any, ...], now: Stamp | None) -> bool:
        state, size, mtime, written, run = row
        if now is None or (size, mtime) != now:
            return False
        if state == FAILED:
            return bool(run == self._run)
        return bool(state == DONE and size_of(both(job)[1]) == written)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _telling(self._path):
            self._connection.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        remedy = "Free some space or change the permissions, or choose another place with --journal."
        raise OutputError(str(path), f"cannot be written ({error})", remedy) from error
    except sqlite3.DatabaseError as error:
        remedy = "Choose another place with --journal, or delete the file to begin anew."
        raise OptionError(f"journal {path}", f"is no journal of a batch ({error})", remedy) from error


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    # A killed process loses nothing with it; what a power cut could lose is found by the results' sizes.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.executescript(_TABLES)


def _agree(connection: sqlite3.Connection, path: Path, recipe: Mapping[str, Any], resume: bool) -> None:
    nothing_done = connection.execute("SELECT 1 FROM photos WHERE state = 'done'").fetchone() is None
    if not resume or nothing_done:
        connection.executescript("BEGIN; DELETE FROM photos; DELETE FROM look; COMMIT;")
    found = connection.execute("SELECT recipe FROM look").fetchone()
    if found is None:
        connection.execute("INSERT INTO look VALUES (?)", (json.dumps(recipe),))
        return
    before = json.loads(found[0])
    names = sorted(n for n in {*before, *recipe} if before.get(n) != json.loads(json.dumps(recipe.get(n))))
    if names:
        shown = "; ".join(f"{n} was {before.get(n)!r}, now {recipe.get(n)!r}" for n in names[:3])
        remedy = (
            "Give the same ones to go on, choose another output folder, or begin anew with --no-resume, "
            "which makes every photo again."
        )
        raise OptionError(f"journal {path}", f"was begun with another recipe or output ({shown})", remedy)


def _bytes(path: Path) -> bytes:
    return str(path).encode() if is_remote(path) else os.fsencode(path.absolute())


def _path(data: bytes) -> Path:
    return place(os.fsdecode(data))
