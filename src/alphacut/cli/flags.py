"""The command line's flags, derived from the table of options."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer

from ..options import Options, from_words, plain_type
from ..recipe import load_recipe

RECIPE = "recipe"
SHORT = {"model": "-m", "background": "-b"}


def with_options(
    command: Callable[..., None],
    *,
    without: Container[str] = (),
    more: Mapping[str, type] = MappingProxyType({}),
) -> Callable[..., None]:
    """Give a command one flag for each field of :class:`Options`, handed to it as one `options` argument.

    What ``--recipe`` says holds where no flag says otherwise.

    Parameters
    ----------
    command : callable
        Takes `options: Options` besides its own parameters.
    without : container of str
        Options that get no flag.
    more : mapping of str to type
        Further tables of options by the argument that they are handed as.
    """
    tables = {"options": Options, **more}
    given = inspect.signature(command, eval_str=True).parameters.values()
    own = [parameter for parameter in given if parameter.name not in tables]
    flags = {
        name: [
            _flag(spec, table)
            for spec in dataclasses.fields(table)
            if table is not Options or spec.name not in without
        ]
        for name, table in tables.items()
    }

    def run(**given: Any) -> None:
        recipe = given.pop(RECIPE, None)
        values = {}
        for name, table in tables.items():
            chosen = {flag.name: given.pop(flag.name) for flag in flags[name]}
            base = load_recipe(recipe) if recipe and table is Options else table()
            values[name] = from_words(
                base, {key: value for key, value in chosen.items() if value is not None}
            )
        command(**values, **given)

    every = [*own, _recipe_flag(), *itertools.chain(*flags.values())]
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in every}
    return run


def _recipe_flag() -> inspect.Parameter:
    text = "take the options from this recipe (.toml or .json); flags go before it"
    option = typer.Option(f"--{RECIPE}", metavar="FILE", help=text, show_default=False)
    annotation = Annotated.__class_getitem__((Path | None, option))  # type: ignore[attr-defined]
    return inspect.Parameter(RECIPE, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _flag(spec: dataclasses.Field[Any], table: type) -> inspect.Parameter:
    kind, _ = plain_type(spec, table)
    name = spec.name.replace("_", "-")
    names = [f"--{name}/--no-{name}" if kind is bool else f"--{name}", *filter(None, [SHORT.get(spec.name)])]
    choices = spec.metadata["choices"]
    shown = f" [{' | '.join(choices)}]" if choices else ""
    default = spec.default if spec.default is not None else None
    told = f" (default: {_words(default)})" if default is not None else ""
    option = typer.Option(
        *names,
        help=f"{spec.metadata['help']}{shown}{told}",
        show_default=False,
        rich_help_panel=spec.metadata["group"],
        metavar=None if kind is bool else (spec.metadata["unit"] or kind.__name__).upper(),
    )
    # None means "not given": the default stays in the table of options.
    hint = bool | None if kind is bool else str | None
    annotation = Annotated.__class_getitem__((hint, option))  # type: ignore[attr-defined]
    return inspect.Parameter(spec.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _words(value: Any) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else f"{value}"
