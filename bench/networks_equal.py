"""How far the networks in torch are from other implementations of them, at their own sizes.

    python bench/networks_equal.py [NETWORK...]

U²-Net and ISNet: the largest difference of the alpha from ONNX Runtime's on the catalogue's weights and a photo; the
bar is 1e-4. Where the file has half-precision weights it computes in part in half precision too, so it is lifted to
float32 first. BiRefNet: the largest difference of the logits from the authors' code (tests/golden/README.md) in torch,
and of its export in ONNX Runtime and in OpenVINO, as a share of their standard deviation; the bar is 1e-3.
"""

import dataclasses
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import torch
from PIL import Image
from skimage import data

from alphacut.infer.catalog import find_card
from alphacut.infer.web_graph import rewrite
from alphacut.infer.weights import ensure
from alphacut.networks import build
from alphacut.networks.weights import load_weights
from alphacut.training.export import Probabilities, by_onnx_runtime, by_openvino, write_onnx

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import rule_weights

SIZES = {"birefnet-lite": 256, "birefnet": 352}


def photo(card):
    small = np.asarray(Image.fromarray(data.astronaut()).resize(card.size, Image.Resampling.LANCZOS))
    return ((small / 255 - card.mean) / card.std).transpose(2, 0, 1)[None].astype(np.float32)


def lifted(card, path, folder):
    """Return the file itself, or where it has half-precision weights one that computes in float32."""
    model = onnx.load(path)
    if all(tensor.data_type != onnx.TensorProto.FLOAT16 for tensor in model.graph.initializer):
        return path
    onnx.save(rewrite(model, card)[0], folder / "lifted.onnx")
    return folder / "lifted.onnx"


def against_the_catalogue(name, folder):
    card = find_card(name)
    path, network, image = ensure(card), build(name), photo(card)
    load_weights(network, path)
    with torch.inference_mode():
        ours = network.eval()(torch.from_numpy(image)).sigmoid().numpy()
    theirs = by_onnx_runtime(lifted(card, path, folder), image)
    yield f"{name} {card.size[0]}²: alpha in torch, ONNX Runtime", np.abs(ours - theirs).max(), 1e-4


def against_the_authors(name, folder):
    side, network = SIZES[name], rule_weights.fill(build(name))
    image = rule_weights.image(side, side)
    with torch.inference_mode():
        logits = network(torch.from_numpy(image))[0, 0].numpy()
    yield f"{name} {side}²: logits in torch, authors' code", rule_weights.distance(name, logits), 1e-3
    path = folder / f"{name}.onnx"
    card = dataclasses.replace(find_card(name), size=(side, side))
    write_onnx(Probabilities(network).eval(), card, path)
    del network
    for engine, run in (("ONNX Runtime", by_onnx_runtime), ("OpenVINO f32", by_openvino)):
        alpha = run(path, image)[0, 0].astype(np.float64)
        distance = rule_weights.distance(name, np.log(alpha / (1 - alpha)))
        yield f"{name} {side}²: logits of the export in {engine}, authors' code", distance, 1e-3


def main():
    print("| what | largest difference | bar | seconds, peak MB so far |\n|---|---|---|---|")
    for name in sys.argv[1:] or ("u2netp", "u2net", "isnet", *SIZES):
        compare = against_the_authors if name in SIZES else against_the_catalogue
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            for what, difference, bar in compare(name, Path(folder)):
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                took = time.perf_counter() - start
                print(f"| {what} | {difference:.1e} | {bar:.0e} | {took:.0f}, {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
