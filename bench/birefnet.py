"""One forward pass of BiRefNet-lite: OpenVINO in bf16 and f32 against ONNX Runtime in f32, of one file.

    python bench/birefnet.py [--size 1024] [--rounds 5] [--file birefnet-lite.onnx]

The weights are made by a rule (tests/golden/README.md), for time does not depend on them. The three run in turns and a
figure is the median of the rounds after one to warm up. A ratio below 1 means that OpenVINO is faster; the bar is 0.6
in bf16. bf16 gains where the processor has matrix units for it (AMX) that a hypervisor does not hide: `alphacut doctor`
says how long a convolution takes in each arithmetic.
"""

import argparse
import dataclasses
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import openvino

from alphacut.infer.catalog import find_card
from alphacut.networks import build
from alphacut.training.export import Probabilities, write_onnx

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import rule_weights

NAME = "birefnet-lite"
PEER = "ONNX Runtime f32"


def runners(path, image):
    """Return one function an engine, loaded, each on all processors."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count()
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    found = {PEER: lambda: session.run(None, {"image": image})[0]}
    for precision in ("f32", "bf16"):
        core = openvino.Core()
        network = core.read_model(path)
        network.reshape(list(image.shape))
        hints = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
        request = core.compile_model(network, "CPU", hints).create_infer_request()
        found[f"OpenVINO {precision}"] = lambda request=request: np.array(request.infer({0: image})[0])
    return found


def measure(path, size, rounds):
    image = rule_weights.image(size, size)
    engines = runners(path, image)
    seconds = {name: [] for name in engines}
    first = {}
    for turn in range(rounds + 1):
        for name, run in engines.items():
            start = time.perf_counter()
            answer = run()
            if turn:
                seconds[name].append(time.perf_counter() - start)
            else:
                first[name] = answer
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    print("| engine | seconds | ratio | mean difference of the alpha |\n|---|---|---|---|")
    for name, took in medians.items():
        apart = np.abs(first[name] - first[PEER]).mean()
        print(f"| {name} | {took:.2f} | **{took / medians[PEER]:.2f}** | {apart:.1e} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--file", type=Path, help="keep the export here, or take the one that is there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.file or Path(folder) / f"{NAME}.onnx"
        if not path.exists():
            card = dataclasses.replace(find_card(NAME), size=(asked.size, asked.size))
            write_onnx(Probabilities(rule_weights.fill(build(NAME))).eval(), card, path)
        measure(path, asked.size, asked.rounds)


if __name__ == "__main__":
    main()
