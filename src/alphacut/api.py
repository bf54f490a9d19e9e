"""The library: :func:`remove`, :func:`cut` and :class:`Cutter`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .compose.match import read_style
from .cutout import Cutout
from .decode import Source
from .encode import suffix_of
from .errors import OptionError
from .files import sibling
from .infer.card import ModelCard
from .infer.catalog import find_card
from .infer.engines import Session, choose, open_session
from .infer.fuse import TOGETHER
from .infer.weights import Progress, ensure
from .options import Options
from .pipeline import cut_out

_ABOUT_NETWORKS = ("model", "device", "engine", "precision", "fast", "accept_licence", "max_pixels")

Kind = TypeVar("Kind", bytes, str, Path, Image.Image, np.ndarray)


class Cutter:
    """Holds loaded networks for many photos; one a process is enough, for all its threads.

    Parameters
    ----------
    options : Options, optional
        What a call that brings no options of its own uses.
    progress : callable, optional
        Told of downloads: bytes done, bytes in all or None, and what is fetched.

    Examples
    --------
    >>> with Cutter() as cutter:  # doctest: +SKIP
    ...     for path in Path("photos").glob("*.jpg"):
    ...         cutter.cut(path).save(path.with_suffix(".png"))
    """

    def __init__(self, options: Options | None = None, progress: Progress | None = None) -> None:
        self.options = options or Options()
        self._progress = progress
        self._lock = threading.Lock()
        self._styles: dict[str, dict[str, str | float]] = {}
        self._loaded: dict[tuple[str, str, str, str, bool, bool], tuple[ModelCard, Session]] = {}

    def cut(self, source: Source, options: Options | None = None, name: str | None = None) -> Cutout:
        """Cut the subject out of one photo; see :func:`cut`."""
        options = options or self.options
        if options.match is not None:
            options = options.under(self._style(options))
        return cut_out(source, options, self.load, name)

    def _style(self, options: Options) -> dict[str, str | float]:
        """Return the look of the listing that the options name, read once."""
        assert options.match is not None
        if options.match not in self._styles:
            plain = Options(**{name: getattr(options, name) for name in _ABOUT_NETWORKS})
            shown = cut_out(options.match, plain, self.load)
            self._styles[options.match] = read_style(shown.photo.pixels, shown.alpha, options.match).values
        return self._styles[options.match]

    def load(self, options: Options) -> list[tuple[ModelCard, Session]]:
        """Return the network that the options name, or the two that "auto" joins, each loaded once."""
        return [
            self._load(replace(options, model=name)) for name in TOGETHER.get(options.model, (options.model,))
        ]

    def _load(self, options: Options) -> tuple[ModelCard, Session]:
        key = (
            options.model,
            options.device,
            options.engine,
            options.precision,
            options.accept_licence,
            options.fast,
        )
        with self._lock:  # held while loading: two threads that ask at once must load once
            if key not in self._loaded:
                engine, device = choose(options.device, options.engine)
                card = _card(options, engine, device)
                weights = ensure(card, accept_licence=options.accept_licence, progress=self._progress)
                self._loaded[key] = (card, open_session(card, weights, device, engine, options.precision))
            return self._loaded[key]

    def close(self) -> None:
        """Let go of the networks."""
        with self._lock:
            self._loaded.clear()

    def __enter__(self) -> Cutter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _card(options: Options, engine: str, device: str) -> ModelCard:
    """Return the card of the model that the options name, as fast as they ask."""
    card = find_card(options.model)
    if not options.fast:
        return card
    if (engine, device) != ("openvino", "cpu"):
        raise OptionError(
            "option 'fast'", f"is made for processors, not for {engine} on {device}", "Leave it out there."
        )
    return card.faster


def cut(source: Source, options: Options | None = None, *, cutter: Cutter | None = None) -> Cutout:
    """Cut the subject out of one photo.

    Parameters
    ----------
    source : str, Path, bytes, ndarray or PIL image
        A path, a file's bytes, an H×W, H×W×3 or H×W×4 array of uint8 or uint16 (RGB), or a PIL image.
    options : Options, optional
        The cutter's own, or the defaults.
    cutter : Cutter, optional
        Holds the loaded network; without it one is made for this call, which costs a third of a second.

    Returns
    -------
    Cutout
        Straight foreground colours and alpha at the photo's own size, and a report.

    Raises
    ------
    AlphacutError
        See :mod:`alphacut.errors`.
    """
    if cutter is not None:
        return cutter.cut(source, options)
    with Cutter(options) as own:
        return own.cut(source)


def remove(image: Kind, options: Options | None = None, *, cutter: Cutter | None = None) -> Kind:
    """Remove the background and give back the same kind of thing.

    Parameters
    ----------
    image : bytes, PIL image, ndarray, str or Path
    options, cutter
        As for :func:`cut`.

    Returns
    -------
    bytes, PIL image, ndarray, str or Path
        Bytes of a file (PNG unless the options say otherwise) for bytes; RGBA (RGB on an opaque background,
        grey for a matte) for a PIL image or an array; the path of ``NAME-cutout.png`` next to it for a path.
    """
    result = cut(image, options, cutter=cutter)
    for kind, convert in _SAME_KIND:
        if isinstance(image, kind):
            return convert(image, result)  # type: ignore[return-value]
    raise AssertionError("decode accepts no other kind")


def _as_bytes(_: bytes, result: Cutout) -> bytes:
    return result.encode()


def _as_pil(_: Image.Image, result: Cutout) -> Image.Image:
    eight = replace(result, options=replace(result.options, depth=8))
    return Image.fromarray(np.squeeze(eight.picture().pixels))


def _as_array(_: NDArray[Any], result: Cutout) -> NDArray[Any]:
    return np.squeeze(result.picture().pixels) if result.options.matte else result.picture().pixels


def _as_path(image: str | Path, result: Cutout) -> str | Path:
    return type(image)(result.save(sibling(Path(image), suffix_of(result.options.format))))


_SAME_KIND: tuple[tuple[type | tuple[type, ...], Callable[..., object]], ...] = (
    (bytes, _as_bytes),
    (Image.Image, _as_pil),
    (np.ndarray, _as_array),
    ((str, Path), _as_path),
)
