"""ONNX Runtime: the engine for NVIDIA, Apple and Windows graphics, and a second opinion on a processor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from ...errors import DeviceMissing, InferenceFailed
from ..card import ModelCard

PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
}


class OnnxSession:
    """A loaded network. ONNX Runtime itself lets several threads run one session."""

    engine = "onnx"
    precision = "f32"
    flexible = False

    def __init__(self, session: Any, card: ModelCard, device: str) -> None:
        self.device = device
        self._session = session
        self._input = session.get_inputs()[0]
        self._output = session.get_outputs()[card.output].name

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the network; see :class:`alphacut.infer.engines.Session`."""
        # These exports have a batch of one written into them.
        frozen = self._input.shape[0] == 1
        groups = [batch[i : i + 1] for i in range(len(batch))] if frozen else [batch]
        try:
            answers = [self._session.run([self._output], {self._input.name: group})[0] for group in groups]
        except Exception as error:
            raise InferenceFailed("onnxruntime", f"the network failed: {error}") from error
        return np.concatenate(answers)[:, 0].astype(np.float32, copy=False)


def devices() -> list[str]:
    """Return the devices that this build of ONNX Runtime was made for, by our names.

    A provider is listed when its library ships with the build; whether the machine has the device shows only
    when a session is opened, and :func:`open_session` checks it.
    """
    present = set(ort.get_available_providers())
    return [name for name, provider in PROVIDERS.items() if provider in present]


def open_session(
    card: ModelCard, weights: Path, device: str, precision: str, threads: int | None = None
) -> OnnxSession:
    """Load `card`'s network on `device`, or raise: never on another device in silence."""
    if precision not in ("auto", "f32"):
        raise DeviceMissing(
            f"precision {precision!r}", "is not offered by the onnx engine", "Use --precision auto or f32."
        )
    provider = PROVIDERS[device]
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads or 0  # 0: the runtime's own choice
    if device in ("cuda", "tensorrt") and hasattr(ort, "preload_dlls"):
        ort.preload_dlls()  # CUDA's libraries, where pip installed them: the system's loader does not look there
    try:
        session = ort.InferenceSession(str(weights), options, providers=[provider])
    except Exception as error:
        raise InferenceFailed(f"model {card.name!r}", f"ONNX Runtime cannot load it: {error}") from error
    if provider not in session.get_providers():
        raise DeviceMissing(
            f"device {device!r}",
            f"ONNX Runtime lists {provider} but could not start it",
            "Install the driver and libraries that this build needs, or use --device cpu.",
        )
    return OnnxSession(session, card, device)
