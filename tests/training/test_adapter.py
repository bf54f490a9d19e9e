"""Adapters in torch: nothing changes until something is learned, and what is saved is what was learned."""

import dataclasses
import hashlib
import io

import numpy as np
import onnxruntime
import pytest

import tiny
from alphacut.errors import OptionError
from alphacut.infer import bring, weights
from alphacut.infer.card import Source
from alphacut.infer.card_file import dump_card
from alphacut.infer.catalog import find_card
from alphacut.infer.home import models_dir

torch = pytest.importorskip("torch", reason="torch is not installed (extra train)")

from safetensors.torch import load_file  # noqa: E402

from alphacut.networks import U2Net, build  # noqa: E402
from alphacut.networks.weights import load_onnx  # noqa: E402
from alphacut.training.adapter import (  # noqa: E402
    add_adapters,
    save_adapter,
)
from alphacut.training.state import plain_tensors  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the older exporter
SIDE = 64


def small():
    """Three convolutions, one with a stride; the one that runs first is not the one that was built first."""

    class Small(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.last = torch.nn.Conv2d(8, 1, 3, padding=1)
            self.first = torch.nn.Conv2d(3, 6, 3, stride=2, padding=1)
            self.middle = torch.nn.Conv2d(6, 8, 1)

        def forward(self, x):
            x = torch.relu(self.middle(torch.relu(self.first(x))))
            return torch.nn.functional.interpolate(self.last(x), scale_factor=2.0)

    torch.manual_seed(1)
    return Small()


def learn(network):
    """Give every parameter that learns a value that half precision holds."""
    torch.manual_seed(2)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.requires_grad:
                parameter.copy_((0.2 * torch.randn_like(parameter)).half().float())


def install(network):
    """Export a network of torch, with logits, as the model "small" of this home; return its card."""
    stream = io.BytesIO()
    image = torch.zeros(1, 3, SIDE, SIDE)
    torch.onnx.export(network.eval(), (image,), stream, input_names=["image"], opset_version=17, dynamo=False)
    data = stream.getvalue()
    source = Source("import", "sha256:" + hashlib.sha256(data).hexdigest())
    card = tiny.card(
        name="small", file="small.onnx", output=0, kind="logits", network="small", sources=(source,)
    )
    (models_dir() / card.file).write_bytes(data)
    (models_dir() / "small.toml").write_text(dump_card(card))
    return card


def run_onnx(path, image):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: image})[0]


def run_torch(network, image):
    with torch.inference_mode():
        return network.eval()(torch.from_numpy(image)).numpy()


def noise(side=SIDE):
    return np.random.default_rng(0).standard_normal((1, 3, side, side)).astype(np.float32)


def test_it_begins_as_the_base_and_only_its_own_parameters_learn():
    network = small()
    before = run_torch(network, noise())
    add_adapters(network, 2)
    np.testing.assert_allclose(run_torch(network, noise()), before, atol=1e-6)
    network.train()(torch.from_numpy(noise())).square().mean().backward()
    learned = {name: parameter for name, parameter in network.named_parameters() if parameter.requires_grad}
    assert {name.rpartition(".")[2] for name in learned} == {"up", "down", "scale", "shift"}
    # Its gradient reaches `up` at once; `down` waits for it.
    assert all(p.grad.abs().max() > 0 for name, p in learned.items() if not name.endswith("down"))


def test_decay_draws_an_adapter_to_its_base_and_not_to_nothing():
    network = small()
    before = run_torch(network, noise())
    add_adapters(network, 2)
    learn(network)
    assert np.abs(run_torch(network, noise()) - before).max() > 0.01
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.requires_grad:
                parameter.mul_(0)
    np.testing.assert_allclose(run_torch(network, noise()), before, atol=1e-6)


def test_merged_without_torch_it_says_what_torch_says(home, tmp_path):
    network = small()
    base = install(network)
    plain = run_torch(network, noise())
    add_adapters(network, 3)
    learn(network)
    save_adapter(network, tmp_path / "a.safetensors", base)
    learned = run_torch(network, noise())
    card = bring.import_file(tmp_path / "a.safetensors", "shop")
    np.testing.assert_allclose(run_onnx(weights.ensure(card), noise()), learned, atol=1e-5)
    assert np.abs(learned - plain).max() > 0.1
    plain_network = small()
    plain_network.load_state_dict(plain_tensors(network))
    np.testing.assert_allclose(run_torch(plain_network, noise()), learned, atol=1e-6)


def test_saving_leaves_no_trace_in_the_network(home, tmp_path):
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Conv2d(4, 1, 1))
    add_adapters(network.eval(), 1)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    save_adapter(network, tmp_path / "a.safetensors", dataclasses.replace(install(small())))
    assert not network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_normalisations_that_are_not_folded_are_refused():
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    with torch.no_grad():
        network[1].weight.fill_(1.1)
    with pytest.raises(OptionError, match="folded"):
        add_adapters(network, 2)


def test_nothing_learned_is_no_adapter(home, tmp_path):
    with pytest.raises(OptionError, match="small"):
        save_adapter(small(), tmp_path / "a.safetensors", install(small()))


def test_an_adapter_of_isnet_is_a_small_file():
    with torch.device("meta"):
        sizes = [conv.weight.shape for conv in build("isnet").modules() if isinstance(conv, torch.nn.Conv2d)]
    rank = 16
    numbers = sum(min(rank, o) * (o + i * h * w) + 2 * o for o, i, h, w in sizes)
    assert 2 * numbers < 12e6


def test_u2netp_with_an_adapter_says_the_same_in_both(monkeypatch, tmp_path):
    base = find_card("u2netp")
    path = weights.cached(base)
    if path is None:
        pytest.skip("the weights of u2netp are not in this user's home")
    network = U2Net(small=True)
    load_onnx(network, path)
    add_adapters(network, 2)
    learn(network)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(0.25 if parameter.requires_grad else 1)
    save_adapter(network, tmp_path / "a.safetensors", base)
    assert len(load_file(tmp_path / "a.safetensors")) == 4 * 119
    monkeypatch.setenv("ALPHACUT_HOME", str(tmp_path / "home"))
    bring.import_file(path, "u2netp")
    card = bring.import_file(tmp_path / "a.safetensors", "shop")
    image = noise(320)
    learned = 1 / (1 + np.exp(-run_torch(network, image).astype(np.float64)))
    np.testing.assert_allclose(run_onnx(weights.ensure(card), image), learned, atol=1e-4)
    assert np.abs(learned - run_onnx(path, image)).max() > 0.01
