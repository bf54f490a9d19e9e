"""Exported networks: the engines compute what torch computes, at any batch, and the file says what it is."""

import dataclasses

import numpy as np
import onnx
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (extra train)")
runtime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (extra train)")
st = pytest.importorskip("safetensors.torch", reason="safetensors is not installed (extra train)")

from alphacut import __version__  # noqa: E402
from alphacut.errors import ModelError, OptionError, OutputError  # noqa: E402
from alphacut.infer.card_file import read_card  # noqa: E402
from alphacut.infer.catalog import find_card  # noqa: E402
from alphacut.infer.engines import open_session  # noqa: E402
from alphacut.infer.engines.torch import TorchSession  # noqa: E402
from alphacut.infer.web_graph import rewrite  # noqa: E402
from alphacut.networks import BiRefNet, BiRefNetConfig, build  # noqa: E402
from alphacut.networks.swin import SwinSize  # noqa: E402
from alphacut.training.export import (  # noqa: E402
    Probabilities,
    by_onnx_runtime,
    by_openvino,
    export,
    export_file,
    write_onnx,
)


def noise(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """U²-Net-p with fresh weights, and what `export_file` made of it at 64×96."""
    torch.manual_seed(0)
    network, folder = build("u2netp").eval(), tmp_path_factory.mktemp("export")
    st.save_file(network.state_dict(), folder / "mine.safetensors")
    path = folder / "new" / "mine.onnx"
    difference = export_file(folder / "mine.safetensors", "u2netp", path, (96, 64))
    assert difference <= 1e-3
    return network, path


def test_the_file_is_as_torch_at_any_batch(small):
    network, path = small
    images = noise(3, 3, 64, 96)
    ours = TorchSession(network).run(images)
    for run in (by_onnx_runtime, by_openvino):
        assert np.abs(run(path, images)[:, 0] - ours).max() < 1e-4


def test_the_card_beside_it_makes_it_usable_at_other_sizes_too(small):
    network, path = small
    card = read_card(path.with_suffix(".toml"), "mine")
    assert (card.size, card.kind, card.output, card.file) == ((96, 64), "probability", 0, "mine.onnx")
    session = open_session(card, path, "cpu", "openvino", "f32")
    assert session.flexible
    images = noise(2, 3, 128, 64)
    assert np.abs(session.run(images) - TorchSession(network).run(images)).max() < 1e-4


def test_the_browsers_form_of_it_computes_the_same(small, tmp_path):
    network, path = small
    card = read_card(path.with_suffix(".toml"), "mine")
    slim, _ = rewrite(onnx.load(path), card)
    onnx.save(slim, tmp_path / "slim.onnx")
    image = noise(1, 3, 96, 64)
    answer = by_onnx_runtime(tmp_path / "slim.onnx", image)[:, 0]
    assert np.abs(answer - TorchSession(network).run(image)).max() < 1e-4


def test_the_file_says_what_it_is_and_nothing_else_is_left(small):
    _, path = small
    model = onnx.load(path)
    onnx.checker.check_model(model)
    facts = {entry.key: entry.value for entry in model.metadata_props}
    assert facts == {"network": "u2netp", "size": "96x64", "alphacut": __version__}
    assert sorted(file.name for file in path.parent.iterdir()) == ["mine.onnx", "mine.toml"]


def test_birefnet_exports_with_its_windows_and_deformable_convolutions(tmp_path):
    # Small, but with all that depends on sizes: windows that do not divide the maps, shifted ones, odd maps to merge.
    torch.manual_seed(0)
    network = BiRefNet(BiRefNetConfig(backbone=SwinSize(32, (2, 1, 1, 1), 3)))
    for module in network.modules():
        if hasattr(module, "offset_conv"):
            torch.nn.init.normal_(module.offset_conv.weight, 0, 0.1)
    card = dataclasses.replace(find_card("birefnet-lite"), size=(96, 64))
    path = tmp_path / "birefnet.onnx"
    write_onnx(Probabilities(network).eval(), card, path)
    images = noise(2, 3, 64, 96)
    ours = TorchSession(network).run(images)
    assert ours.std() > 0.01
    for run in (by_onnx_runtime, by_openvino):
        assert np.abs(run(path, images)[:, 0] - ours).max() < 1e-4


class Undecided(torch.nn.Module):
    """Gives something else in a file than in torch, as a network with a branch on its values does."""

    def forward(self, image):
        return image[:, :1] + (5.0 if torch.onnx.is_in_onnx_export() else -5.0)


def test_a_file_that_differs_from_torch_is_not_written(tmp_path):
    card = dataclasses.replace(find_card("u2netp"), size=(32, 32))
    with pytest.raises(ModelError, match="differ from torch's by") as caught:
        export(Undecided(), card, tmp_path / "wrong.onnx")
    assert "ONNX Runtime" in caught.value.problem
    assert list(tmp_path.iterdir()) == []


def test_a_size_that_the_network_cannot_take_is_refused(tmp_path):
    with pytest.raises(OptionError, match=r"u2netp cannot take 100×64.*multiples of 32"):
        export_file(tmp_path / "any.pth", "u2netp", tmp_path / "x.onnx", (100, 64))


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    card = dataclasses.replace(find_card("u2netp"), size=(32, 32))
    with pytest.raises(OutputError, match="file"):
        export(Undecided(), card, tmp_path / "file" / "x.onnx")
