"""Which arithmetic this processor is fastest in: measured once on one convolution, remembered.

What a processor lists says little. With matrix units, or on Zen 5, bfloat16 halves a network's time; on a Xeon
whose AMX is hidden by the hypervisor it takes 1.6 times as long as float32. Eight-bit products without VNNI
saturate in between and give wrong sums. So each is timed, and int8 is also checked against the exact sum.
"""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from ...files import make_folder, write_atomic
from .. import home

SIDE, CHANNELS, ROUNDS = 128, 64, 6
WORTH = {"f32": 1.0, "bf16": 1.0, "int8": 1.25}
"""How many times faster than float32 an arithmetic has to be, for what it loses, to be chosen."""


def fastest(core: ov.Core, allowed: tuple[str, ...]) -> str:
    """Return the fastest of the `allowed` precisions on this processor, "f32" where none is worth it."""
    times = timings(core)
    worth = {name: times[name] * WORTH[name] for name in allowed if name in times}
    return min(worth, key=lambda name: worth[name], default="f32")


def timings(core: ov.Core) -> dict[str, float]:
    """Return the milliseconds of one convolution in each arithmetic that computes it right on this processor."""
    key = f"{core.get_property('CPU', 'FULL_DEVICE_NAME')} / openvino {ov.__version__}"
    memory = home.home() / "processor.json"
    known: dict[str, dict[str, float]] = json.loads(memory.read_text()) if memory.exists() else {}
    if key not in known:
        known[key] = _measure(core)
        make_folder(memory.parent)
        write_atomic(memory, json.dumps(known, indent=1).encode())
    return known[key]


def _measure(core: ov.Core) -> dict[str, float]:
    capabilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    times = {"f32": _milliseconds(core, "f32")[0]}
    if "BF16" in capabilities:
        times["bf16"] = _milliseconds(core, "bf16")[0]
    took, answer = _milliseconds(core, "int8")
    if np.allclose(answer, 255 * 127 * 9 * CHANNELS, rtol=1e-3):
        times["int8"] = took
    return times


def _milliseconds(core: ov.Core, precision: str) -> tuple[float, Any]:
    """Time a 3×3 convolution of the largest 8-bit values; return it with the middle of its answer."""
    batch = ops.parameter([1, CHANNELS, SIDE, SIDE], np.float32)
    weights: Any = ops.constant(np.full((CHANNELS, CHANNELS, 3, 3), 127, np.float32))
    image: Any = batch
    if precision == "int8":
        image = _rounded(batch, 0, 255, 256)
        weights = _rounded(weights, -127, 127, 255)
    layer = ops.relu(ops.convolution(image, weights, [1, 1], [1, 1], [1, 1], [1, 1]))
    hint = "bf16" if precision == "bf16" else "f32"
    compiled = core.compile_model(
        ov.Model([ops.result(layer)], [batch]), "CPU", {"INFERENCE_PRECISION_HINT": hint}
    )
    request = compiled.create_infer_request()
    value = np.full((1, CHANNELS, SIDE, SIDE), 255, np.float32)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        request.infer({0: value})
        times.append(time.perf_counter() - start)
    return round(min(times[1:]) * 1e3, 3), request.get_output_tensor(0).data[0, 0, SIDE // 2, SIDE // 2]


def _rounded(value: Any, low: float, high: float, levels: int) -> ov.Node:
    ends = [ops.constant(np.float32(end)) for end in (low, high, low, high)]
    return ops.fake_quantize(value, *ends, levels)
