"""``alphacut train`` and ``alphacut export``: a network of your own."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..batch.interrupt import stopping
from ..errors import OptionError
from .terminal import say

if TYPE_CHECKING:
    from ..training.config import Config
    from ..training.loop import Finish

INTERRUPTED = 130


def train(
    config: Annotated[
        Path | None,
        typer.Argument(metavar="[CONFIG.toml]", help="what to learn from and how; see docs/training.md"),
    ] = None,
    init: Annotated[
        str | None, typer.Option("--init", metavar="MODEL", help="without a file: the model to fine-tune")
    ] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            "--data", metavar="DIR", help="with images/ and masks/ or alpha/, or a tar; may be repeated"
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            help="folder of the run; one that is there is taken up (default: run)",
            show_default=False,
        ),
    ] = Path("run"),
    steps: Annotated[
        int | None, typer.Option("--steps", metavar="N", min=1, help="steps of the optimiser")
    ] = None,
    plot: Annotated[
        bool, typer.Option("--plot", help="only draw the log of the run as DIR/plot.png")
    ] = False,
) -> None:
    """Train a network, or fine-tune one on your own photos; can be ended at any time and taken up again."""
    try:
        from ..training.data.order import unusable
        from ..training.loop import train as run
        from ..training.place import leads
        from ..training.plot import plot as draw
    except ModuleNotFoundError as error:
        raise OptionError(
            "alphacut train", f"needs {error.name}", "Install it: pip install 'alphacut[train]'"
        ) from error
    if plot:
        draw(out / "log.jsonl", out / "plot.png")
        print(out / "plot.png")
        return
    chosen = configured(config, init, data or [], steps)
    if leads():
        for sentence in unusable(chosen):
            say(f"left out: {sentence}")
    with stopping(
        lambda: say("finishing the step; Ctrl-C again ends at once"), signals=(SIGINT, SIGTERM)
    ) as stop:
        finish = run(chosen, out, progress(chosen.run.steps), stop)
    if leads():
        draw(out / "log.jsonl", out / "plot.png")
        present(chosen, out, finish)
    if not finish.complete:
        raise typer.Exit(INTERRUPTED)


def configured(config: Path | None, init: str | None, data: list[Path], steps: int | None) -> Config:
    """Return the training that was asked for: a file's, or a fine-tune."""
    from ..training.config import fine_tune
    from ..training.config_file import read_config

    if (config is None) == (init is None):
        problem = "needs a configuration, or --init and --data"
        raise OptionError("alphacut train", problem, "See alphacut train --help.")
    if config is not None and data:
        raise OptionError("--data", "is of --init", "Name the folders in the configuration, as data.train.")
    chosen = read_config(config) if config else fine_tune(str(init), [str(path) for path in data])
    if steps is None:
        return chosen
    return dataclasses.replace(chosen, run=dataclasses.replace(chosen.run, steps=steps))


def progress(steps: int) -> Callable[[dict[str, Any]], None]:
    """Return what tells of a training's rows: each validation as a line, and each step where a person looks on."""
    seconds, broken, looked = 0.0, 0, sys.stderr.isatty()
    clear = "\r\x1b[K" if looked else ""

    def tell(row: dict[str, Any]) -> None:
        nonlocal seconds, broken
        place = f"{clear}step {row['step']} of {steps}"
        to_go = (steps - row["step"]) * seconds
        left = f"{duration(to_go)} left" if to_go else ""
        if "validation" in row:
            counts = {"photos cannot be read": row["unreadable"], "broken ones passed over": broken}
            words = [f"{name} {value:.4f}" for name, value in row["validation"].items()]
            words += [f"{count} {what}" for what, count in counts.items() if count]
            say(f"{place}: {', '.join(words + [left] * bool(left))}")
            return
        # The last ones count: a machine may become slower or faster.
        seconds = 0.9 * seconds + 0.1 * row["seconds"] if seconds else row["seconds"]
        broken += row["broken"]
        if row.get("skipped"):
            say(f"{place}: the gradient was not a number, and the weights are as they were")
        if looked:
            line = f"{place}  loss {row['loss']:.4f}  {seconds:.2g} s a step  {left}"
            print(line, end="", file=sys.stderr, flush=True)

    return tell


def duration(seconds: float) -> str:
    """Return a time as a person says it: in seconds, minutes or hours."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    unit, length = ("min", 60) if seconds < 5400 else ("h", 3600)
    return f"{seconds / length:.{1 if seconds < 10 * length else 0}f} {unit}"


def present(config: Config, out: Path, finish: Finish) -> None:
    """Say what came of a training and what to do with it."""
    say(finish.sentence)
    if not finish.complete:
        return
    network, size = config.network, config.data.size
    name = f"my-{network}"
    sized = f" --size {size[1]} {size[0]}" if size else ""
    say("To use it everywhere:")
    say(f"  alphacut export {finish.best} --network {network}{sized} -o {out / name}.onnx")
    say(f"  alphacut models import {out / name}.onnx --name {name}")
    if finish.adapter:
        say("Or, as a small file beside its base:")
        say(f"  alphacut models import {finish.adapter} --name {name}")
    say(f"  alphacut cut photo.jpg --model {name}")
    print(finish.best)


def export(
    weights: Annotated[
        Path, typer.Argument(metavar="WEIGHTS", help="what `alphacut train` or the authors saved")
    ],
    network: Annotated[str, typer.Option("--network", help="which network it is")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.onnx", help="where it goes")],
    size: Annotated[
        tuple[int, int] | None,
        typer.Option("--size", metavar="W H", help="of its input, where not the network's own"),
    ] = None,
) -> None:
    """Write a network as ONNX, checked against torch; `alphacut models import` brings it into use."""
    try:
        from ..training.export import export_file
    except ImportError as error:
        raise OptionError(
            "alphacut export", f"needs {error.name}", "Install it: pip install 'alphacut[train]'"
        ) from error
    difference = export_file(weights, network, output, size)
    say(f"largest difference of the alpha from torch: {difference:.1e}")
    print(output)
