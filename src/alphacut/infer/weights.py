"""The file of a network: found in the home, fetched and verified, imported, removed."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

from ..errors import (
    AlphacutError,
    LicenceNotAccepted,
    NotFoundInput,
    OptionError,
    OutputError,
    WeightsCorrupt,
    WeightsUnavailable,
)
from .card import ModelCard, Source
from .card_file import dump_card
from .catalog import find_card, known_names, packaged_tables, user_card_path
from .home import is_offline, mirror, models_dir
from .sources.sink import CHUNK, Progress, Sink, digests
from .store import cached, install, locked, stamp_path, sweep

__all__ = ["Progress", "cached", "ensure", "import_file", "remove"]

logger = logging.getLogger("alphacut")


def ensure(card: ModelCard, *, accept_licence: bool = False, progress: Progress | None = None) -> Path:
    """Return the network's verified file, after fetching it if it is not here.

    Parameters
    ----------
    card : ModelCard
        From :func:`~alphacut.infer.catalog.find_card`.
    accept_licence : bool
        Agree to a licence that forbids commercial use; asked for at each use, not only at the download.
    progress : callable, optional
        Called with the bytes done, the bytes in all (None where unknown) and the source.

    Raises
    ------
    LicenceNotAccepted
        The licence forbids commercial use, and nobody agreed.
    WeightsUnavailable
        Every source failed (each is named with its reason), or the network may not be used.
    WeightsCorrupt
        The file here is damaged and cannot be fetched again.
    OutputError
        The home cannot be written.
    """
    if not (card.commercial or accept_licence):
        problem = f"its licence ({card.licence}) forbids commercial use"
        remedy = f"Read {card.homepage or 'it'}; if your use is allowed, agree with --accept-licence."
        raise LicenceNotAccepted(_subject(card), problem, remedy)
    path = cached(card)
    if path is not None:
        return path
    with locked(card.file):
        # Another process may have fetched it while this one waited.
        return cached(card) or _fetch(card, progress)


def import_file(path: Path, name: str, like: str | None = None) -> ModelCard:
    """Copy a network's file into the home.

    Parameters
    ----------
    path : Path
        An ONNX file with its weights inside.
    name : str
        A packaged model, whose own file it has to be, or a new name (or one imported earlier, to replace it).
    like : str, optional
        For a new name: the model whose input size, normalisation, output and precisions this one shares.

    Returns
    -------
    ModelCard
        The card by which it is found from now on.

    Raises
    ------
    NotFoundInput
        No such file.
    WeightsCorrupt
        It is not the file of the packaged model.
    OptionError
        `like` is missing, or given where it means nothing, or the file is no ``.onnx``.
    ModelError
        A name that cannot be used, or `like` is unknown.
    OutputError
        The home cannot be written.
    """
    if not path.is_file():
        raise NotFoundInput(str(path), "there is no such file", "Give the path of an .onnx file.")
    own = user_card_path(name)
    if own.is_file() or name not in packaged_tables():
        card = _own_card(path, name, like or (name if own.is_file() else None))
        _copy(path, card, dump_card(card))
        return card
    if like is not None:
        raise OptionError("option 'like'", f"means nothing for {name!r}, which has a card", "Leave it out.")
    card = find_card(name)
    _copy(path, card)
    return card


def remove(name: str) -> list[Path]:
    """Delete a model's files from the home, and its card if it was imported; return what was deleted.

    Raises
    ------
    UnknownModel
        No card of that name.
    OutputError
        The home cannot be written.
    """
    if name not in known_names():
        find_card(name)  # raises, with the nearest name
    own = user_card_path(name)
    # An imported card is not read: one that is broken must be removable.
    file = f"{name}.onnx" if own.is_file() else find_card(name).file
    with locked(file) as folder:
        try:
            gone = [path for path in (folder / file, stamp_path(folder / file), own) if path.exists()]
            for path in gone:
                path.unlink()
            return gone + sweep(folder, file, "part", "tmp", "web")
        except OSError as error:
            raise OutputError(str(folder / file), f"cannot be deleted ({error})") from error


def _fetch(card: ModelCard, progress: Progress | None) -> Path:
    path = models_dir() / card.file
    if path.exists():
        _set_aside(card, path)
    if is_offline():
        problem = "its weights are not here, and ALPHACUT_OFFLINE forbids the network"
        raise WeightsUnavailable(_subject(card), problem, _by_hand(card))
    # Folders of processes that were killed: whoever holds the lock is the only one at work on this file.
    sweep(path.parent, card.file, "tmp")
    reasons = []
    for source, accepted in _attempts(card):
        try:
            return _take(card, source, accepted, progress)
        except AlphacutError as error:
            reasons.append(f"{source.label}: {error.problem}")
        except OSError as error:
            reasons.append(f"{source.label}: {error}")
    listed = "".join(f"\n  - {reason}" for reason in reasons)
    problem = f"no source gave its weights:{listed}" if reasons else "its imported file is gone"
    raise WeightsUnavailable(_subject(card), problem, _by_hand(card))


def _attempts(card: ModelCard) -> list[tuple[Source, frozenset[str]]]:
    """Return the sources to try, in order, each with the hashes that its file may have."""
    own = [(source, frozenset({source.hash})) for source in card.sources if source.kind != "import"]
    if not mirror():
        return own
    return [(Source("url", hash="", url=f"{mirror()}/{card.file}"), card.hashes), *own]


def _take(card: ModelCard, source: Source, accepted: frozenset[str], progress: Progress | None) -> Path:
    path = models_dir() / card.file
    # One partial file a source: two sources may give different files of one network.
    part = path.with_name(f"{path.name}.{hashlib.sha256(source.label.encode()).hexdigest()[:8]}.part")
    try:
        with Sink(part, accepted, source.bytes, source.label, progress) as sink:
            _fetcher(source.kind)(source, sink)
            problem = sink.problem()
            if problem:
                sink.restart()
                raise WeightsCorrupt(source.label, problem)
        return install(part, path, sink.found())
    finally:
        if part.exists() and (source.kind != "url" or part.stat().st_size == 0):
            part.unlink()


def _fetcher(kind: str) -> Callable[[Source, Sink], None]:
    # requests takes a tenth of a second to import; a start with weights in the home does not need it.
    from .sources import npm, url, wheel

    return {"url": url.fetch, "npm": npm.fetch, "wheel": wheel.fetch}[kind]


def _set_aside(card: ModelCard, path: Path) -> None:
    problem = f"{path} is damaged: its hash is not on the card"
    if card.is_imported or is_offline():
        raise WeightsCorrupt(_subject(card), problem, f"Bring the file again. {_by_hand(card)}")
    logger.warning("%s: %s; it is removed and fetched again", _subject(card), problem)
    path.unlink()
    stamp_path(path).unlink(missing_ok=True)


def _own_card(path: Path, name: str, like: str | None) -> ModelCard:
    if path.suffix.lower() != ".onnx":
        raise OptionError(str(path), "is not an .onnx file", "Export the network as ONNX first.")
    if like is None:
        remedy = "Name the model whose input size and normalisation this one shares, for example isnet."
        raise OptionError("option 'like'", f"is needed for the new model {name!r}", remedy)
    base = find_card(like)
    try:
        sha256 = next(iter(digests(path, ["sha256"])))
    except OSError as error:
        raise NotFoundInput(str(path), f"cannot be read ({error})") from error
    return dataclasses.replace(
        base,
        name=name,
        title=f"imported from {path.name}, like {like}" if like != name else base.title,
        # What was trained from non-commercial weights stays so; of others the owner states it.
        licence="not stated" if base.commercial else base.licence,
        homepage="" if base.commercial else base.homepage,
        file=f"{name}.onnx",
        sources=(Source("import", sha256, bytes=path.stat().st_size),),
    )


def _copy(path: Path, card: ModelCard, card_text: str = "") -> None:
    with locked(card.file) as folder:
        part = folder / f"{card.file}.import.part"
        try:
            found = _write_part(path, part, card)
            install(part, folder / card.file, found)
            if card_text:
                user_card_path(card.name).write_text(card_text, encoding="utf-8")
        except OSError as error:
            raise OutputError(str(path), f"cannot be copied to {folder} ({error})") from error
        finally:
            part.unlink(missing_ok=True)


def _write_part(path: Path, part: Path, card: ModelCard) -> frozenset[str]:
    with path.open("rb") as file, Sink(part, card.hashes, label=path.name) as sink:
        sink.restart()
        while chunk := file.read(CHUNK):
            sink.write(chunk)
        if sink.problem():
            raise WeightsCorrupt(str(path), f"for model {card.name!r}: {sink.problem()}", _by_hand(card))
        return sink.found()


def _by_hand(card: ModelCard) -> str:
    """Say how to bring the network's file to a machine that cannot fetch it."""
    urls = [source.label for source in card.sources if source.url]
    where = f"get it from {urls[0]} and " if urls else ""
    return (
        f"To bring the file by hand, {where}run `alphacut models import FILE --name {card.name}`; or let "
        f"ALPHACUT_MIRROR name the address of a folder that has {card.file}."
    )


def _subject(card: ModelCard) -> str:
    return f"model {card.name!r}"
