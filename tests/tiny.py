"""A real network of one layer: its answer is the mean of the colour channels, so what it must say is known."""

import dataclasses
import hashlib

import numpy as np
import onnx
from onnx import TensorProto, helper

from alphacut.infer.card import ModelCard, Source
from alphacut.infer.card_file import dump_card
from alphacut.infer.home import models_dir

SIDE = 64
CARD = ModelCard(
    name="tiny",
    title="mean of the channels",
    licence="Apache-2.0",
    commercial=True,
    homepage="",
    size=(SIDE, SIDE),
    fit="squash",
    multiple=8,
    mean=(0.0, 0.0, 0.0),
    std=(1.0, 1.0, 1.0),
    output=1,
    kind="probability",
    precisions=("f32",),
    file="tiny.onnx",
    sources=(Source("import", "sha256:" + "0" * 64),),
)


def write(path, gain=1.0):
    """Write the network; output 0 is a decoy, output 1 is `gain` times the mean of the channels."""
    shape = [1, 3, SIDE, SIDE]
    nodes = [
        helper.make_node("Relu", ["x"], ["decoy"]),
        helper.make_node("Conv", ["x", "w"], ["answer"], kernel_shape=[1, 1]),
    ]
    weight = onnx.numpy_helper.from_array(np.full((1, 3, 1, 1), gain / 3, np.float32), "w")
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [
            helper.make_tensor_value_info("decoy", TensorProto.FLOAT, shape),
            helper.make_tensor_value_info("answer", TensorProto.FLOAT, [1, 1, SIDE, SIDE]),
        ],
        [weight],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, path)
    return path


def card(**changes):
    """Return the network's card with some fields changed."""
    return dataclasses.replace(CARD, **changes)


def install(*names):
    """Make it the model "tiny" of the current home, or these models, as an import by hand would."""
    models_dir().mkdir(parents=True, exist_ok=True)
    path = write(models_dir() / CARD.file)
    source = Source("import", f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}")
    for name in names or ("tiny",):
        (models_dir() / f"{name}.toml").write_text(dump_card(card(name=name, sources=(source,))))
