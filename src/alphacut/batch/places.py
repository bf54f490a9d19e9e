"""Where photos and results lie: files of this machine, or objects of a store that fsspec reaches.

A remote place is a :class:`upath.UPath`, which has the methods of :class:`pathlib.Path` over fsspec without being
one. The few things that differ between the two are here and nowhere else.
"""

from __future__ import annotations

import glob
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ..errors import AlphacutError, InputError, NotFoundInput, OptionError, OutputError
from ..files import make_folder, write_atomic

Stamp = tuple[int, int]
"""A file's size in bytes and time of change in nanoseconds, or a number made of an object's tag: what tells that it
is still the same."""

WHOLE = frozenset({"memory", "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss"})
"""Stores that show an object when all its bytes are there, and not before."""
BEGUN = ".alphacut-batch"
"""An empty object below a remote output: writing it shows at the start whether results can be written there."""
HEADER = 65_536
"""Bytes of one request for a photo's header: a store's usual block is a whole photo."""

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+)://")
_TAGS = ("ETag", "etag", "md5Hash", "md5", "mtime", "LastModified", "last_modified", "updated", "created")


def place(text: str) -> Path:
    """Return the place that a text names: a path, or what stands behind ``SCHEME://``.

    Raises
    ------
    OptionError
        A scheme that nobody knows, or whose package is not installed.
    """
    found = _SCHEME.match(text)
    if not found:
        return Path(text)
    if found["scheme"].lower() in ("file", "local"):
        return Path(url2pathname(urlsplit(text).path))
    try:
        from upath import UPath
    except ImportError:
        raise _missing(text, "the package universal_pathlib", "pip install 'alphacut[remote]'") from None
    try:
        there = UPath(text)
        _ = there.fs  # here the store's own package is imported
    except ImportError as error:
        package = re.sub(r"^(Please )?install (\S+).*", r"\2", str(error), flags=re.I | re.S)
        raise _missing(text, f"the package {package}", f"pip install {package}") from error
    except (ValueError, TypeError) as error:
        remedy = "Known among others: s3://, gs://, az://, memory://; a path without :// is a file."
        raise OptionError(f"place {text}", f"is not known to fsspec ({error})", remedy) from error
    return cast(Path, there)


def is_remote(path: object) -> bool:
    """Return whether a place is in a store and no file of this machine."""
    return not isinstance(path, Path)


def scheme(path: Path) -> str:
    """Return the scheme of a place; "" for a file of this machine."""
    return str(cast(Any, path).protocol) if is_remote(path) else ""


@contextmanager
def reaching(path: object, kind: type[AlphacutError] = InputError) -> Iterator[None]:
    """Say of a remote place why it cannot be reached; what concerns a file of this machine passes."""
    try:
        yield
    except AlphacutError:
        raise
    except Exception as error:
        # Each store's client raises classes of its own, which have no ancestor but this one.
        if not is_remote(path):
            raise
        if isinstance(error, FileNotFoundError) and kind is InputError:
            raise NotFoundInput(str(path), "no such object", "Check the address.") from None
        why = next(iter(str(error).strip().splitlines()), "") or "nothing more was said"
        remedy = "Check the address, the credentials and the network."
        raise kind(str(path), f"cannot be reached ({type(error).__name__}: {why})", remedy) from error


def check_output(folder: Path) -> None:
    """See that no half result can ever be seen in a folder.

    Raises
    ------
    OptionError
        It is in a store that shows objects while they are written.
    """
    if is_remote(folder) and scheme(folder) not in WHOLE:
        remedy = f"Write to a folder of this machine or to one of {', '.join(sorted(WHOLE))}."
        raise OptionError(f"output {folder}", "is in a store that can show half a result", remedy)


def begin_output(folder: Path) -> None:
    """Make the folder of results, or see that results can be written there.

    Raises
    ------
    OutputError
        It cannot be made or written.
    """
    if is_remote(folder):
        write(folder / BEGUN, b"")
    else:
        make_folder(folder)


