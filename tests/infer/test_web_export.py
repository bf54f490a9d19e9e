"""Networks rewritten for browsers say what they said before: against ONNX Runtime, on networks drawn here."""

import dataclasses
import json

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

import tiny
from alphacut.cli import main
from alphacut.infer import web_export
from alphacut.infer.catalog import find_card
from alphacut.infer.engines import open_session
from alphacut.infer.engines.int8 import Ranges, find_ranges
from alphacut.infer.home import models_dir
from alphacut.infer.predict import fit_for, tensor
from alphacut.infer.web_graph import rewrite, round_to_int8
from alphacut.infer.weights import ensure, remove
from alphacut.types import Photo

CARD = dataclasses.replace(tiny.CARD, name="drawn", fit="aspect", multiple=4, output=1)


def network(height, width, half=False, old=False):
    """Draw a small U-Net as exports are: pooling that rounds up, the upsampling's size read off another tensor.

    An old one is of a time when an upsampling had to name a region that nothing looks at.
    """
    rng = np.random.default_rng(3)
    kind = np.float16 if half else np.float32
    pooled = [-(-height // 2), -(-width // 2)]

    def weights(name, *shape):
        return numpy_helper.from_array(rng.normal(0, 0.3, shape).astype(np.float16).astype(kind), name)

    def constant(name, value):
        return helper.make_node(
            "Constant", [], [name], value=numpy_helper.from_array(np.array(value, np.int64))
        )

    conv = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    cast_in = [helper.make_node("Cast", ["x"], ["input"], "cast_in", to=TensorProto.FLOAT16)] if half else []
    shrunk, grown = ("shrunk32", "grown32") if half else ("shrunk", "grown")
    casts = [
        helper.make_node("Cast", ["shrunk"], [shrunk], "resize_in", to=TensorProto.FLOAT),
        helper.make_node("Cast", [grown], ["grown"], "resize_out", to=TensorProto.FLOAT16),
    ]
    empty = numpy_helper.from_array(np.zeros(0, np.float32))
    regions = [helper.make_node("Constant", [], ["region"], value=empty)] if old else []
    size = (
        [
            helper.make_node("Shape", ["r1"], ["wanted"]),
            constant("end", [4]),
            helper.make_node("Slice", ["wanted", "to", "end"], ["size"]),
        ]
        if old
        else [constant("size", [2 * pooled[0], 2 * pooled[1]])]
    )
    nodes = [
        *cast_in,
        helper.make_node("Conv", ["input" if half else "x", "w1"], ["c1"], "conv1", **conv),
        helper.make_node("Relu", ["c1"], ["r1"], "relu1"),
        helper.make_node("MaxPool", ["r1"], ["p"], "pool", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1),
        helper.make_node("Conv", ["p", "w2", "b2"], ["c2"], "conv2", **conv),
        helper.make_node("Relu", ["c2"], ["shrunk"], "relu2"),
        *casts[: half and 1],
        helper.make_node("Shape", [shrunk], ["shape"]),
        constant("from", [0]),
        constant("to", [2]),
        helper.make_node("Slice", ["shape", "from", "to"], ["front"]),
        *size,
        *regions,
        helper.make_node("Concat", ["front", "size"], ["sizes"], axis=0),
        helper.make_node(
            "Resize",
            [shrunk, *(["region", "region"] if old else ["", ""]), "sizes"],
            [grown],
            "resize",
            mode="linear",
        ),
        *casts[1 : 2 * half],
        helper.make_node("Concat", ["grown", "r1"], ["both"], "concat", axis=1),
        helper.make_node("Conv", ["both", "w3"], ["c3"], "conv3", **conv),
        helper.make_node("Sigmoid", ["c3"], ["matte16" if half else "matte"], "sigmoid"),
        *(
            [helper.make_node("Cast", ["matte16"], ["matte"], "cast_out", to=TensorProto.FLOAT)]
            if half
            else []
        ),
        helper.make_node("Relu", ["x"], ["decoy"], "decoy"),
    ]
    shape = [1, 3, height, width]
    graph = helper.make_graph(
        nodes,
        "drawn",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [
            helper.make_tensor_value_info("decoy", TensorProto.FLOAT, shape),
            helper.make_tensor_value_info("matte", TensorProto.FLOAT, [1, 1, height, width]),
        ],
        [weights("w1", 8, 3, 3, 3), weights("w2", 8, 8, 3, 3), weights("b2", 8), weights("w3", 1, 16, 3, 3)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11 if old else 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def run(data, value, output=-1):
    """Run a network in ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 3, 1
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: value})[output]


def noise(height, width):
    return np.random.default_rng(1).random((1, 3, height, width), np.float32)


@pytest.mark.parametrize("half", [False, True])
def test_the_answer_stays_at_the_exported_size_and_is_right_at_others(half):
    made = web_export.convert(network(16, 16, half), CARD)
    for height, width in [(16, 16), (12, 20), (4, 32)]:
        photo = noise(height, width)
        answer = run(made, photo)
        assert answer.shape == (1, 1, height, width)
        # Of a half-precision file an engine rounds layers that this one does not; the weights are such as halves hold.
        np.testing.assert_allclose(
            answer, run(network(height, width, half), photo), atol=2e-3 if half else 1e-6
        )


def test_an_older_export_is_brought_up_to_date():
    data = network(16, 16, old=True)
    points = {"relu1": (0.0, 3.0), "resize": (0.0, 6.0)}
    exact, rounded = (
        web_export.convert(data, CARD, ranges) for ranges in (None, Ranges("conv1", points, "drawn"))
    )
    for height, width in [(16, 16), (12, 20)]:
        photo = noise(height, width)
        wanted = run(network(height, width, old=True), photo)
        np.testing.assert_allclose(run(exact, photo), wanted, atol=1e-5)
        assert np.abs(run(rounded, photo) - wanted).max() < 0.05


def test_only_what_browsers_need_is_in_the_file():
    model = onnx.load_model_from_string(web_export.convert(network(16, 16, half=True), CARD))
    kinds = [node.op_type for node in model.graph.node]
    assert [value.name for value in model.graph.output] == ["matte"]
    assert not {"Shape", "Slice"} & set(kinds)
    # One a weight, where it is widened.
    assert kinds.count("Cast") == 3
    pools = [a for node in model.graph.node if node.op_type == "MaxPool" for a in node.attribute]
    assert not any(a.name == "ceil_mode" and a.i for a in pools)


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 21), st.integers(3, 21), st.integers(2, 3), st.integers(1, 2))
def test_pooling_that_rounds_up_is_padding_at_the_end(height, width, side, stride):
    node = helper.make_node(
        "MaxPool", ["x"], ["y"], "pool", kernel_shape=[side, side], strides=[stride, stride], ceil_mode=1
    )
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, *size])
        for name, size in (("x", (height, width)), ("y", ("h", "w")))
    ]
    graph = helper.make_graph([node], "pool", values[:1], values[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    photo = noise(height, width) - 2  # a padding of zeros would win
    before = run(model.SerializeToString(), photo)
    slim, _ = rewrite(model, dataclasses.replace(CARD, output=0))
    slim.graph.output[0].type.CopyFrom(values[1].type)
    np.testing.assert_array_equal(run(slim.SerializeToString(), photo), before)


def test_eight_bits_stay_near_and_keep_what_they_shall():
    data, photo = network(16, 16, half=True), noise(16, 16)
    points = {"relu1": (0.0, 3.0), "resize_in": (0.0, 6.0), "resize_out": (0.0, 6.0)}
    model, tensors = rewrite(onnx.load_model_from_string(data), CARD)
    round_to_int8(model, Ranges("conv1", points, "drawn"), tensors)
    onnx.checker.check_model(model)
    assert np.abs(run(model.SerializeToString(), photo) - run(data, photo)).max() < 0.05
    rounded = {i.name for i in model.graph.initializer if i.data_type == TensorProto.INT8}
    assert {name.partition(".")[0] for name in rounded} == {"w2", "w3"}


def test_ranges_of_another_export_are_refused():
    with pytest.raises(web_export.ModelError, match="another export"):
        web_export.convert(network(16, 16), CARD, Ranges("x", {"nowhere": (0.0, 1.0)}, ""))


def test_an_upsampling_by_no_whole_number_is_refused():
    model = onnx.load_model_from_string(network(16, 16))
    sizes = next(node for node in model.graph.node if list(node.output) == ["size"])
    sizes.attribute[0].t.CopyFrom(numpy_helper.from_array(np.array([13, 13], np.int64)))
    with pytest.raises(web_export.ModelError, match="no whole number"):
        rewrite(model, CARD)


def test_no_network_is_refused():
    with pytest.raises(web_export.ModelError, match="is no ONNX file"):
        web_export.convert(b"\xff\xff\xff", CARD)


def test_files_are_made_once_and_again_when_damaged(home):
    (file,) = web_export.ensure_web("tiny")
    before = file.path.stat().st_mtime_ns
    assert web_export.ensure_web("tiny") == [file]
    assert file.path.stat().st_mtime_ns == before
    file.path.write_bytes(b"short")
    assert web_export.ensure_web("tiny") == [file]
    assert file.path.stat().st_size == file.bytes
    photo = noise(24, 40)
    np.testing.assert_allclose(run(file.path.read_bytes(), photo)[0, 0], photo[0].mean(0), atol=1e-3)
    remove("tiny")
    assert not list(models_dir().glob("*.web"))


def test_a_folder_for_any_web_server(home, tmp_path, capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["models", "web", "tiny", "-o", str(tmp_path / "out")])
    paths = capsys.readouterr().out.split()
    (entry,) = json.loads((tmp_path / "out" / "weights.json").read_text())["models"]
    file = tmp_path / "out" / entry["file"]
    assert paths == [str(tmp_path / "out" / "weights.json"), str(file)]
    assert file.stat().st_size == entry["bytes"]
    assert entry["sha256"][:16] in entry["file"]
    assert (entry["name"], entry["precision"], entry["size"]) == ("tiny", "f16", [64, 64])


@pytest.mark.weights
def test_the_networks_that_are_joined_come_together():
    files = web_export.ensure_web("auto")
    assert [(file.card.name, file.precision) for file in files] == [
        (name, precision) for name in ("isnet", "u2net") for precision in ("f16", "int8")
    ]
    for file in files:
        onnxruntime.InferenceSession(file.path.read_bytes(), providers=["CPUExecutionProvider"])


@pytest.mark.weights
def test_isnet_for_browsers_says_what_isnet_says(astronaut_pixels):
    card = dataclasses.replace(find_card("isnet"), size=(512, 512))
    weights = ensure(card)
    data = weights.read_bytes()
    exact = open_session(card, weights, "cpu", "openvino", "f32")
    made, rounded = (web_export.convert(data, card, ranges) for ranges in (None, find_ranges("isnet")))
    assert len(made) < 90e6
    assert len(rounded) < 46e6
    for pixels in (astronaut_pixels, np.ascontiguousarray(astronaut_pixels[:, 100:400])):
        photo = Photo(pixels)
        value = tensor(photo, fit_for(photo.shape, card, True), card)[None]
        wanted = exact.run(value)[0]
        assert np.abs(run(made, value)[0, 0] - wanted).max() < 1e-4
        assert np.abs(run(rounded, value)[0, 0] - wanted).mean() < 0.01
