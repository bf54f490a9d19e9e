"""Files with a passing name until they are whole."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import OutputError
from ...files import make_folder
from ..formats import STREAM, is_pattern
from .plan import Plan


@contextmanager
def speaking_of(target: str) -> Iterator[None]:
    """Turn what the system says into an error that names the target."""
    try:
        yield
    except OSError as error:
        remedy = "Choose another place, or make room there."
        raise OutputError(target, f"cannot be written: {error.strerror or error}", remedy) from error


def is_written_through(target: str) -> bool:
    """Whether frames are gone as soon as they are written: into a pipe or a device."""
    path = Path(target)
    return target == STREAM or (path.exists() and not path.is_file() and not path.is_dir())


def part_of(target: str, plan: Plan) -> Path | None:
    """Return the passing name of what is written; None for what is written directly: a pipe, a device."""
    if is_written_through(target):
        return None
    path = Path(target)
    if path.is_dir() and plan.form.kind != "pictures":
        raise OutputError(target, f"is a folder, and {plan.form.name} is one file", "Name a file in it.")
    # In the same folder, so that giving it its name moves no data.
    parent = path.parent.resolve()
    if plan.form.kind == "pictures":
        make_folder(parent)
    elif not parent.is_dir():
        raise OutputError(
            target, "cannot be written: there is no such folder", "Create it, or choose another."
        )
    return parent / f".{secrets.token_hex(8)}.part"


def named(part: Path, target: str) -> None:
    """Give what was written its name; pictures join those of other names that are there."""
    path = Path(target)
    if not part.is_dir():
        part.replace(path)
    elif not is_pattern(target) and not path.exists():
        part.rename(path)
    else:
        # One by one: there may be pictures of other runs that are to stay.
        folder = path.parent if is_pattern(target) else path
        for file in sorted(part.iterdir()):
            file.replace(folder / file.name)


def discard(part: Path | None) -> None:
    """Remove what is left under a passing name."""
    if part is not None and part.is_dir():
        shutil.rmtree(part)
    elif part is not None:
        part.unlink(missing_ok=True)