def write(path: Path, data: bytes) -> None:
    """Write a result whole or not at all.

    Raises
    ------
    OutputError
        It cannot be written; what was there is as it was.
    """
    if is_remote(path):
        with reaching(path, OutputError):
            _fs(path).pipe_file(cast(Any, path).path, data)
        return
    make_folder(path.parent)
    write_atomic(path, data)


def read(path: Path) -> bytes:
    """Return all bytes of a remote photo.

    Raises
    ------
    InputError
        It is not there or cannot be reached.
    """
    with reaching(path):
        return path.read_bytes()


@contextmanager
def header(path: Path) -> Iterator[BinaryIO]:
    """Open a photo to read the little at its beginning.

    Raises
    ------
    InputError
        It cannot be read.
    """
    with reaching(path):
        extra: dict[str, Any] = {"block_size": HEADER} if is_remote(path) else {}
        with path.open("rb", **extra) as file:
            yield cast(BinaryIO, file)


def stamp_of(path: Path) -> Stamp:
    """Return a file's stamp; of an object, its size and a number made of its tag or its time of change.

    Raises
    ------
    InputError
        It is not there, or may not be looked at.
    """
    if is_remote(path):
        with reaching(path):
            info = _fs(path).info(cast(Any, path).path)
        return int(info.get("size") or 0), _tag(info)
    try:
        stat = path.stat()
    except FileNotFoundError:
        raise NotFoundInput(str(path), "no such file", "Check the path.") from None
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})", "Check the path.") from error
    return stat.st_size, stat.st_mtime_ns


def stamp_if_there(path: Path) -> Stamp | None:
    """Return a file's stamp; None where it is not there or may not be looked at, as its turn will show."""
    try:
        return stamp_of(path)
    except InputError:
        return None


def size_of(path: Path) -> int | None:
    """Return how many bytes a result has; None if it is not there."""
    if not is_remote(path):
        return path.stat().st_size if path.is_file() else None
    try:
        return stamp_of(path)[0]
    except NotFoundInput:
        return None


def look_anew(path: Path) -> None:
    """Forget what a store said before; of a folder of this machine nothing is remembered."""
    if is_remote(path):
        _fs(path).invalidate_cache()


def is_folder(path: Path) -> bool:
    """Return whether a place is a folder, or a prefix of objects."""
    with reaching(path):
        return path.is_dir()


def matches(pattern: Path) -> list[Path]:
    """Return what matches a glob pattern, sorted; ``**`` is any number of folders."""
    if not is_remote(pattern):
        return [Path(found) for found in sorted(glob.glob(str(pattern), recursive=True))]  # noqa: PTH207  may be absolute
    with reaching(pattern):
        return [_beside(pattern, name) for name in sorted(_fs(pattern).glob(cast(Any, pattern).path))]


def files_below(folder: Path) -> list[Path]:
    """Return all that lies below a folder, sorted; what is no file may be among it on this machine.

    A store answers for all objects at once, and remembers sizes and tags until :func:`look_anew`.
    """
    if not is_remote(folder):
        return sorted(folder.rglob("*"))
    with reaching(folder):
        return [_beside(folder, name) for name in sorted(_fs(folder).find(cast(Any, folder).path))]


def _tag(info: Mapping[str, Any]) -> int:
    value = next((str(info[name]) for name in _TAGS if info.get(name)), "")
    # Quotes are a tag's in one answer and not in another; seven bytes fit SQLite's signed numbers.
    return int.from_bytes(hashlib.sha256(value.strip('"').encode()).digest()[:7])


def _beside(path: Path, name: str) -> Path:
    """Return the place of a name that the store of `path` gave."""
    return place(name if _SCHEME.match(name) else f"{scheme(path)}://{name.lstrip('/')}")


def _fs(path: Path) -> Any:
    return cast(Any, path).fs


def _missing(text: str, what: str, remedy: str) -> OptionError:
    return OptionError(f"place {text}", f"needs {what}, which is not installed", f"{remedy}.")
