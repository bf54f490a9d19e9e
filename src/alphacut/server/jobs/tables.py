"""The tables of jobs, photos and events."""

from __future__ import annotations

import sqlite3
from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY,
    holder TEXT NOT NULL,               -- whose key opens it; empty where the id alone does
    caller TEXT NOT NULL,               -- whose turn it takes and whose limits it counts against
    again TEXT UNIQUE,                  -- what a repeated request is known by
    state TEXT NOT NULL,
    owner TEXT,                         -- the process that receives or packs it
    created REAL NOT NULL, ended REAL, problem TEXT
);
CREATE TABLE IF NOT EXISTS clips (      -- the jobs that are a clip: the one row in photos is the clip
    job TEXT PRIMARY KEY REFERENCES jobs ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS photos (
    job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    number INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    owner TEXT, attempts INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (job, number)
);
CREATE INDEX IF NOT EXISTS photos_by_state ON photos (state, number);
CREATE TABLE IF NOT EXISTS events (
    job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    seq INTEGER NOT NULL, number INTEGER, state TEXT NOT NULL, done INTEGER, failed INTEGER,
    PRIMARY KEY (job, seq)
);
"""


def open_tables(path: Path) -> sqlite3.Connection:
    """Open the file, or make it; the connection may be used by any thread, one at a time."""
    db = sqlite3.connect(path, timeout=20, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")  # a killed process loses nothing with it
    db.execute("PRAGMA foreign_keys = ON")
    db.executescript(_TABLES)
    return db
