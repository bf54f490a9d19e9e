"""Values kept in a file and read back the same: dataclasses of arrays, numbers, texts and each other.

Nothing in such a file is ever run: it is numpy's own kind without pickles, and the classes are those that the reader
asks for.
"""

from __future__ import annotations

import dataclasses
import io
import json
import types
import typing
import zipfile
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..errors import InputError
from ..files import write_atomic

Kind = TypeVar("Kind")
PLAIN = (bool, int, float, str, type(None))


def keep(value: Any, path: Path) -> None:
    """Write a value to a file, whole or not at all.

    Parameters
    ----------
    value : dataclass
        Of arrays, numbers, texts, None, tuples and dataclasses.
    path : Path

    Raises
    ------
    OutputError
        It cannot be written there.
    TypeError
        The value holds something else.
    """
    arrays: dict[str, Any] = {}
    plain = _taken_apart(value, arrays)
    stream = io.BytesIO()
    np.savez(stream, plain=np.array(json.dumps(plain)), **arrays)
    write_atomic(path, stream.getvalue())


def kept(kind: type[Kind], path: Path) -> Kind:
    """Read back what :func:`keep` wrote.

    Parameters
    ----------
    kind : type
        The dataclass that it was.
    path : Path

    Raises
    ------
    InputError
        The file is damaged, or holds something else.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            value: Kind = _put_together(kind, json.loads(str(arrays["plain"])), arrays)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(str(path), f"cannot be read: {error}", "Begin anew, with --no-resume.") from error
    return value


def _taken_apart(value: Any, arrays: dict[str, Any]) -> Any:
    """Return what JSON can hold of a value, with its arrays put aside under numbers."""
    if isinstance(value, np.ndarray):
        name = f"a{len(arrays)}"
        arrays[name] = value
        return {"array": name}
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, tuple):
        return [_taken_apart(one, arrays) for one in value]
    if not dataclasses.is_dataclass(value):
        raise TypeError(f"value: expected arrays, numbers, texts and dataclasses, got {type(value).__name__}")
    return {
        field.name: _taken_apart(getattr(value, field.name), arrays) for field in dataclasses.fields(value)
    }


def _put_together(kind: Any, plain: Any, arrays: Any) -> Any:
    """Return the value of a kind that was taken apart."""
    if isinstance(plain, dict) and set(plain) == {"array"}:
        return arrays[plain["array"]]
    if isinstance(kind, types.UnionType):
        if plain is None:
            return None
        (kind,) = (other for other in typing.get_args(kind) if other is not type(None))
    if isinstance(plain, list):
        inner = typing.get_args(kind)
        kinds = [inner[0]] * len(plain) if len(inner) == 2 and inner[1] is ... else inner
        return tuple(_put_together(one, value, arrays) for one, value in zip(kinds, plain, strict=True))
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{name: _put_together(hints[name], value, arrays) for name, value in plain.items()})
    return plain
