"""What is to be done, by whom, and how far it is: one SQLite file, shared by every process on the folder.

Nothing of a photo is in it, not even a name: those stand in the job's own folder, which goes with the job.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import OutputError
from ..problems import Busy, NoSpace, TooMany
from .owners import Owner
from .states import (
    ATTEMPTS,
    DONE,
    FAILED,
    PACKING,
    QUEUED,
    RECEIVING,
    RUNNING,
    WAITING,
    WORKING,
    Claim,
    Row,
    Step,
)
from .tables import open_tables

_COUNTS = "(SELECT count(*) FROM photos WHERE job = :job AND state = '{}')"
_EVENT = f"""
INSERT INTO events SELECT :job, 1 + coalesce((SELECT max(seq) FROM events WHERE job = :job), 0),
    :number, :state, {_COUNTS.format("done")}, {_COUNTS.format("failed")}
"""
_WAITING = """
SELECT p.job, p.number, p.attempts, j.caller FROM photos p JOIN jobs j ON j.id = p.job
WHERE p.state = 'waiting' AND j.state IN ('queued', 'running')
"""
# The jobs go side by side, photo by photo: a small one does not wait until a large one is through.
_NEXT = f"""
{_WAITING} AND p.attempts <= ? AND p.job NOT IN (SELECT job FROM clips) ORDER BY p.number, j.created LIMIT 1
"""
# A photo that a process may have died of is done alone, and so before a clip, which may take hours.
_NEXT_CLIP = f"""
{_WAITING} AND p.job IN (SELECT job FROM clips)
AND (SELECT count(*) FROM photos JOIN clips USING (job) WHERE state = 'working') < ?
AND NOT EXISTS (SELECT 1 FROM photos WHERE state = 'waiting' AND attempts > 0
                AND job NOT IN (SELECT job FROM clips))
