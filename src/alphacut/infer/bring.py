"""Files that a user brings: the catalogue's own, other networks, weights of torch, and adapters."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..errors import ModelError, NotFoundInput, OptionError, OutputError, WeightsCorrupt
from ..files import make_folder
from . import adapter
from .card import ModelCard, Source
from .card_file import dump_card, read_card
from .catalog import find_card, packaged_tables, user_card_path
from .home import models_dir, ranges_path
from .sources.sink import CHUNK, Sink, digests
from .store import install, locked
from .weights import by_hand

CHECKPOINTS = (".safetensors", ".pth", ".pt")
"""How files of torch's weights end."""

Convert = Callable[[Path, ModelCard, Path], ModelCard]
"""Makes an ONNX file of weights of torch.

Called with the weights, a card that says the network and its size, and the ONNX file to write; the same weights go
beside it, as ``.safetensors``. Returns the card of the written file.
"""


def import_file(
    path: Path, name: str, like: str | None = None, convert: Convert | None = None, strength: float = 1.0
) -> ModelCard:
    """Copy a network's file into the home, as ONNX, so that every engine can run it.

    Parameters
    ----------
    path : Path
        An ONNX file with its weights inside, perhaps with its card beside it (``.toml``); weights of torch
        (``.safetensors``, ``.pth``, ``.pt``), of which tensors alone are read; or an adapter (``.safetensors``).
    name : str
        A packaged model, whose own file it has to be, or a new name (or one imported earlier, to replace it).
    like : str, optional
        For a new name without a card beside the file: the model whose input size, normalisation, output and precisions
        this one shares, and for weights of torch whose network it is. An adapter names its base itself.
    convert : callable, optional
        For weights of torch; see :data:`Convert`.
    strength : float
        For an adapter: how much of its change is merged, in (0, 1].

    Returns
    -------
    ModelCard
        The card by which it is found from now on.

    Raises
    ------
    NotFoundInput
        No such file.
    WeightsCorrupt
        It is not the file of the packaged model or of the card beside it, or it is of another network.
    OptionError
        `like` is missing, or it or `strength` is given where it means nothing, or the file is of no known kind, or
        nothing can convert it.
    ModelError
        A name that cannot be used, or `like` is unknown.
    OutputError
        The home cannot be written.
    """
    if not path.is_file():
        raise NotFoundInput(str(path), "there is no such file", "Give the path of an .onnx file.")
    if path.suffix.lower() not in (".onnx", *CHECKPOINTS):
        known = ", ".join((".onnx", *CHECKPOINTS))
        raise OptionError(str(path), f"is none of {known}", "Export the network as ONNX first.")
    is_own = user_card_path(name).is_file() or name not in packaged_tables()
    if path.suffix.lower() == ".safetensors" and adapter.read_about(path) is not None:
        return _take_adapter(path, name, like, is_own, strength)
    if strength != 1:
        raise OptionError(
            "option 'strength'", f"means nothing for {path.name}, which is no adapter", "Leave it out."
        )
    if path.suffix.lower() != ".onnx":
        return _take_checkpoint(path, name, _shape(path, name, like, is_own), convert)
    if not is_own and find_card(name).hashes:
        _refuse_like(name, like)
        card = find_card(name)
        if card.base:
            remedy = f"Bring the file of its base: --name {card.base}."
            raise OptionError(
                str(path), f"is not what {name!r} is made of: an adapter does not stand alone", remedy
            )
        _copy(path, card)
        return card
    return _install(path, _card_of(path, name, like, is_own))


def _card_of(path: Path, name: str, like: str | None, is_own: bool) -> ModelCard:
    """Return the card of an ONNX file: the one beside it, or one like another's."""
    beside = path.with_suffix(".toml")
    if like is not None or not beside.is_file():
        shape = _shape(path, name, like, is_own)
        if like is None and (shape.checkpoint or shape.base):
            problem = f"is needed, because {name!r} was no ONNX file before"
            raise OptionError(
                "option 'like'", problem, "Name the model whose output and normalisation this one shares."
            )
        # Whether its layers are those of the other one's network is not known.
        return dataclasses.replace(shape, network="", checkpoint="", base="", adapter="", strength=1.0)
    card = read_card(beside, name)
    if not card.hashes & digests(path, ["sha256", "md5"]):
        raise WeightsCorrupt(str(path), f"is not the file that {beside.name} describes", "Export it again.")
    return dataclasses.replace(card, checkpoint="", base="", adapter="", strength=1.0)


