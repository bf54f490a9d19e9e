"""Which processes on a folder live: each holds a lock, which the system frees however the process ends."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

_SIGN = ".alive-"


class Owner:
    """This process among those on a folder.

    Parameters
    ----------
    root : Path
        Exists; holds a small file for each process that lives.

    Attributes
    ----------
    name : str
        What it is called; never used again.
    """

    def __init__(self, root: Path) -> None:
        self.name = secrets.token_hex(8)
        self._root = root
        # Held while a sign is put up or looked at, so that none is seen before its process holds it.
        self._guard = FileLock(root / ".lock", thread_local=False)
        self._own = self._lock(self.name)
        with self._guard:
            self._own.acquire(timeout=0)

    def close(self) -> None:
        """Say that it has ended."""
        with self._guard:
            self._own.release()
            self._sign(self.name).unlink(missing_ok=True)

    def others(self) -> set[str]:
        """Return those that live, and those that died and whose work nobody has taken back yet."""
        return {path.name.removeprefix(_SIGN) for path in self._root.glob(f"{_SIGN}*")} - {self.name}

    @contextmanager
    def burying(self, name: str) -> Iterator[bool]:
        """Give whether an owner is dead; what it had in work can be taken back then, by nobody else meanwhile."""
        with self._guard:
            lock = self._lock(name)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                yield False
                return
            try:
                yield True
                self._sign(name).unlink(missing_ok=True)
            finally:
                lock.release()

    def _sign(self, name: str) -> Path:
        return self._root / f"{_SIGN}{name}"

    def _lock(self, name: str) -> FileLock:
        return FileLock(self._sign(name), thread_local=False)
