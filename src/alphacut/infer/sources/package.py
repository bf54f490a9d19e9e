"""Files that come with alphacut itself: adapters, which are small."""

from __future__ import annotations

from importlib import resources

from ..card import Source
from .sink import Sink


def fetch(source: Source, sink: Sink) -> None:
    """Copy ``infer/<member>`` of the package into the sink."""
    sink.restart()
    sink.write(resources.files("alphacut.infer").joinpath(source.member).read_bytes())
