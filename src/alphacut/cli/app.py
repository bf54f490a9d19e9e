"""The tree of commands."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import __version__
from . import check, cut, doctor, inspect, keys, models, recipe, serve, train
from .batch import batch
from .eval import evaluate
from .video import video


def build() -> typer.Typer:
    """Return the command line's tree."""
    app = typer.Typer(
        help="Remove the background of photos: correct, soft, full-resolution cutouts. "
        "`alphacut photo.jpg` is short for `alphacut cut photo.jpg`.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback(invoke_without_command=True)(_root)
    app.command()(cut.cut)
    app.command()(batch)
    app.command()(video)
    app.command()(check.check)
    app.command()(inspect.inspect)
    app.command()(serve.serve)
    app.command()(doctor.doctor)
    app.command("eval")(evaluate)
    app.command()(train.train)
    app.command()(train.export)
    app.command()(models.quantize)
    app.add_typer(recipe.build(), name="recipe")
    app.add_typer(models.build(), name="models")
    app.add_typer(keys.build(), name="keys")
    return app


def _root(
    version: Annotated[bool, typer.Option("--version", help="print the version", is_eager=True)] = False,
) -> None:
    if version:
        print(f"alphacut {__version__}")
        raise typer.Exit
