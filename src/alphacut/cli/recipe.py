"""``alphacut recipe``: write, show and check descriptions of a look."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..errors import OptionError
from ..files import write_atomic
from ..options import Options
from ..recipe import dump_recipe, load_recipe, recipe_problems, recipe_schema
from .flags import with_options
from .terminal import say


def build() -> typer.Typer:
    """Return the group of commands."""
    group = typer.Typer(
        help="Write, show and check recipes: one look in a small TOML or JSON file.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.command("new")(new)
    group.command("show")(show)
    group.command("check")(check)
    group.command("schema")(schema)
    return group


@with_options
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a .toml file that is not there yet")],
    options: Options,
) -> None:
    """Write a recipe with every option explained; the given flags are set, the others are comments."""
    if file.suffix.lower() != ".toml":
        raise OptionError(f"recipe {file}", "is not .toml", "Only TOML holds the explanations; name it so.")
    if file.exists():
        raise OptionError(f"recipe {file}", "is there already", "Choose another name, or delete it.")
    write_atomic(file, dump_recipe(options, template=True).encode())
    print(file)


def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a recipe")],
    every: Annotated[bool, typer.Option("--all", help="also the options that keep their defaults")] = False,
) -> None:
    """Print what a recipe comes to: what differs from the defaults."""
    options = load_recipe(file)
    print(dump_recipe(options, template=every), end="\n" if every else "")


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="recipes")],
) -> None:
    """Name everything that is wrong with recipes; the exit code is 1 if anything is."""
    problems = [problem for file in files for problem in recipe_problems(file)]
    for problem in problems:
        say(f"error: {problem}")
    if problems:
        raise typer.Exit(1)


def schema() -> None:
    """Print the JSON Schema of a recipe, for editors."""
    print(json.dumps(recipe_schema(), indent=1))
