"""A training's configuration from a TOML file, checked key by key before anything is loaded."""

from __future__ import annotations

import dataclasses
import math
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from ..errors import OptionError
from ..infer.catalog import known_names
from .config import Config, DataConfig

T = TypeVar("T")
PLAIN = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def read_config(path: Path) -> Config:
    """Return the configuration in a file; paths in it are relative to it.

    Raises
    ------
    OptionError
        It cannot be read, or a key is unknown, missing, of the wrong kind or out of its range.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OptionError(
            str(path), f"cannot be read: {error}", "Check the path and the TOML in it."
        ) from error
    config = from_table(Config, table, "")
    init = config.init
    if init is not None and init not in known_names():
        init = str(path.parent / init)
    return dataclasses.replace(config, init=init, data=relative_to(config.data, path.parent))


def relative_to(data: DataConfig, folder: Path) -> DataConfig:
    """Return the data with its paths read from a folder on."""
    train, validate, backgrounds = (
        tuple(str(folder / path) for path in paths) for paths in (data.train, data.validate, data.backgrounds)
    )
    return dataclasses.replace(data, train=train, validate=validate, backgrounds=backgrounds)


def from_table(kind: type[T], table: Mapping[str, Any], where: str) -> T:
    """Return a dataclass of a table's values, its fields of dataclasses too."""
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(typing.cast("Any", kind))}
    unknown = sorted(set(table) - set(fields))
    if unknown:
        raise OptionError(where + unknown[0], "is no key of a configuration", f"Known: {', '.join(fields)}.")
    nothing = dataclasses.MISSING
    for name, field in fields.items():
        if field.default is nothing and field.default_factory is nothing and name not in table:
            raise OptionError(where + name, "is missing", "Give it in the configuration.")
    return kind(**{name: converted(hints[name], value, where + name) for name, value in table.items()})


def converted(hint: Any, value: Any, where: str) -> Any:
    """Return a value as its field's type has it."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return from_table(typing.cast("type[Any]", hint), table_of(value, where), f"{where}.")
    if origin in (types.UnionType, typing.Union):
        return converted(next(kind for kind in inner if kind is not type(None)), value, where)
    if origin is tuple:
        return tuple(converted(inner[0], item, where) for item in list_of(inner, value, where))
    if origin is Literal:
        if value not in inner:
            raise wrong(where, value, f"one of {', '.join(inner)}")
        return value
    if origin is not None:  # a mapping of names to numbers
        return {name: converted(inner[1], v, f"{where}.{name}") for name, v in table_of(value, where).items()}
    return plain(hint, value, where)


def plain(kind: type, value: Any, where: str) -> Any:
    """Return a text, a number or a truth value, which are never taken for each other; a whole number is a number."""
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)):
        raise wrong(where, value, PLAIN[kind])
    return value


def table_of(value: Any, where: str) -> Mapping[str, Any]:
    """Return a value that has to be a table."""
    if not isinstance(value, Mapping):
        raise wrong(where, value, "a table")
    return value


def list_of(inner: tuple[Any, ...], value: Any, where: str) -> list[Any]:
    """Return a value that has to be a list, as long as its type says."""
    length = None if inner[-1] is Ellipsis else len(inner)
    if not isinstance(value, list) or (length and len(value) != length):
        raise wrong(where, value, f"a list of {length or 'values'}")
    return value


def wrong(where: str, value: Any, expected: str) -> OptionError:
    """Return the error of a value that is not what its key takes."""
    return OptionError(where, f"expected {expected}, got {value!r}", "Correct it in the configuration.")
