"""``alphacut models``: list, pull, import and remove networks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..batch.plan import plan
from ..errors import OptionError
from ..infer import bring, weights
from ..infer.card import ModelCard
from ..infer.catalog import find_card, load_catalog
from ..infer.fuse import FAST, TOGETHER
from ..infer.store import row_of
from .terminal import downloads, say

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="a model's name, as `alphacut models list` shows it")
]


def build() -> typer.Typer:
    """Return the group of commands."""
    group = typer.Typer(
        help="List, fetch, import and remove networks.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("list")(list_models)
    group.command("pull")(pull)
    group.command("import")(import_model)
    group.command("remove")(remove)
    group.command("quantize")(quantize)
    group.command("web")(web)
    return group


def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="as JSON, for scripts")] = False,
) -> None:
    """List every model: whether it is here, its size, its licence."""
    rows = [row_of(card) for card in load_catalog().values()]
    if as_json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        here = "here" if row["here"] else "    "
        free = "" if row["commercial"] else "  (not for commercial use)"
        print(f"{here}  {row['name']:18} {row['megabytes']:>5} MB  {row['licence']:16} {row['title']}{free}")


def pull(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="models to fetch")],
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="agree to a non-commercial licence")
    ] = False,
) -> None:
    """Fetch models now, so that nothing has to be fetched later."""
    parts = [part for name in names for table in (TOGETHER, FAST) for part in table.get(name, (name,))]
    cards = [find_card(part) for part in dict.fromkeys(parts)]
    with downloads() as progress:
        for card in cards:
            print(weights.ensure(card, accept_licence=accept_licence, progress=progress))


def import_model(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="an ONNX file; weights of torch (.safetensors, .pth), which become ONNX; or an adapter",
        ),
    ],
    name: Annotated[
        str, typer.Option("--name", help="of the model; a name of the catalogue checks the file")
    ],
    like: Annotated[
        str | None,
        typer.Option(
            "--like",
            help="model whose size, normalisation, output and network a new name takes; not needed with a card "
            "(FILE.toml) beside the file, nor for an adapter",
        ),
    ] = None,
    strength: Annotated[
        float,
        typer.Option("--strength", help="how much of an adapter's change is merged, above 0, at most 1"),
    ] = 1.0,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="agree to a non-commercial licence of an adapter's base")
    ] = False,
) -> None:
    """Bring a model's file by hand: one that cannot be downloaded here, or your own."""
    card = bring.import_file(file, name, like, _convert, strength)
    with downloads() as progress:
        # An adapter is merged now, so that one that does not fit is told of now.
        print(weights.cached(card) or weights.ensure(card, accept_licence=accept_licence, progress=progress))


def _convert(file: Path, card: ModelCard, path: Path) -> ModelCard:
    try:
        from ..training.convert import convert
    except ImportError as error:
        problem = f"are weights of torch, and {error.name} is not installed"
        raise OptionError(str(file), problem, "Install it: pip install 'alphacut[train]'") from error
    return convert(file, card, path)


def remove(name: Name) -> None:
    """Delete a model's file; of your own its card, its adapter and its 8-bit ranges too."""
    weights.remove(name)


def quantize(
    name: Name,
    photos: Annotated[
        list[str], typer.Argument(metavar="PHOTOS...", help="a few dozen of the kind it will see")
    ],
    keep: Annotated[
        str | None,
        typer.Option("--keep", help="layers that stay in floating point, as a regular expression"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="instead of the model's own place")
    ] = None,
) -> None:
    """Measure the ranges with which a model runs in 8-bit integers, and say what that changes."""
    from ..infer.calibrate import (
        quantise,
    )  # not at the top: it loads OpenVINO, which the other commands need not

    files = [str(job.source) for job in plan(photos, None, "json")]
    path, difference = quantise(name, files, keep, output)
    say(f"mean difference of the alpha from float32 on these {len(files)} photos: {difference:.4f}")
    print(path)


def web(
    name: Name,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="folder for weights.json and the files it names"),
    ] = None,
) -> None:
    """Make a model's files for browsers, and print where they are."""
    from ..infer import web_export  # not at the top: onnx takes a third of a second to import

    with downloads() as progress:
        if output is None:
            paths = [file.path for file in web_export.ensure_web(name, progress)]
        else:
            paths = web_export.write_web(name, output, progress)
    for path in paths:
        print(path)
