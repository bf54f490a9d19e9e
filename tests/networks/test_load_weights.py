"""Weights into networks: the kinds of file, code that must not run, and what is said of a wrong file."""

import dataclasses
import pickle

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="PyTorch is not installed (extra train)")
st = pytest.importorskip("safetensors.torch", reason="safetensors is not installed (extra train)")

from alphacut.errors import NotFoundInput, UnknownModel, WeightsCorrupt  # noqa: E402
from alphacut.infer.catalog import find_card  # noqa: E402
from alphacut.infer.weights import ensure  # noqa: E402
from alphacut.networks import MaskEncoder, Outputs, build  # noqa: E402
from alphacut.networks.weights import load_weights  # noqa: E402
from alphacut.training.export import export  # noqa: E402


def seeded(name="u2netp", seed=0):
    """Return a network whose normalisations have statistics, as after training."""
    torch.manual_seed(seed)
    network = build(name)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.1)
    return network.eval()


def equal(a, b):
    return all(torch.equal(tensor, b.state_dict()[name]) for name, tensor in a.state_dict().items())


@pytest.mark.parametrize(
    ("network", "names"),
    [
        # From the authors' files: https://github.com/xuebinqin/U-2-Net (u2net.py) and /DIS (isnet.py).
        (
            "u2net",
            ["stage1.rebnconvin.conv_s1.weight", "stage6.rebnconv3d.bn_s1.running_var", "outconv.bias"],
        ),
        ("u2netp", ["stage1.rebnconv7.conv_s1.weight", "stage1d.rebnconv6d.bn_s1.weight", "side6.weight"]),
        ("isnet", ["conv_in.weight", "stage4.rebnconv4.conv_s1.bias", "stage5d.rebnconv1d.bn_s1.bias"]),
    ],
)
def test_names_are_the_authors(network, names):
    with torch.device("meta"):
        assert set(names) <= set(build(network).state_dict())


def test_the_encoder_of_masks_has_the_authors_names_and_gives_what_isnet_gives():
    with torch.device("meta"):
        encoder, isnet = MaskEncoder(), build("isnet").train()
        of_mask, of_image = encoder(torch.zeros(2, 1, 64, 64)), isnet(torch.zeros(2, 3, 64, 64))
    assert {"conv_in.conv_s1.weight", "stage6.rebnconv4.conv_s1.weight"} <= set(encoder.state_dict())
    assert isinstance(of_image, Outputs)
    assert [x.shape for x in of_mask.features] == [x.shape for x in of_image.features]


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize("before", ["", "module.", "_orig_mod."])
def test_a_checkpoint_loads_as_it_was(tmp_path, suffix, before):
    network, path = seeded(), tmp_path / f"weights{suffix}"
    state = {before + name: tensor for name, tensor in network.state_dict().items()}
    st.save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    other = seeded(seed=1)
    load_weights(other, path)
    assert equal(network, other)


def test_a_checkpoint_of_a_whole_run_loads(tmp_path):
    network, path, other = seeded(), tmp_path / "run.pth", seeded(seed=1)
    torch.save({"state_dict": network.state_dict(), "epoch": 3}, path)
    load_weights(other, path)
    assert equal(network, other)


class Mine:
    """What an attacker's file is made of: unpickling it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize(
    "how", [torch.save, lambda value, path: path.write_bytes(pickle.dumps(value, protocol=2))]
)
def test_code_in_a_checkpoint_is_refused_and_does_not_run(tmp_path, how):
    path, mark = tmp_path / "evil.pth", tmp_path / "it-ran"
    how({"conv_in.weight": Mine(mark)}, path)
    with pytest.raises(WeightsCorrupt, match=r"evil\.pth: cannot be read"):
        load_weights(build("u2netp"), path)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["weights.safetensors", "weights.pth", "weights.onnx"])
def test_a_broken_file_and_a_missing_one_are_told_apart(tmp_path, name):
    network = build("u2netp")
    with pytest.raises(NotFoundInput, match="there is no such file"):
        load_weights(network, tmp_path / name)
    (tmp_path / name).write_bytes(b"\xff no weights at all")
    with pytest.raises(WeightsCorrupt, match=name):
        load_weights(network, tmp_path / name)


def test_a_list_is_no_checkpoint(tmp_path):
    torch.save([torch.zeros(1)], tmp_path / "list.pth")
    with pytest.raises(WeightsCorrupt, match="has no tensors by name"):
        load_weights(build("u2netp"), tmp_path / "list.pth")


def test_weights_of_another_network_are_refused_by_name(tmp_path):
    network, path = seeded(), tmp_path / "other.safetensors"
    state = network.state_dict()
    del state["outconv.weight"]
    state |= {"head.weight": torch.zeros(1), "outconv.bias": torch.zeros(2)}
    st.save_file(state, path)
    with pytest.raises(WeightsCorrupt) as caught:
        load_weights(network, path)
    assert caught.value.problem == (
        "is of another network: it lacks 1 (outconv.weight); it does not know 1 (head.weight); "
        "it has another shape of 1 (outconv.bias)"
    )


def test_an_unknown_network_is_named_with_those_that_are_known():
    with pytest.raises(UnknownModel, match=r"'?unet.*u2net, u2netp, isnet, birefnet, birefnet-lite"):
        build("unet")


def test_onnx_weights_come_back(tmp_path):
    pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (extra train)")
    network, path = seeded(), tmp_path / "u2netp.onnx"
    export(network, dataclasses.replace(find_card("u2netp"), size=(64, 64)), path)
    other = seeded(seed=1)
    load_weights(other, path)
    image = torch.randn(1, 3, 96, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.allclose(other.eval()(image), network.eval()(image), atol=1e-4)
    with pytest.raises(WeightsCorrupt, match=r"u2netp\.onnx: is of another network"):
        load_weights(build("isnet"), path)


def test_u2netp_is_what_onnx_runtime_computes(astronaut_pixels):
    # The catalogue's weights; bench/networks_equal.py does the same for u2net and isnet.
    runtime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (extra train)")
    card = find_card("u2netp")
    path = ensure(card)
    network = build("u2netp")
    load_weights(network, path)
    small = np.asarray(Image.fromarray(astronaut_pixels).resize(card.size, Image.Resampling.LANCZOS))
    image = ((small / 255 - card.mean) / card.std).transpose(2, 0, 1)[None].astype(np.float32)
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    theirs = session.run(None, {session.get_inputs()[0].name: image})[0]
    with torch.inference_mode():
        ours = network.eval()(torch.from_numpy(image)).sigmoid().numpy()
    assert theirs.max() > 0.9
    assert np.abs(ours - theirs).max() < 1e-4
