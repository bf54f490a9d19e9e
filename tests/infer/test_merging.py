"""Adapters: small files that change a network, merged without torch; on a network of two layers, by hand."""

import dataclasses
import hashlib
import json

import numpy as np
import onnx
import onnxruntime
import pytest
import safetensors.numpy
from onnx import TensorProto, helper, numpy_helper

import tiny
from alphacut.errors import (
    LicenceNotAccepted,
    ModelError,
    OptionError,
    UnknownModel,
    WeightsCorrupt,
    WeightsUnavailable,
)
from alphacut.infer import adapter, bring, web_export, weights
from alphacut.infer.card import Source
from alphacut.infer.card_file import dump_card
from alphacut.infer.catalog import find_card, load_catalog
from alphacut.infer.engines import open_session
from alphacut.infer.engines.int8 import Ranges, find_ranges
from alphacut.infer.home import models_dir, ranges_path
from alphacut.infer.store import row_of

SIDE = 16
KERNEL = np.array([[[[0.5]], [[0.25]], [[0.25]]], [[[1.0]], [[0.0]], [[0.0]]]], np.float32)
SECOND = np.array([[[[1.0]], [[-1.0]]]], np.float32)
# Hand-computed: up @ down is [[1, 0, 0], [2, 0, 0]], and the second output is halved then.
CHANGE = {
    "0.up": np.array([[1], [2]], np.float16),
    "0.down": np.array([[1, 0, 0]], np.float16),
    "0.scale": np.array([0, -0.5], np.float16),
    "0.bias": np.array([0.25, 0], np.float16),
}
CHANGED = np.array([[[[1.5]], [[0.25]], [[0.25]]], [[[1.5]], [[0.0]], [[0.0]]]], np.float32)
BIAS = np.array([0.375, 0.5], np.float32)
# At half the strength: up @ down counts half, and the second output is 0.75 of what it was then.
HALF_CHANGED = np.array([[[[1.0]], [[0.25]], [[0.25]]], [[[1.5]], [[0.0]], [[0.0]]]], np.float32)
STRENGTHS = (("whole", 1.0), ("half", 0.5))


def network(kind=np.float32, gain=1.0):
    """Draw two convolutions of 1×1: r = relu(KERNEL x + (0.125, 0.5)); answer = r₀ - r₁."""
    half = kind == np.float16
    first = ["cast", "w1", "b1"] if half else ["x", "w1", "b1"]
    nodes = [
        *([helper.make_node("Cast", ["x"], ["cast"], to=TensorProto.FLOAT16)] if half else []),
        helper.make_node("Conv", first, ["c"], "conv1", kernel_shape=[1, 1]),
        helper.make_node("Relu", ["c"], ["r"], "relu"),
        helper.make_node("Conv", ["r", "w2"], ["half" if half else "answer"], "conv2", kernel_shape=[1, 1]),
        *([helper.make_node("Cast", ["half"], ["answer"], to=TensorProto.FLOAT)] if half else []),
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, SIDE, SIDE])
        for name, channels in (("x", 3), ("answer", 1))
    ]
    held = {"w1": gain * KERNEL, "b1": np.array([0.125, 0.5]), "w2": SECOND}
    arrays = [numpy_helper.from_array(value.astype(kind), name) for name, value in held.items()]
    graph = helper.make_graph(nodes, "drawn", ends[:1], ends[1:], arrays)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def answer(data, value):
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: value})[0][0, 0]


def image(red, green, blue):
    return np.broadcast_to(np.array([red, green, blue], np.float32)[None, :, None, None], (1, 3, SIDE, SIDE))


def install_base(name="drawn", data=None, **changes):
    """Put a network into the home as an import does."""
    data = network() if data is None else data
    source = Source("import", "sha256:" + hashlib.sha256(data).hexdigest(), len(data))
    card = tiny.card(
        name=name,
        size=(SIDE, SIDE),
        output=0,
        file=f"{name}.onnx",
        sources=(source,),
        network="two",
        **changes,
    )
    (models_dir() / card.file).write_bytes(data)
    (models_dir() / f"{name}.toml").write_text(dump_card(card))
    return card


