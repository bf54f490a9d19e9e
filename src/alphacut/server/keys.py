"""Keys and the ledger of their use: one SQLite file, which several processes may have open.

A key is ``ac_``, eight characters that say which one it is, and 160 random bits. Of those only a SHA-256 is kept:
with that much chance in it there is nothing that a slow hash would make harder. The ledger has one row a photo
that was worked on: when, whose, by which route and model, how large, how long, how it ended; nothing of the photo.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from ..errors import OptionError, OutputError
from .rates import Bucket

FILE = "keys.sqlite"
BUSY_SECONDS = 10.0
_KEY = re.compile(r"ac_([0-9a-f]{8})_[0-9a-f]{40}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_TABLES = """
CREATE TABLE IF NOT EXISTS keys (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    hint TEXT NOT NULL UNIQUE,          -- the part of the key that says which one it is
    hash BLOB NOT NULL,
    made REAL NOT NULL,                 -- Unix seconds, as all times here
    revoked REAL,
    rate REAL, megapixels REAL,         -- a minute
    quota INTEGER,                      -- photos in all
    used INTEGER NOT NULL DEFAULT 0     -- photos that were delivered or are in work
);
CREATE UNIQUE INDEX IF NOT EXISTS names ON keys (name) WHERE revoked IS NULL;
CREATE TABLE IF NOT EXISTS uses (
    time REAL NOT NULL, key INTEGER NOT NULL, route TEXT NOT NULL, model TEXT NOT NULL,
    pixels INTEGER NOT NULL, ms REAL NOT NULL, status INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS uses_of ON uses (key, time);
CREATE TABLE IF NOT EXISTS levels (     -- of the token buckets
    key INTEGER NOT NULL, kind TEXT NOT NULL, level REAL NOT NULL, at REAL NOT NULL, PRIMARY KEY (key, kind)
);
"""
_COLUMNS = "id, name, hint, made, revoked, rate, megapixels, quota, used"
_USAGE = """
SELECT name, hint, COUNT(time), COALESCE(SUM(status = 200), 0),
       COALESCE(SUM(CASE WHEN status = 200 THEN pixels END), 0) / 1e6,
       AVG(ms), MAX(time)
FROM keys LEFT JOIN uses ON uses.key = keys.id WHERE ? IN ('', name) GROUP BY keys.id ORDER BY keys.id
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a key allows: requests a minute, megapixels a minute, photos in all; None is the service's own."""

    rate: float | None = None
    megapixels: float | None = None
    quota: int | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is known here: everything but the key itself."""

    id: int
    name: str
    hint: str
    made: float
    revoked: float | None
    terms: Terms
    used: int

    @property
    def left(self) -> int | None:
        """Photos left; None: there is no quota."""
        return None if self.terms.quota is None else max(0, self.terms.quota - self.used)


@dataclass(frozen=True, slots=True)
class Use:
    """A row of the ledger."""

    key: int
    route: str
    model: str
    pixels: int
    ms: float
    status: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What one key was used for; `megapixels` counts what was delivered, `ms` is the mean a photo."""

    name: str
    hint: str
    requests: int
    delivered: int
    megapixels: float
    ms: float | None
    last: float | None


class Keys:
    """The keys of one service. Every method blocks for a moment: call it in a thread.

    Parameters
    ----------
    folder : Path
        Made when it is missing; only this user may look into it.

    Raises
    ------
    OutputError
        Of each method: the file cannot be read or written.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite gives the files that it puts next to this one the same mode.
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            self.path.chmod(0o600)
        except OSError as error:
            raise _unusable(error.strerror or f"{error}") from error
        # One connection stays open: closing the last one would write everything through to the disk each time.
        self._database = sqlite3.connect(self.path, timeout=BUSY_SECONDS, check_same_thread=False)
        self._one_at_a_time = Lock()
        try:
            with self._open() as database:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = NORMAL")
                database.executescript(_TABLES)
        except OutputError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def new(self, name: str, terms: Terms) -> str:
        """Make a key and return it; nobody can ever read it again.

        Raises
        ------
        OptionError
            The name has a key already or is no name, or a term is not above 0.
        """
        if not _NAME.fullmatch(name):
            raise OptionError(
                f"name {name!r}", "is no name for a key", "Use letters, digits, '.', '_', '@', '-'."
            )
        for term in (terms.rate, terms.megapixels, terms.quota):
            if term is not None and not 0 < term < 1e12:
                raise OptionError(f"key {name!r}", f"cannot be limited to {term:g}", "Give a number above 0.")
        hint = secrets.token_hex(4)
        key = f"ac_{hint}_{secrets.token_hex(20)}"
        row = (name, hint, _hash(key), time.time(), terms.rate, terms.megapixels, terms.quota)
        columns = "name, hint, hash, made, rate, megapixels, quota"
        with self._open() as database:
            try:
                database.execute(f"INSERT INTO keys ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            except sqlite3.IntegrityError:
                remedy = "Revoke it first, or take another name."
                raise OptionError(f"name {name!r}", "has a key already", remedy) from None
        return key

    def list(self) -> tuple[Key, ...]:
        """Return all keys, the revoked ones too, the oldest first."""
        with self._open() as database:
            return tuple(map(_key, database.execute(f"SELECT {_COLUMNS} FROM keys ORDER BY id")))

    def revoke(self, name: str) -> None:
        """Make a key worthless, at once and in every process.

        Raises
        ------
        OptionError
            No key that is still good has this name.
        """
        with self._open() as database:
            revoke = "UPDATE keys SET revoked = ? WHERE name = ? AND revoked IS NULL"
            if not database.execute(revoke, (time.time(), name)).rowcount:
                raise OptionError(f"name {name!r}", "has no key", "See: alphacut keys list")

    def find(self, key: str) -> Key | None:
        """Return what is known of a key, if it is good."""
        match = _KEY.fullmatch(key)
        if match is None:
            return None
        query = f"SELECT hash, {_COLUMNS} FROM keys WHERE hint = ? AND revoked IS NULL"
        with self._open() as database:
            row = database.execute(query, (match[1],)).fetchone()
        known = row is not None and hmac.compare_digest(row[0], _hash(key))
        return _key(row[1:]) if known else None

    def known(self, key: int) -> Key | None:
        """Return what is known of a key by its number, if it is good."""
        with self._open() as database:
            query = f"SELECT {_COLUMNS} FROM keys WHERE id = ? AND revoked IS NULL"
            row = database.execute(query, (key,)).fetchone()
        return None if row is None else _key(row)

    def take(self, key: int, kind: str, limit: float, amount: float) -> tuple[float, Bucket]:
        """Take from a key's bucket, which all processes share.

        Parameters
        ----------
        key : int
        kind : str
        limit : float
            A minute.
        amount : float
            Below 0 gives back; 0 only looks.

        Returns
        -------
        wait : float
            Seconds after which it may be tried again; 0 if it was taken.
        bucket : Bucket
            As it is now.
        """
        with self._open() as database:
            if amount:
                database.execute("BEGIN IMMEDIATE")
            query = "SELECT level, at FROM levels WHERE key = ? AND kind = ?"
            now = time.time()
            level, at = database.execute(query, (key, kind)).fetchone() or (limit, now)
            bucket = Bucket(limit, level, at)
            wait = bucket.take(amount, now) if amount > 0 else bucket.wait(0.0, now)
            if amount < 0:
                bucket.give_back(-amount)
            if amount:
                row = (key, kind, bucket.level, bucket.at)
                database.execute("INSERT OR REPLACE INTO levels VALUES (?, ?, ?, ?)", row)
        return wait, bucket

    def reserve(self, key: int) -> bool:
        """Count one photo of a key's quota; say whether there was one left."""
        query = "UPDATE keys SET used = used + 1 WHERE id = ? AND (quota IS NULL OR used < quota)"
        with self._open() as database:
            return database.execute(query, (key,)).rowcount == 1

    def settle(self, key: int, use: Use | None) -> None:
        """End what :meth:`reserve` began: write a row of the ledger, and give the photo back if it failed."""
        with self._open() as database:
            if use is None or use.status != 200:
                database.execute("UPDATE keys SET used = used - 1 WHERE id = ?", (key,))
            if use is not None:
                row = (time.time(), key, use.route, use.model, use.pixels, use.ms, use.status)
                database.execute("INSERT INTO uses VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def usage(self, name: str = "") -> tuple[Usage, ...]:
        """Return what every key was used for, or those of one name.

        Raises
        ------
        OptionError
            No key ever had this name.
        """
        with self._open() as database:
            rows = tuple(Usage(*row) for row in database.execute(_USAGE, (name,)))
        if name and not rows:
            raise OptionError(f"name {name!r}", "has no key", "See: alphacut keys list")
        return rows

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._one_at_a_time, self._database:
                yield self._database
        except sqlite3.Error as error:
            raise _unusable(f"{error}") from error


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _key(row: tuple[object, ...]) -> Key:
    number, name, hint, made, revoked, rate, megapixels, quota, used = row
    return Key(number, name, hint, made, revoked, Terms(rate, megapixels, quota), used)  # type: ignore[arg-type]


def _unusable(reason: str) -> OutputError:
    return OutputError(
        f"the file {FILE}", f"cannot be used ({reason})", "See that this user may write there."
    )
