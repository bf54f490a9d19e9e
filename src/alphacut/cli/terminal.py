"""What a person at a terminal sees: words and progress on standard error, never in a pipe."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from ..infer.weights import Progress

T = TypeVar("T")


def say(words: str) -> None:
    """Print words for a person."""
    print(words, file=sys.stderr, flush=True)


def print_json(line: Mapping[str, Any]) -> None:
    """Print a line of JSON on standard output, for a script."""
    print(json.dumps(line), flush=True)


def track(items: Sequence[T]) -> Iterator[T]:
    """Yield the items; on a terminal, with a bar that shows rate and time left."""
    if len(items) < 2:
        yield from items
        return
    with meter() as show:
        for number, item in enumerate(items, 1):
            yield item
            show(number, len(items), "")


@contextmanager
def downloads() -> Iterator[Progress]:
    """Give a callback that shows downloads: a bar on a terminal, one line each elsewhere."""
    if not sys.stderr.isatty():
        yield _announce()
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, int] = {}

        def show(done: int, total: int | None, label: str) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(label, total=total)
            bar.update(tasks[label], completed=done, total=total)  # type: ignore[arg-type]

        yield show


@contextmanager
def meter(of: str = "photos") -> Iterator[Callable[[int, int | None, str], None]]:
    """Give a callback that shows how many photos of how many are done, the rate and the time left.

    How many there are may be None, for nobody knows. It takes a few words for the end of the line too. Nothing is
    shown but on a terminal, and not before the first call.
    """
    if not sys.stderr.isatty():
        yield lambda done, total, words: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    rate = TextColumn("{task.fields[rate]}")
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        rate,
        TimeRemainingColumn(),
        TextColumn("{task.fields[words]}"),
    )
    # Redirected, standard output would go to the bar's console: to standard error, past a pipe.
    bar = Bar(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
    bar.speed_estimate_period = 120
    task, start = bar.add_task("", rate="", words=""), time.monotonic()

    def show(done: int, total: int | None, words: str) -> None:
        bar.start()
        speed = done / max(time.monotonic() - start, 1e-3)
        bar.update(task, completed=done, total=total, rate=f"{speed:.2f} {of}/s", words=words)

    try:
        yield show
    finally:
        bar.stop()


def _announce() -> Progress:
    said: set[str] = set()

    def once(done: int, total: int | None, label: str) -> None:
        if label not in said:
            said.add(label)
            size = f" ({total / 1e6:.0f} MB)" if total else ""
            say(f"fetching {label}{size}")

    return once