def write_adapter(path, base, tensors=CHANGE, **changes):
    about = {
        "format": adapter.FORMAT,
        "base": base.name,
        "base_hash": min(base.hashes),
        "network": "two",
        "convolutions": "2",
        "rank": "1",
        "alphacut": "0",
    }
    said = {name: value for name, value in (about | changes).items() if value is not None}
    safetensors.numpy.save_file(tensors, path, said)
    return path


@pytest.fixture
def base(home):
    return install_base()


@pytest.fixture
def shop(base, tmp_path):
    """An adapter as a file."""
    return write_adapter(tmp_path / "look.safetensors", base)


def test_an_imported_adapter_is_a_network_that_every_engine_runs(base, shop):
    card = bring.import_file(shop, "shop")
    shop.unlink()
    assert find_card("shop") == card == load_catalog()["shop"]
    assert (card.size, card.mean, card.base, card.licence) == (base.size, base.mean, "drawn", "not stated")
    path = weights.ensure(card)
    held = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    np.testing.assert_allclose(held["w1"], CHANGED)
    np.testing.assert_allclose(held["b1"], BIAS)
    np.testing.assert_array_equal(held["w2"], SECOND)
    photo = image(0.5, 0.25, 0.75)
    by_hand = max(1.5 * 0.5 + 0.25 * 0.25 + 0.25 * 0.75 + 0.375, 0) - (1.5 * 0.5 + 0.5)
    for engine in ("openvino", "onnx"):
        seen = open_session(card, path, "cpu", engine, "f32").run(np.array(photo))
        np.testing.assert_allclose(seen[0], by_hand, atol=1e-6)
    unchanged = answer((models_dir() / base.file).read_bytes(), photo)
    assert abs(unchanged - by_hand).min() > 0.1


def test_half_precision_stays_half_precision(home, tmp_path):
    base = install_base(data=network(np.float16))
    path = write_adapter(tmp_path / "a.safetensors", base)
    made = adapter.merge(models_dir() / base.file, path, base)
    assert len(made) == len(network(np.float16))
    held = {t.name: t for t in onnx.load_model_from_string(made).graph.initializer}
    assert {t.data_type for t in held.values()} == {TensorProto.FLOAT16}
    np.testing.assert_allclose(numpy_helper.to_array(held["w1"]), CHANGED)


def test_it_is_merged_once_and_anew_when_it_or_its_base_changes(base, shop, tmp_path):
    path = weights.ensure(bring.import_file(shop, "shop"))
    before = path.stat().st_mtime_ns
    assert weights.ensure(find_card("shop")) == path and path.stat().st_mtime_ns == before
    assert row_of(find_card("shop"))["here"] is True
    path.write_bytes(b"damaged")
    assert weights.cached(find_card("shop")) is None
    np.testing.assert_allclose(answer(weights.ensure(find_card("shop")).read_bytes(), image(0, 0, 0)), -0.125)
    stronger = CHANGE | {"0.bias": np.array([1, 0], np.float16)}
    bring.import_file(write_adapter(tmp_path / "b.safetensors", base, stronger), "shop")
    np.testing.assert_allclose(answer(weights.ensure(find_card("shop")).read_bytes(), image(0, 0, 0)), 0.625)


def test_an_adapter_that_is_damaged_in_the_home_is_not_used(base, shop):
    path = weights.ensure(bring.import_file(shop, "shop"))
    kept = models_dir() / "shop.safetensors"
    kept.write_bytes(kept.read_bytes()[:-1] + b"!")
    with pytest.raises(WeightsCorrupt, match=r"models import FILE --name shop"):
        weights.ensure(find_card("shop"))
    assert path.exists() and kept.exists()


def test_without_its_base_it_says_so(base, shop):
    weights.ensure(bring.import_file(shop, "shop"))
    (models_dir() / base.file).unlink()
    with pytest.raises(WeightsUnavailable, match="'drawn'"):
        weights.ensure(find_card("shop"))
    weights.remove("drawn")
    assert row_of(find_card("shop"))["here"] is False
    with pytest.raises(UnknownModel, match="drawn"):
        weights.ensure(find_card("shop"))


