"""The real networks with their real weights, against another implementation of the same steps.

The weights are fetched once into the user's cache (about 300 MB); without a network they must be there already.
"""

import dataclasses

import numpy as np
import onnxruntime as ort
import pytest
from PIL import Image

from alphacut.infer.catalog import find_card
from alphacut.infer.engines import open_session
from alphacut.infer.engines.int8 import find_ranges, round_to_int8
from alphacut.infer.predict import predict
from alphacut.infer.weights import ensure
from alphacut.types import Photo

MODELS = ("isnet", "u2net", "u2netp")


def session(name, precision, engine="openvino", **changes):
    card = dataclasses.replace(find_card(name), **changes)
    return card, open_session(card, ensure(card), "cpu", engine, precision)


def independent_matte(name, pixels):
    """The steps of the networks' authors with Pillow and ONNX Runtime alone: squash, normalise, run, resize."""
    card = find_card(name)
    runtime = ort.InferenceSession(str(ensure(card)), providers=["CPUExecutionProvider"])
    small = Image.fromarray(pixels).resize(card.size, Image.Resampling.LANCZOS)
    image = (np.asarray(small) / 255 - card.mean) / card.std
    answer = runtime.run(
        None, {runtime.get_inputs()[0].name: image.transpose(2, 0, 1)[None].astype(np.float32)}
    )
    matte = Image.fromarray(answer[0][0, 0]).resize(
        (pixels.shape[1], pixels.shape[0]), Image.Resampling.BICUBIC
    )
    return np.clip(np.asarray(matte), 0, 1)


@pytest.mark.parametrize("name", MODELS)
def test_a_network_gives_what_the_authors_steps_give(name, cat):
    card, loaded = session(name, "f32", fit="squash")
    error = np.abs(predict(Photo(cat), card, loaded) - independent_matte(name, cat))
    assert error.mean() < 1 / 255


def test_both_engines_agree(cat):
    openvino, onnx = (
        predict(Photo(cat), *session("isnet", "f32", e, fit="squash")) for e in ("openvino", "onnx")
    )
    assert np.abs(openvino - onnx).mean() < 1e-4


def test_torch_says_what_the_others_say(cat):
    pytest.importorskip("torch", reason="torch is not installed (extra train)")
    torch, onnx = (predict(Photo(cat), *session("u2netp", "f32", engine)) for engine in ("torch", "onnx"))
    assert np.abs(torch - onnx).max() < 1e-3


def test_a_freed_input_size_changes_nothing_at_the_trained_size():
    # Freed, the network takes the shape as it comes; at 1024² it must compute what the frozen export computes.
    card, free = session("isnet", "f32")
    image = np.random.default_rng(0).random((1, 3, 1024, 1024), np.float32) - 0.5
    frozen = ort.InferenceSession(str(ensure(card)), providers=["CPUExecutionProvider"])
    expected = frozen.run(None, {frozen.get_inputs()[0].name: image})[0][:, 0]
    assert np.abs(free.run(image) - expected).max() < 1e-3


# At 640 pixels ISNet, whatever its weights, is undecided about a part of this photo.
SIZES = [("isnet", 1024), ("isnet-alphacut", 1024), ("u2net", 320)]


@pytest.mark.parametrize(("name", "side"), SIZES)
def test_eight_bit_integers_keep_the_answer(name, side, astronaut_pixels):
    # The ranges know layers by name: what was loaded before in the process must not change the names.
    session("u2netp", "f32")
    fast = {"precisions": ("f32", "int8"), "size": (side, side)}
    pair = [session(name, precision, **fast) for precision in ("f32", "int8")]
    for pixels in (astronaut_pixels[:, ::-1], astronaut_pixels[100:]):
        exact, rounded = (predict(Photo(pixels), *network) for network in pair)
        assert np.abs(exact - rounded).mean() < 0.01
        assert ((exact > 0.5) != (rounded > 0.5)).mean() < 0.006


def test_ranges_of_another_export_are_not_used():
    import openvino as ov

    from alphacut.infer.engines.int8 import fits

    ranges = find_ranges("isnet")
    core = ov.Core()
    assert fits(core.read_model(ensure(find_card("isnet"))), ranges)
    other = core.read_model(ensure(find_card("u2netp")))
    assert not fits(other, ranges)


def test_only_the_layers_that_are_not_kept_are_rounded():
    import openvino as ov

    network = ov.Core().read_model(ensure(find_card("isnet")))
    round_to_int8(network, find_ranges("isnet"))
    convolutions = {
        node.get_friendly_name(): node.input_value(1).get_node().get_type_name()
        for node in network.get_ops()
        if node.get_type_name() == "Convolution"
    }
    kept = {name for name, weights in convolutions.items() if weights != "FakeQuantize"}
    assert any("stage1d" in name for name in kept)
    assert len(kept) < len(convolutions) / 4


def test_the_astronaut_is_found(astronaut_pixels):
    for name in MODELS:
        alpha = predict(Photo(astronaut_pixels), *session(name, "auto"))
        assert alpha[150, 220] > 0.95, "her face"
        assert alpha[5, 120] < 0.05, "the flag behind her"
