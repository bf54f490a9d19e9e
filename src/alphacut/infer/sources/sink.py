"""The file that is being written: every byte that passes is counted, hashed and reported."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

from ...errors import WeightsUnavailable

Progress = Callable[[int, int | None, str], None]
"""Called with the bytes done, the bytes in all (None where unknown) and what is going on."""

CHUNK = 1 << 20


def digests(path: Path, names: Iterable[str]) -> frozenset[str]:
    """Return the file's hashes as "algorithm:hexadecimal", all from one reading."""
    hashers = _hashers(names)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            for hasher in hashers:
                hasher.update(chunk)
    return _texts(hashers)


class Sink:
    """A partial file, open for writing.

    Parameters
    ----------
    path : Path
        The partial file; what it holds already is kept until :meth:`restart`.
    accepted : frozenset of str
        "algorithm:hexadecimal"; the finished file must have one of these hashes.
    total : int or None
        The bytes it must have, where that is known.
    label : str
        What to call it in reports of progress.
    progress : callable, optional
        See :data:`Progress`.
    """

    def __init__(
        self,
        path: Path,
        accepted: frozenset[str],
        total: int | None = None,
        label: str = "",
        progress: Progress | None = None,
    ) -> None:
        self.path, self.total, self.label = path, total, label
        self._promised = total
        self._accepted = accepted
        self._progress = progress
        self._file: IO[bytes] = path.open("a+b")
        self._hashers = _hashers(algorithms(accepted))
        self.done = 0
        self._read_what_is_there()

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, *exc: object) -> None:
        if not self._file.closed:
            self._file.flush()
            # Without this, a power cut after the rename could leave a file of zeros under the final name.
            os.fsync(self._file.fileno())
            self._file.close()

    def write(self, chunk: bytes) -> None:
        """Append, hash and report.

        Raises
        ------
        WeightsUnavailable
            More bytes come than there can be.
        """
        if self.total is not None and self.done + len(chunk) > self.total:
            problem = f"gives more than {self.total:,} bytes"
            # Bytes left here would be taken up again by the next run, into the same wrong file.
            self.restart()
            raise WeightsUnavailable(self.label, problem)
        self._file.write(chunk)
        self._count(chunk)
        self.report()

    def restart(self) -> None:
        """Forget everything written so far."""
        self._file.truncate(0)
        self._hashers = _hashers({hasher.name for hasher in self._hashers})
        self.done, self.total = 0, self._promised

    def report(self, total: int | None = None) -> None:
        """Tell how far it is; `total` is what the other side says, where the card says nothing."""
        self.total = self.total or total
        if self._progress is not None:
            self._progress(self.done, self.total, self.label)

    def problem(self) -> str:
        """Say why the bytes written are not the file they should be; empty if they are."""
        if self.total is not None and self.done != self.total:
            return f"{self.done:,} bytes instead of {self.total:,}"
        if not self.found() & self._accepted:
            return f"not the file that was expected ({', '.join(sorted(self.found()))})"
        return ""

    def found(self) -> frozenset[str]:
        """Return the hashes of the bytes written."""
        return _texts(self._hashers)

    def scratch(self) -> tempfile.TemporaryDirectory[str]:
        """Return a folder beside the file that is removed when its ``with`` block ends."""
        return tempfile.TemporaryDirectory(prefix=f"{self.path.name}.", suffix=".tmp", dir=self.path.parent)

    def _read_what_is_there(self) -> None:
        self._file.seek(0)
        while chunk := self._file.read(CHUNK):
            self._count(chunk)

    def _count(self, chunk: bytes) -> None:
        for hasher in self._hashers:
            hasher.update(chunk)
        self.done += len(chunk)


def algorithms(hashes: Iterable[str]) -> set[str]:
    """Return the algorithms of "algorithm:hexadecimal" texts."""
    return {text.partition(":")[0] for text in hashes}


def _texts(hashers: Iterable[hashlib._Hash]) -> frozenset[str]:
    return frozenset(f"{hasher.name}:{hasher.hexdigest()}" for hasher in hashers)


def _hashers(names: Iterable[str]) -> list[hashlib._Hash]:
    return [hashlib.new(name, usedforsecurity=name != "md5") for name in sorted(set(names))]
