"""The library: :func:`remove`, :func:`cut` and :class:`Cutter`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .compose.match import read_style
from .compose.profiles import matched
from .cutout import Cutout
from .decode import Source
from .encode import suffix_of
from .files import sibling
from .infer.shelf import Network, Shelf
from .infer.weights import Progress
from .options import Options
from .pipeline import Stop, cut_out

_ABOUT_NETWORKS = ("model", "device", "engine", "precision", "fast", "accept_licence", "max_pixels")

Style = dict[str, str | float]
Kind = TypeVar("Kind", bytes, str, Path, Image.Image, np.ndarray)


class Cutter:
    """Holds loaded networks for many photos; one a process is enough, for all its threads.

    Parameters
    ----------
    options : Options, optional
        What a call that brings no options of its own uses.
    progress : callable, optional
        Told of downloads: bytes done, bytes in all or None, and what is fetched.
    threads : int, optional
        Of the processor, for each network; all of them without it.
    memory : int, optional
        Bytes that the loaded networks' files may have together: over it, the least recently used that is not in
        use is let go.

    Examples
    --------
    >>> with Cutter() as cutter:  # doctest: +SKIP
    ...     for path in Path("photos").glob("*.jpg"):
    ...         cutter.cut(path).save(path.with_suffix(".png"))
    """

    def __init__(
        self,
        options: Options | None = None,
        progress: Progress | None = None,
        threads: int | None = None,
        memory: int | None = None,
    ) -> None:
        self.options = options or Options()
        self.shelf = Shelf(memory, progress, threads)
        self._styles: dict[Options, Style] = {}

    def cut(
        self,
        source: Source,
        options: Options | None = None,
        name: str | None = None,
        stop: Stop | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> Cutout:
        """Cut the subject out of one photo; see :func:`cut`.

        Parameters
        ----------
        source, options
        name : str, optional
            What to call the photo in messages.
        stop : callable, optional
            Asked before each step; once it returns true, `Cancelled` is raised.
        files : mapping of str to bytes, optional
            Files in memory for the background and the listing to match, by the names that the options use:
            with ``background="picture(beach.jpg, contain)"`` that is "beach.jpg". Nothing of them is kept.
        """
        options, files = options or self.options, files or {}
        listing = options.match
        if listing is not None and listing in files:
            options = options.under(self._read_style(files[listing], options))
        elif listing is not None:
            options = options.under(self._style(options, listing))
        with self.shelf.lend() as load:
            return cut_out(source, options, load, name, stop or (lambda: False), files)

    def _style(self, options: Options, path: str) -> Style:
        """Return the look of a listing on the disk, read once."""
        key = replace(_plain(options), match=path)
        if key not in self._styles:
            self._styles[key] = self._read_style(path, options)
        return self._styles[key]

    def _read_style(self, listing: str | bytes, options: Options) -> Style:
        with self.shelf.lend() as load:
            shown = cut_out(listing, _plain(options), load, options.match)
        colours = matched(shown.photo.pixels, shown.photo.icc, None)
        return read_style(colours, shown.alpha, options.match or "reference").values

    def load(self, options: Options) -> list[Network]:
        """Return the network that the options name, or the two that "auto" joins, each loaded once."""
        with self.shelf.lend() as load:
            return load(options)

    def close(self) -> None:
        """Let go of the networks."""
        self.shelf.clear()

    def __enter__(self) -> Cutter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _plain(options: Options) -> Options:
    """Return only what decides how a subject is found."""
    return Options(**{name: getattr(options, name) for name in _ABOUT_NETWORKS})


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
