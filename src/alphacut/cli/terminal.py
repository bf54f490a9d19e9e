"""What a person at a terminal sees: words and progress on standard error, never in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from ..infer.weights import Progress

T = TypeVar("T")


def say(words: str) -> None:
    """Print words for a person."""
    print(words, file=sys.stderr, flush=True)


def track(items: Sequence[T]) -> Iterator[T]:
    """Yield the items; on a terminal, with a bar that shows rate and time left."""
    if len(items) < 2 or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track as rich_track

    yield from rich_track(items, "Cutting out", console=Console(stderr=True), transient=True)


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


def _announce() -> Progress:
    said: set[str] = set()

    def once(done: int, total: int | None, label: str) -> None:
        if label not in said:
            said.add(label)
            size = f" ({total / 1e6:.0f} MB)" if total else ""
            say(f"fetching {label}{size}")

    return once
