"""The flags of the service, derived from the table of settings."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import OptionError
from ..server.settings import Settings

NAMES = {"max_pixels": "photo-pixels", "max_side": "photo-side"}
"""Flags that are not named as their setting: an option of cutouts has that name."""


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one flag for each field of :class:`Settings`, handed to it as one `settings` argument.

    Each flag may also be given as an environment variable, ``ALPHACUT_`` and its name.
    """
    specs = [spec for spec in dataclasses.fields(Settings) if "help" in spec.metadata]
    flags = [_flag(spec) for spec in specs]
    own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "settings"]

    def run(**given: Any) -> None:
        said = {spec.name: given.pop(f"set_{spec.name}") for spec in specs}
        values = {name: _value(name, value) for name, value in said.items() if value is not None}
        command(settings=Settings(**values), **given)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__signature__ = inspect.Signature([*own, *flags])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in (*own, *flags)}
    return run


def _value(name: str, value: Any) -> Any:
    kind, _ = _kind(name)
    if kind is tuple:
        return tuple(_item(name, part.strip()) for part in value.split(",") if part.strip())
    if kind is Path:
        return Path(value).expanduser()
    spec = next(spec for spec in dataclasses.fields(Settings) if spec.name == name)
    if kind in (int, float) and value < spec.metadata["least"]:
        remedy = f"The least is {spec.metadata['least']:g}."
        raise OptionError(f"setting {name!r}", f"cannot be {value:g}", remedy)
    return value


def _item(name: str, text: str) -> str | int:
    """Return one of several values: a number where the setting's usual ones are numbers."""
    spec = next(spec for spec in dataclasses.fields(Settings) if spec.name == name)
    usual = spec.default
    if not (isinstance(usual, tuple) and usual and isinstance(usual[0], int)):
        return text
    if not text.isdecimal():
        raise OptionError(
            f"setting {name!r}", f"cannot be {text!r}", "Give whole numbers, separated by commas."
        )
    return int(text)


def _kind(name: str) -> tuple[type, bool]:
    hint = typing.get_type_hints(Settings)[name]
    kinds = [kind for kind in typing.get_args(hint) or (hint,) if kind is not type(None)]
    plain = typing.get_origin(kinds[0]) or kinds[0]
    if typing.get_origin(hint) is tuple:
        plain = tuple
    return plain, type(None) in typing.get_args(hint)


def _flag(spec: dataclasses.Field[Any]) -> inspect.Parameter:
    kind, _ = _kind(spec.name)
    name = NAMES.get(spec.name, spec.name).replace("_", "-")
    default = spec.default
    told = f" (default: {default})" if default not in (None, "", (), False, dataclasses.MISSING) else ""
    option = typer.Option(
        f"--{name}/--no-{name}" if kind is bool else f"--{name}",
        help=f"{spec.metadata['help']}{told}",
        show_default=False,
        envvar=f"ALPHACUT_{name.upper().replace('-', '_')}",
        show_envvar=False,
        rich_help_panel="Service",
        metavar=None if kind is bool else (spec.metadata["unit"] or _metavar(kind)).upper(),
    )
    hint = {bool: bool | None, int: int | None, float: float | None}.get(kind, str | None)
    annotation = Annotated.__class_getitem__((hint, option))  # type: ignore[attr-defined]
    return inspect.Parameter(
        f"set_{spec.name}", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def _metavar(kind: type) -> str:
    words: dict[type, str] = {Path: "folder", tuple: "list", str: "text"}
    return words.get(kind, kind.__name__)
