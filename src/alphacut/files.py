"""Files that are written whole or not at all, and the name of a cutout next to its photo."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from .errors import OutputError

_REASONS = {
    errno.ENOENT: ("there is no such folder", "Create it, or choose another."),
    errno.ENOTDIR: ("there is no such folder", "Create it, or choose another."),
    errno.EISDIR: ("is a folder", "Name a file in it."),
    errno.EACCES: ("may not be written", "Change its permissions or its folder's, or choose another."),
    errno.EPERM: ("may not be written", "Change its permissions or its folder's, or choose another."),
    errno.EROFS: ("may not be written, the disk is read-only", "Choose another disk."),
    errno.ENOSPC: ("the disk is full", "Free some space, or choose another disk."),
    errno.EDQUOT: ("your quota of the disk is full", "Free some space, or choose another disk."),
}


CUTOUT = "-cutout"


def sibling(path: Path, suffix: str) -> Path:
    """Return where the cutout of a photo goes when nobody says: next to it, as ``NAME-cutout.SUFFIX``."""
    return path.with_name(f"{path.stem}{CUTOUT}.{suffix}")


def _create(path: Path) -> BinaryIO:
    return path.open("xb")


def write_atomic(
    path: str | os.PathLike[str], data: bytes, *, create: Callable[[Path], BinaryIO] = _create
) -> None:
    """Write a file whole or not at all: under a passing name in the same folder, then renamed.

    What is no regular file (a pipe, a device) is written to directly. A file that is replaced keeps its mode;
    a new one gets the process's usual one.

    Parameters
    ----------
    path : path
        Where; symbolic links are followed.
    data : bytes
    create : callable
        Opens a file that must not exist yet.

    Raises
    ------
    OutputError
        No such folder, no permission, no space; the file that was there is as it was.
    """
    try:
        target = Path(path).resolve()
        if target.exists() and not target.is_file():
            with target.open("wb") as stream:
                stream.write(data)
        else:
            _replace(target, data, create)
    except OSError as error:
        reason, remedy = _REASONS.get(
            error.errno or 0, (error.strerror or str(error), "Choose another place.")
        )
        raise OutputError(os.fspath(path), f"cannot be written: {reason}", remedy) from error


def make_folder(path: Path) -> None:
    """Make a folder and those above it, if it is not there.

    Raises
    ------
    OutputError
        It cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            os.fspath(path), f"cannot be made: {error.strerror}", "Choose another folder."
        ) from error


def _replace(target: Path, data: bytes, create: Callable[[Path], BinaryIO]) -> None:
    old = target.exists()
    if old and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    # A name of its own, not the target's with something added: that may be too long for the file system.
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with create(part) as stream:
            stream.write(data)
        if old:
            shutil.copymode(target, part)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
