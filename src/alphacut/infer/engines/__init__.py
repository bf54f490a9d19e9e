"""What runs a network: one small Protocol, one file an engine, one table that chooses."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...errors import DeviceMissing
from ..card import ModelCard
from ..home import ranges_path

ENGINES: dict[str, tuple[str, tuple[str, ...], str]] = {
    # engine: the package it needs, the devices it knows by our names, how to install it
    "openvino": ("openvino", ("cpu", "gpu", "npu"), "pip install alphacut"),
    "onnx": (
        "onnxruntime",
        ("cpu", "cuda", "tensorrt", "coreml", "directml"),
        "pip install 'alphacut[onnx]' (or onnxruntime-gpu, onnxruntime-directml)",
    ),
    "torch": ("torch", ("cuda", "mps", "cpu"), "pip install 'alphacut[train]'"),
}
AUTO_ORDER = (
    ("onnx", "cuda"),
    ("openvino", "cpu"),
    ("onnx", "cpu"),
    ("torch", "cuda"),
    ("torch", "mps"),
    ("torch", "cpu"),
)
"""What `auto` takes: the first of these that is here."""


class Session(Protocol):
    """A network that is loaded and ready. Safe to use from several threads at once.

    Attributes
    ----------
    engine, device, precision : str
        What runs it, where, and in which arithmetic ("f32", "bf16", "f16", "int8").
    flexible : bool
        Whether `run` takes inputs of other sizes than the card's (in multiples of the card's `multiple`).
    """

    engine: str
    device: str
    precision: str
    flexible: bool

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the network.

        Parameters
        ----------
        batch : ndarray
            N×3×H×W float32, normalised as the card says.

        Returns
        -------
        ndarray
            N×H×W float32, the wanted output as the network gives it, owned by the caller.

        Raises
        ------
        InferenceFailed
            The engine failed; the message carries its words.
        """
        ...


def open_session(
    card: ModelCard, weights: Path, device: str, engine: str, precision: str, threads: int | None = None
) -> Session:
    """Load a network where it shall run.

    Parameters
    ----------
    card : ModelCard
        Describes the network.
    weights : Path
        Its ONNX file, verified.
    device, engine, precision : str
        As in :class:`alphacut.options.Options`.
    threads : int or None
        Of a processor; None leaves it to the engine, which takes them all.

    Raises
    ------
    DeviceMissing
        An explicit device, engine or precision that is not here; the message says what is.
    InferenceFailed
        The engine could not load the network.
    """
    card = dataclasses.replace(card, precisions=measured(card))
    if precision not in ("auto", *card.precisions):
        raise DeviceMissing(
            f"precision {precision!r}",
            f"changes the answer of {card.name} too much",
            f"Choose auto or one of {', '.join(card.precisions)}.",
        )
    engine, device = choose(device, engine)
    session: Session = _module(engine).open_session(card, weights, device, precision, threads)
    return session


def measured(card: ModelCard) -> tuple[str, ...]:
    """Return a card's precisions, and int8 where its user measured the ranges and was told what they cost."""
    own = () if "int8" in card.precisions or not ranges_path(card.name).is_file() else ("int8",)
    return card.precisions + own


def choose(device: str = "auto", engine: str = "auto") -> tuple[str, str]:
    """Return the engine and the device that these options mean on this machine.

    Raises
    ------
    DeviceMissing
        What was asked for is not here, or no engine is installed at all.
    """
    known = [(e, d) for e, (_, devices, _) in ENGINES.items() for d in devices]
    # Each engine is asked only when its turn comes: torch alone takes seconds to load.
    for e, d in (*AUTO_ORDER, *(known if device != "auto" else ())):
        if engine in ("auto", e) and device in ("auto", d) and d in _devices(e):
            return e, d
    raise _missing(device, engine, available())


def available() -> dict[str, list[str]]:
    """Return the engines that are installed here, each with the devices it finds, by our names."""
    return {name: _devices(name) for name in ENGINES if _is_installed(name)}


def _is_installed(engine: str) -> bool:
    return importlib.util.find_spec(ENGINES[engine][0]) is not None


def _devices(engine: str) -> list[str]:
    found: list[str] = _module(engine).devices() if _is_installed(engine) else []
    return found


def _missing(device: str, engine: str, here: dict[str, list[str]]) -> DeviceMissing:
    found = "; ".join(f"{name}: {', '.join(devices) or 'no device'}" for name, devices in here.items())
    known = sorted({d for _, devices, _ in ENGINES.values() for d in devices})
    if engine != "auto" and engine not in here:
        return DeviceMissing(
            f"engine {engine!r}", "is not installed", f"{ENGINES[engine][2]}. Here: {found}."
        )
    if device not in ("auto", *known):
        return DeviceMissing(
            f"device {device!r}", "is not a device", f"Known: auto, {', '.join(known)}. Here: {found}."
        )
    owners = [install for _, devices, install in ENGINES.values() if device in devices]
    remedy = f"Found here: {found or 'no engine'}. Use --device auto" + (
        f", or {owners[0]}." if owners else "."
    )
    return DeviceMissing(
        f"device {device!r}", "is not here" if engine == "auto" else f"is not here for {engine}", remedy
    )


def _module(engine: str) -> ModuleType:
    # Engines are imported only when one is asked for: `import alphacut` loads none.
    return importlib.import_module(f".{engine}", __name__)