def _shape(path: Path, name: str, like: str | None, is_own: bool) -> ModelCard:
    """Return the card whose size and normalisation a new file shares, with what is known of the file itself."""
    if not is_own:
        _refuse_like(name, like)
        card = find_card(name)
        if any(source.kind == "bring" for source in card.sources):
            return card
        raise OptionError(str(path), f"is not the file of {name!r}, which is ONNX", "Give it another --name.")
    own = user_card_path(name).is_file()
    if like is None and not own:
        remedy = "Name the model whose input size and normalisation this one shares, for example isnet."
        raise OptionError("option 'like'", f"is needed for the new model {name!r}", remedy)
    base = find_card(like or name)
    if like in (None, name):
        return base
    return dataclasses.replace(_owned(base), name=name, title=f"imported from {path.name}, like {like}")


def _owned(base: ModelCard) -> ModelCard:
    """Return a card of a user's own."""
    base = dataclasses.replace(base, trained_on="")
    # What was trained from non-commercial weights stays so; of others the owner states it.
    return dataclasses.replace(base, licence="not stated", homepage="") if base.commercial else base


def _take_checkpoint(path: Path, name: str, card: ModelCard, convert: Convert | None) -> ModelCard:
    """Convert weights of torch, and keep them beside the ONNX file for the engine that reads them."""
    if not card.network:
        problem = f"are weights of torch, and the card of {card.name!r} names no network"
        raise OptionError(str(path), problem, "Name one with --like, for example birefnet-lite.")
    if convert is None:
        raise OptionError(
            str(path), "are weights of torch", "Use `alphacut models import`, which converts them."
        )
    make_folder(models_dir())
    with tempfile.TemporaryDirectory(prefix=f"{name}.onnx.", suffix=".tmp", dir=models_dir()) as scratch:
        file = Path(scratch) / f"{name}.onnx"
        made = convert(path, card, file)
        checkpoint = file.with_suffix(".safetensors")
        card = dataclasses.replace(
            card,
            name=name,
            file=file.name,
            **{field: getattr(made, field) for field in ("size", "output", "kind", "precisions", "fast")},
            checkpoint=min(digests(checkpoint, ["sha256"])),
            base="",
            adapter="",
            strength=1.0,
        )
        _copy(checkpoint, card.of_checkpoint)
        return _install(file, card)


def _take_adapter(path: Path, name: str, like: str | None, is_own: bool, strength: float) -> ModelCard:
    """Keep an adapter under its own name; it is merged when it is first used."""
    about, _ = adapter.read_adapter(path)
    base = find_card(like or about.base)
    if not is_own or base.name == name or base.base:
        raise ModelError(f"model name {name!r}", "cannot be an adapter's", "Give it a --name of its own.")
    adapter.check_base(path, about, base)
    if not 0 < strength <= 1:
        raise OptionError(
            "option 'strength'", f"cannot be {strength!r}", "Expected a number above 0, at most 1."
        )
    card = dataclasses.replace(
        _owned(base),
        name=name,
        title=f"{base.name}, changed by {path.name}",
        file=f"{name}.onnx",
        base=base.name,
        adapter=f"{name}.safetensors",
        strength=strength,
        checkpoint="",
        sources=(_source(path),),
    )
    _copy(path, card.of_adapter)
    _keep_card(card)
    return card


def _install(path: Path, card: ModelCard) -> ModelCard:
    """Copy an ONNX file, and write its card."""
    card = dataclasses.replace(card, file=f"{card.name}.onnx", sources=(_source(path),))
    _copy(path, card)
    _keep_card(card)
    return card


def _source(path: Path) -> Source:
    try:
        return Source("import", min(digests(path, ["sha256"])), bytes=path.stat().st_size)
    except OSError as error:
        raise NotFoundInput(str(path), f"cannot be read ({error})") from error


def _refuse_like(name: str, like: str | None) -> None:
    if like is not None:
        raise OptionError("option 'like'", f"means nothing for {name!r}, which has a card", "Leave it out.")


def _keep_card(card: ModelCard) -> None:
    try:
        user_card_path(card.name).write_text(dump_card(card), encoding="utf-8")
        # Ranges that were measured on the file before say nothing of this one.
        ranges_path(card.name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(str(user_card_path(card.name)), f"cannot be written ({error})") from error


def _copy(path: Path, card: ModelCard) -> None:
    with locked(card.file) as folder:
        part = folder / f"{card.file}.import.part"
        try:
            found = _write_part(path, part, card)
            install(part, folder / card.file, found)
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
            raise WeightsCorrupt(str(path), f"for model {card.name!r}: {sink.problem()}", by_hand(card))
        return sink.found()