def test_a_base_whose_file_was_replaced_is_refused(base, shop):
    bring.import_file(shop, "shop")
    install_base(data=network(gain=2.0))
    with pytest.raises(WeightsCorrupt, match="another file of 'drawn'"):
        weights.ensure(find_card("shop"))


def test_removing_it_leaves_its_base_and_nothing_else(base, shop):
    before = {path.name for path in models_dir().iterdir()}
    weights.ensure(bring.import_file(shop, "shop"))
    web_export.ensure_web("shop")
    ranges_path("shop").write_text("{}")
    weights.remove("shop")
    left = {path.name for path in models_dir().iterdir() if path.suffix != ".lock"}
    assert left == before | {"drawn.onnx.stamp.json"}


def test_a_file_for_browsers_has_the_changes(base, shop):
    bring.import_file(shop, "shop")
    (file,) = web_export.ensure_web("shop")
    (plain,) = web_export.ensure_web("drawn")
    np.testing.assert_allclose(answer(file.path.read_bytes(), image(0, 0, 0)), -0.125, atol=1e-3)
    assert file.sha256 != plain.sha256
    assert json.loads(web_export.manifest([file]))["models"][0]["name"] == "shop"


def test_ranges_of_the_base_are_not_those_of_the_adapter(home, tmp_path):
    base = install_base(precisions=("f32", "int8"))
    table = Ranges("(?!)", {"relu": (0.0, 4.0)}, "drawn")
    ranges_path("drawn").write_text(table.dumps())
    card = bring.import_file(write_adapter(tmp_path / "a.safetensors", base), "shop")
    assert find_ranges("drawn") == table
    assert find_ranges("shop") is None
    assert [file.precision for file in web_export.ensure_web("shop")] == ["f16"]
    with pytest.raises(ModelError, match="int8"):
        open_session(card, weights.ensure(card), "cpu", "openvino", "int8")


@pytest.mark.parametrize(
    ("tensors", "about", "said"),
    [
        (CHANGE, {"network": "three"}, "of the kind 'three'"),
        (CHANGE, {"base_hash": "sha256:" + "0" * 64}, "another file"),
        (CHANGE, {"rank": None}, "lacks rank"),
        (CHANGE | {"0.sideways": CHANGE["0.up"]}, {}, "0.sideways"),
        (CHANGE | {"0.bias": np.array([np.nan, 0], np.float16)}, {}, "0.bias"),
        (CHANGE | {"0.up": np.ones(2, np.float16)}, {}, "0.up"),
        (CHANGE | {"0.up": np.ones((2, 1), np.float64)}, {}, "0.up"),
    ],
    ids=["network", "hash", "header", "part", "nan", "axes", "type"],
)
def test_an_adapter_that_is_not_for_this_base_or_is_none_is_not_imported(
    base, tmp_path, tensors, about, said
):
    with pytest.raises(WeightsCorrupt, match=said):
        bring.import_file(write_adapter(tmp_path / "a.safetensors", base, tensors, **about), "shop")
    assert "shop" not in load_catalog()


@pytest.mark.parametrize(
    ("tensors", "about"),
    [
        (CHANGE, {"convolutions": "3"}),
        ({f"7{name[1:]}": value for name, value in CHANGE.items()}, {}),
        ({f"1{name[1:]}": value for name, value in CHANGE.items()}, {}),
        ({"0.up": CHANGE["0.up"]}, {}),
        (CHANGE | {"0.down": np.ones((1, 4), np.float16)}, {}),
        (CHANGE | {"0.down": np.ones((2, 3), np.float16)}, {}),
        (CHANGE | {"0.scale": np.ones(3, np.float16)}, {}),
    ],
    ids=["count", "number", "layer", "half", "taps", "rank", "outputs"],
)
def test_changes_that_do_not_fit_the_layers_are_refused(base, tmp_path, tensors, about):
    path = write_adapter(tmp_path / "a.safetensors", base, tensors, **about)
    with pytest.raises(WeightsCorrupt, match="does not fit the layers of drawn"):
        adapter.merge(models_dir() / base.file, path, base)