ORDER BY j.created LIMIT 1
"""
_PACKABLE = """
SELECT id FROM jobs WHERE state = 'running'
AND NOT EXISTS (SELECT 1 FROM photos WHERE job = id AND state IN ('waiting', 'working')) LIMIT 1
"""


class JobStore:
    """The jobs of a folder; used by any thread.

    Parameters
    ----------
    folder : Path
        Where the folder ``jobs`` is, or is made.

    Raises
    ------
    OutputError
        It cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self.root = folder / "jobs"
        self._lock = threading.Lock()
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.root.chmod(0o700)
            self._owner = Owner(self.root)
            self._db = open_tables(self.root / "jobs.sqlite")
        except (OSError, sqlite3.Error) as error:
            remedy = "Change its permissions, or choose another folder."
            raise OutputError(str(self.root), f"cannot be used ({error})", remedy) from error
        self._me = self._owner.name

    def close(self) -> None:
        """Let go of the folder."""
        with self._lock:
            self._db.close()
        self._owner.close()

    def begin(self, job: str, holder: str, caller: str, again: str | None, most: int) -> Row:
        """Note a job that is about to be received; return the one that is meant, if it was sent before.

        Raises
        ------
        TooMany
            The caller has `most` jobs.
        """
        with self._writing() as db:
            known = db.execute(f"{_ROW} WHERE again = ?", (again,)).fetchone()
            if known:
                return Row(*known)
            (count,) = db.execute("SELECT count(*) FROM jobs WHERE caller = ?", (caller,)).fetchone()
            if count >= most:
                remedy = "Delete those that you have fetched, or wait until they expire."
                raise TooMany("this caller", f"has {count} jobs here", remedy, 60)
            values = (job, holder, caller, again, RECEIVING, self._me, time.time())
            db.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)", values)
        return Row(job, RECEIVING, values[-1], None, None)

    def queue(self, job: str, photos: int, *, is_clip: bool = False) -> None:
        """Let a job that is received whole wait for its turn."""
        with self._writing() as db:
            if is_clip:
                db.execute("INSERT INTO clips VALUES (?)", (job,))
            db.executemany(
                "INSERT INTO photos (job, number) VALUES (?, ?)", ((job, n) for n in range(photos))
            )
            db.execute("UPDATE jobs SET owner = NULL WHERE id = ?", (job,))
            _state(db, job, QUEUED)

    def remove(self, job: str) -> None:
        """Forget a job."""
        with self._writing() as db:
            db.execute("DELETE FROM jobs WHERE id = ?", (job,))

    def find(self, job: str, holder: str) -> Row | None:
        """Return a job, if there is one that this holder may see."""
        rows = self._read(f"{_ROW} WHERE id = ? AND holder = ? AND state != 'receiving'", job, holder)
        return Row(*rows[0]) if rows else None

    def of(self, holder: str) -> list[Row]:
        """Return a holder's jobs, the latest first."""
        query = f"{_ROW} WHERE holder = ? AND state != 'receiving' ORDER BY created DESC"
        return [Row(*row) for row in self._read(query, holder)]

    def photos(self, job: str) -> list[tuple[str, int]]:
        """Return the state of each photo of a job, and how often it was begun."""
        return self._read("SELECT state, attempts FROM photos WHERE job = ? ORDER BY number", job)

    def counts(self, job: str) -> dict[str, int]:
        """Return how many photos of a job are in each state."""
        found = dict(self._read("SELECT state, count(*) FROM photos WHERE job = ? GROUP BY state", job))
        return {state: found.get(state, 0) for state in (WAITING, WORKING, DONE, FAILED)}

    def steps(self, job: str, after: int) -> list[Step] | None:
        """Return what has happened to a job since a step; None if there is no such job."""
        query = "SELECT seq, number, state, done, failed FROM events WHERE job = ? AND seq > ? ORDER BY seq"
        steps = [Step(*row) for row in self._read(query, job, after)]
        return steps if steps or self._read("SELECT 1 FROM jobs WHERE id = ?", job) else None

    def claim(self, alone: bool) -> Claim | None:
        """Take the next photo into work; what the process may have died of only if it is `alone`."""
        return self._claim(_NEXT, ATTEMPTS if alone else 0, is_clip=False)

    def claim_clip(self, most: int) -> Claim | None:
        """Take the next clip into work, if fewer than `most` are in work in all processes."""
        return self._claim(_NEXT_CLIP, most, is_clip=True)

    def forgive(self, claim: Claim) -> None:
        """Forget that processes ended while a clip was in work: it went on since."""
        query = "UPDATE photos SET attempts = 1 WHERE job = ? AND number = ?"
        with self._writing() as db:
            db.execute(query, (claim.job, claim.number))

    def _claim(self, query: str, value: int, *, is_clip: bool) -> Claim | None:
        if not self._read(query, value):  # most of the time nothing waits: no need to write then
            return None
        with self._writing() as db:
            row = db.execute(query, (value,)).fetchone()
            if row is None:
                return None
            job, number, attempts, caller = row
            db.execute(
                "UPDATE photos SET state = 'working', owner = ?, attempts = attempts + 1 "
                "WHERE job = ? AND number = ?",
                (self._me, job, number),
            )
            if db.execute("SELECT state FROM jobs WHERE id = ?", (job,)).fetchone() == (QUEUED,):
                _state(db, job, RUNNING)
        return Claim(job, number, caller, attempts > 0, is_clip)

    def give_back(self, claim: Claim) -> None:
        """Let a photo that was not begun wait again."""
        with self._writing() as db:
            db.execute(
                "UPDATE photos SET state = 'waiting', attempts = attempts - 1 WHERE job = ? AND number = ?",
                (claim.job, claim.number),
            )

    def settle(self, claim: Claim, state: str) -> None:
        """Note what became of a photo; nothing, if its job was cancelled meanwhile."""
        with self._writing() as db:
            _settle(db, claim.job, claim.number, state)

    def claim_packing(self) -> str | None:
        """Take a job, of which every photo is settled, to put its results together."""
        if not self._read(_PACKABLE):
            return None
        with self._writing() as db:
            row = db.execute(_PACKABLE).fetchone()
            if row is None:
                return None
            db.execute("UPDATE jobs SET owner = ? WHERE id = ?", (self._me, row[0]))
            _state(db, row[0], PACKING)
            return str(row[0])

    def end(self, job: str, state: str, problem: str | None = None) -> None:
        """Note that a job has ended."""
        with self._writing() as db:
            db.execute(
                "UPDATE jobs SET owner = NULL, ended = ?, problem = ? WHERE id = ?",
                (time.time(), problem, job),
            )
            _state(db, job, state)

    def recover(self) -> list[str]:
        """Take back what dead processes had in work; return the jobs that they never received whole."""
        query = (
            "SELECT owner FROM photos WHERE state = 'working' UNION "
            "SELECT owner FROM jobs WHERE owner IS NOT NULL"
        )
        owners = {row[0] for row in self._read(query)} | self._owner.others()
        return [job for owner in owners - {self._me} for job in self._recover(owner)]

    def ended_before(self, moment: float) -> list[str]:
        """Return the jobs that ended before a time."""
        return [row[0] for row in self._read("SELECT id FROM jobs WHERE ended < ?", moment)]

    def all(self) -> dict[str, str]:
        """Return every job's state."""
        return dict(self._read("SELECT id, state FROM jobs"))

    def _recover(self, owner: str) -> list[str]:
        with self._owner.burying(owner) as is_dead:
            if not is_dead:
                return []
            with self._writing() as db:
                _take_back(db, owner)
                query = "SELECT id FROM jobs WHERE owner = ? AND state = 'receiving'"
                return [row[0] for row in db.execute(query, (owner,)).fetchall()]

    def _read(self, query: str, *values: Any) -> list[Any]:
        with self._lock, _telling():
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _telling():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


_ROW = "SELECT id, state, created, ended, problem, id IN (SELECT job FROM clips) FROM jobs"


def _state(db: sqlite3.Connection, job: str, state: str) -> None:
    if db.execute("UPDATE jobs SET state = ? WHERE id = ?", (state, job)).rowcount:
        db.execute(_EVENT, {"job": job, "number": None, "state": state})


def _settle(db: sqlite3.Connection, job: str, number: int, state: str) -> None:
    query = "UPDATE photos SET state = ? WHERE job = ? AND number = ?"
    if db.execute(query, (state, job, number)).rowcount:
        db.execute(_EVENT, {"job": job, "number": number, "state": state})


def _take_back(db: sqlite3.Connection, owner: str) -> None:
    query = "SELECT job, number, attempts FROM photos WHERE owner = ? AND state = 'working'"
    for job, number, attempts in db.execute(query, (owner,)).fetchall():
        if attempts >= ATTEMPTS:
            _settle(db, job, number, FAILED)
    db.execute("UPDATE photos SET state = 'waiting' WHERE owner = ? AND state = 'working'", (owner,))
    db.execute(
        "UPDATE jobs SET state = 'running', owner = NULL WHERE owner = ? AND state = 'packing'", (owner,)
    )


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if "full" in str(error):
            raise NoSpace("the service", "has no space left on its disk", "Come again later.", 600) from error
        raise Busy("the list of jobs", f"cannot be used now ({error})", "Come again later.", 5) from error
