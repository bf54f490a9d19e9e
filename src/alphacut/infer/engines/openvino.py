"""OpenVINO: the engine for processors, and for Intel's graphics and neural units."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from ...errors import DeviceMissing, InferenceFailed
from ..card import ModelCard
from .compiled import recall, remember
from .flexible import make_flexible
from .int8 import Ranges, find_ranges, fits, round_to_int8
from .probe import fastest, timings

NAMES = {"CPU": "cpu", "GPU": "gpu", "NPU": "npu"}
CAPABILITY = {"f32": "FP32", "bf16": "BF16", "f16": "FP16", "int8": "INT8"}


class OpenVinoSession:
    """A compiled network with a pool of requests, one for each thread that runs at the same time."""

    engine = "openvino"

    def __init__(self, compiled: Any, device: str, precision: str, flexible: bool) -> None:
        self.device = device
        self.precision = precision
        self.flexible = flexible
        self._compiled = compiled
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the network; see :class:`alphacut.infer.engines.Session`."""
        try:
            request = self._idle.get_nowait()
        except queue.Empty:
            request = self._compiled.create_infer_request()
        try:
            request.infer({0: batch}, share_inputs=True)
            # The tensor belongs to the request, which the next caller reuses: copy before it goes back.
            answer = np.array(request.get_output_tensor(0).data[:, 0], np.float32)
        except RuntimeError as error:
            raise InferenceFailed("openvino", f"the network failed: {_first_line(error)}") from error
        self._idle.put(request)
        return answer


def devices() -> list[str]:
    """Return what OpenVINO finds on this machine, by our names."""
    found = (NAMES.get(name.split(".")[0]) for name in ov.Core().available_devices)
    return sorted({name for name in found if name})


def processor() -> dict[str, str]:
    """Return what OpenVINO says of the processor, and how long a convolution takes in what it computes right."""
    core = ov.Core()
    times = timings(core)
    return {
        "cpu": core.get_property("CPU", "FULL_DEVICE_NAME"),
        "cpu lists": " ".join(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")),
        "a convolution takes": ", ".join(f"{ms:.1f} ms in {precision}" for precision, ms in times.items()),
        "auto takes": fastest(core, tuple(times)),
    }


def open_session(
    card: ModelCard, weights: Path, device: str, precision: str, threads: int | None = None
) -> OpenVinoSession:
    """Compile `card`'s network for `device`, keeping only the wanted output, or take it from the cache.

    On a processor the compiled network takes inputs of any size; elsewhere it is fixed to the card's.
    """
    core = ov.Core()
    name = {ours: theirs for theirs, ours in NAMES.items()}[device]
    ranges = find_ranges(card.name) if device == "cpu" else None
    precision = _precision(core, name, card, precision, can_int8=ranges is not None)
    return _open(
        core, _Plan(card, weights, name, precision, ranges if precision == "int8" else None, threads)
    )


def open_rounded(card: ModelCard, weights: Path, ranges: Ranges) -> OpenVinoSession:
    """Compile `card`'s network in 8-bit integers by these ranges, whatever the card allows."""
    return _open(ov.Core(), _Plan(card, weights, "CPU", "int8", ranges))


_FIRST = threading.Lock()


def _open(core: ov.Core, plan: _Plan) -> OpenVinoSession:
    with _FIRST:
        # OpenVINO fills its table of types at the first use, and two threads that run a network for the first time
        # then wait for each other for ever: one holds the table's lock, the other Python's.
        ov.Type.f32.to_dtype()
    try:
        compiled = recall(core, plan.name, plan.key, plan.config) or _compile(core, plan)
    except RuntimeError as error:
        subject = f"model {plan.card.name!r}"
        raise InferenceFailed(subject, f"OpenVINO cannot load it: {_first_line(error)}") from error
    flexible = compiled.input(0).partial_shape[2].is_dynamic
    return OpenVinoSession(compiled, NAMES[plan.name], plan.precision, flexible)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everything that decides what is compiled."""

    card: ModelCard
    weights: Path
    name: str
    precision: str
    ranges: Ranges | None
    threads: int | None = None

    @property
    def key(self) -> str:
        stat = self.weights.stat()
        ranges = self.ranges.dumps() if self.ranges else ""
        return f"{self.card}\n{stat.st_size} {stat.st_mtime_ns}\n{self.name} {self.precision}\n{ranges}"

    @property
    def config(self) -> dict[str, str | int]:
        hint = "f32" if self.precision == "int8" else self.precision
        limit = {"INFERENCE_NUM_THREADS": self.threads} if self.threads and self.name == "CPU" else {}
        return {"INFERENCE_PRECISION_HINT": hint, "PERFORMANCE_HINT": "LATENCY"} | limit


def _compile(core: ov.Core, plan: _Plan) -> Any:
    network = prepare(core, plan.card, plan.weights, any_size=plan.name == "CPU")
    if plan.ranges:
        if not fits(network, plan.ranges):
            raise InferenceFailed(
                f"model {plan.card.name!r}",
                "its 8-bit ranges were measured on another export of it",
                "Use --precision f32, or measure them with `alphacut models quantize`.",
            )
        round_to_int8(network, plan.ranges)
    compiled = core.compile_model(network, plan.name, plan.config)
    remember(compiled, plan.key)
    return compiled


def prepare(core: ov.Core, card: ModelCard, weights: Path, any_size: bool) -> ov.Model:
    """Read a network, keep only its matte, and free its input's size if asked to and possible."""
    network = core.read_model(weights)
    wanted = network.get_results()[card.output]
    for result in network.get_results():
        if result is not wanted:
            network.remove_result(result)  # side outputs are for training: without them their branches go too
    if not (any_size and make_flexible(network)):
        width, height = card.size
        made_for = network.input(0).get_partial_shape()
        if not made_for.compatible(ov.PartialShape([-1, 3, height, width])):
            problem = (
                f"its file is made for an input of {made_for}, and its card says {width}×{height} pixels"
            )
            raise InferenceFailed(
                f"model {card.name!r}", problem, "Correct the card, or export the network anew."
            )
        network.reshape([-1, 3, height, width])
    return network


def _precision(core: ov.Core, name: str, card: ModelCard, precision: str, can_int8: bool) -> str:
    capabilities = core.get_property(name, "OPTIMIZATION_CAPABILITIES")
    offered = [p for p in card.precisions if CAPABILITY[p] in capabilities and (p != "int8" or can_int8)]
    if precision in offered:
        return precision
    if precision != "auto":
        remedy = f"Use --precision auto or one of {', '.join(offered)}."
        raise DeviceMissing(
            f"precision {precision!r}", f"is not to be had for {card.name} on this {name}", remedy
        )
    if name == "CPU":
        return fastest(core, tuple(offered))
    return "f16" if "f16" in offered else "f32"


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