def test_a_file_cut_short_is_named(base, shop):
    shop.write_bytes(shop.read_bytes()[:40])
    with pytest.raises(WeightsCorrupt, match=r"look\.safetensors"):
        bring.import_file(shop, "shop")


def test_names_that_an_adapter_cannot_have(base, shop):
    for name in ("isnet", "drawn"):
        with pytest.raises(ModelError, match=name):
            bring.import_file(shop, name)
    bring.import_file(shop, "shop")
    # No adapter of an adapter: its base's file is not what it was trained from.
    with pytest.raises(ModelError, match="other"):
        bring.import_file(shop, "other", like="shop")
    card = dataclasses.replace(find_card("shop"), name="chain", base="shop")
    with pytest.raises(ModelError, match="an adapter itself"):
        weights.ensure(card)


def test_of_weights_for_no_commercial_use_it_stays_so(home, tmp_path):
    base = install_base(commercial=False, licence="CC-BY-NC-4.0")
    card = bring.import_file(write_adapter(tmp_path / "a.safetensors", base), "shop")
    with pytest.raises(LicenceNotAccepted, match="CC-BY-NC"):
        weights.ensure(card)
    assert weights.ensure(card, accept_licence=True).exists()


def test_an_onnx_file_does_not_silently_take_an_adapters_place(base, shop, tmp_path):
    bring.import_file(shop, "shop")
    file = tmp_path / "whole.onnx"
    file.write_bytes(network())
    with pytest.raises(OptionError, match="like"):
        bring.import_file(file, "shop")
    card = bring.import_file(file, "shop", like="drawn")
    assert (card.base, card.adapter) == ("", "")
    np.testing.assert_allclose(answer(weights.ensure(card).read_bytes(), image(0, 0, 0)), -0.375)


def test_half_the_strength_is_half_the_change(base, shop):
    whole, half = (weights.ensure(bring.import_file(shop, name, strength=part)) for name, part in STRENGTHS)
    held = {t.name: numpy_helper.to_array(t) for t in onnx.load(half).graph.initializer}
    np.testing.assert_allclose(held["w1"], HALF_CHANGED)
    np.testing.assert_allclose(held["b1"], [0.25, 0.5])
    assert find_card("half").strength == 0.5
    assert whole.read_bytes() == adapter.merge(models_dir() / base.file, shop, base)


def test_another_strength_is_merged_anew(shop):
    first = weights.ensure(bring.import_file(shop, "shop")).read_bytes()
    second = weights.ensure(bring.import_file(shop, "shop", strength=0.5)).read_bytes()
    assert first != second


@pytest.mark.parametrize("strength", [0, -1, 1.5, float("nan")])
def test_a_strength_that_none_can_have_is_named(shop, strength):
    with pytest.raises(OptionError, match="strength"):
        bring.import_file(shop, "shop", strength=strength)


def test_a_network_has_no_strength(base, tmp_path):
    file = tmp_path / "whole.onnx"
    file.write_bytes(network())
    with pytest.raises(OptionError, match="no adapter"):
        bring.import_file(file, "whole", like="drawn", strength=0.5)


def test_the_adapter_of_the_package_fits_the_network_that_everybody_gets():
    card = find_card("isnet-alphacut")
    path = weights.ensure(card.of_adapter)
    about, layers = adapter.read_adapter(path)
    adapter.check_base(path, about, find_card(card.base))
    assert len(layers) == int(about.convolutions) == 119
    assert path.stat().st_size < 12e6


def test_what_is_made_of_two_files_is_not_brought_as_one(home, tmp_path):
    file = tmp_path / "whole.onnx"
    file.write_bytes(network())
    with pytest.raises(OptionError, match="--name isnet"):
        bring.import_file(file, "isnet-alphacut")
